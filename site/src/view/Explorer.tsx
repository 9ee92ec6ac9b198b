/** The main page: filters, totals, map, time line, table, all of one selection. */

import { useEffect, useMemo } from 'preact/hooks';
import type { Dataset } from '../model/data.ts';
import { select, sorted } from '../model/select.ts';
import type { View } from '../model/view.ts';
import { useWords } from './context.tsx';
import { Filters } from './Filters.tsx';
import { Heading } from './Heading.tsx';
import { MapPanel } from './MapPanel.tsx';
import { comeBack } from './returning.ts';
import { Table } from './Table.tsx';
import { Timeline } from './Timeline.tsx';
import { Totals } from './Totals.tsx';

export function Explorer({ view, data }: { view: View; data: Dataset }) {
  const { t } = useWords();
  const filters = JSON.stringify([view.lists, view.actors, view.role, view.from, view.to, view.least, view.most, view.text, view.measure]);
  const selection = useMemo(() => select(data, view), [data, filters]);
  const order = useMemo(() => sorted(data, selection.chosen, view), [data, selection, view.sort, view.descending, view.measure]);
  useEffect(comeBack, []);
  return (
    <div class="explorer">
      <Heading isHidden>{t('title')}</Heading>
      <Filters view={view} data={data} selection={selection} />
      <div class="panels">
        <Totals view={view} data={data} selection={selection} />
        <MapPanel view={view} data={data} selection={selection} />
        <Timeline view={view} data={data} selection={selection} />
        <Table view={view} rows={order} />
      </div>
    </div>
  );
}
