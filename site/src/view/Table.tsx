/** The selection as a table; only the rows in sight are drawn. */

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { isoOf, type Dataset } from '../model/data.ts';
import { dateText, tollText } from '../model/format.ts';
import type { Sort, View } from '../model/view.ts';
import type { Key } from '../texts/texts.ts';
import { labelOf, Told, useData, useWords } from './context.tsx';
import { leave } from './returning.ts';
import { change, linkTo } from './state.ts';
import { useWidth } from './width.ts';

/** Pixels of a row: where there is no room for all columns, what has none stands below the place and the figure. */
const ROW = { wide: 58, narrow: 96 };
const NARROWEST_WITH_ALL_COLUMNS = 860;
const BEYOND = 8;
/** Pixels that the list takes at most, as its style says. */
const HIGHEST = 620;

export function Table({ view, rows }: { view: View; rows: number[] }) {
  const { t, count } = useWords();
  const panel = useRef<HTMLElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const isNarrow = useWidth(panel) < NARROWEST_WITH_ALL_COLUMNS;
  const row = ROW[isNarrow ? 'narrow' : 'wide'];
  const [first, setFirst] = useState(0);
  useLayoutEffect(() => {
    if (first === 0) return; // asking the browser to scroll makes it lay out the page at once
    frame.current?.scrollTo(0, 0);
    setFirst(0);
  }, [rows]);
  const from = Math.max(0, first - BEYOND);
  const to = Math.min(rows.length, first + Math.ceil(HIGHEST / row) + BEYOND);
  const columns: [Sort | null, Key, string][] = [
    ['date', 'table.date', 'date'],
    ['place', 'table.place', 'place'],
    ['tactic', 'table.tactic', 'tactic'],
    [null, 'table.actors', 'actors'],
    ['figure', `measure.${view.measure}` as Key, 'figure'],
    [null, 'table.toll', 'toll'],
    ['reports', 'table.reports', 'reports'],
  ];
  const sort = (name: Sort): void => change({ sort: name, descending: view.sort === name ? !view.descending : name !== 'place' });
  return (
    <section ref={panel} class={`panel table-panel ${isNarrow ? 'narrow' : ''}`} aria-labelledby="table-title">
      <div class="panel-head">
        <h2 id="table-title">{t('table')}</h2>
        <p class="quiet" role="status">
          {count('table.count', rows.length)}
        </p>
      </div>
      {rows.length === 0 ? (
        <p class="empty quiet">{t('table.none')}</p>
      ) : (
        <div
          class="table-frame"
          ref={frame}
          tabIndex={0}
          role="region"
          aria-label={count('table.count', rows.length)}
          onScroll={(event) => setFirst(Math.floor(event.currentTarget.scrollTop / row))}
          onKeyDown={step}
        >
          <table aria-rowcount={rows.length + 1}>
            <thead>
              <tr aria-rowindex={1}>
                {columns.map(([name, key, kind]) => (
                  <th key={key} scope="col" class={`col-${kind}`} aria-sort={name === view.sort ? (view.descending ? 'descending' : 'ascending') : undefined}>
                    {name ? (
                      <button type="button" onClick={() => sort(name)}>
                        {t(key)} <span aria-hidden="true">{name === view.sort ? (view.descending ? '↓' : '↑') : ''}</span>
                      </button>
                    ) : (
                      t(key)
                    )}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {from > 0 && <Gap height={from * row} />}
              {rows.slice(from, to).map((of, at) => (
                <Row key={from + at} row={of} index={from + at + 2} measure={view.measure} />
              ))}
              {to < rows.length && <Gap height={(rows.length - to) * row} />}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

const Gap = ({ height }: { height: number }) => <tr class="gap" style={{ height: `${height}px` }} aria-hidden="true" />;

function Row({ row, index, measure }: { row: number; index: number; measure: string }) {
  const data = useData();
  const { t, language } = useWords();
  const label = (column: 'country_iso3' | 'event_type' | 'target_type' | 'toll_status', list: string): string =>
    labelOf(data.codes[list], data.codes[list]?.code[data.coded[column][row] ?? -1], language);
  const figures = data.figures[measure];
  const status = data.codes['toll_status']?.code[data.coded.toll_status[row] ?? -1] ?? 'none';
  const where = [data.admin1[row], label('country_iso3', 'country')].filter(Boolean).join(', ');
  const by = perpetrators(data, row, language);
  const toll = tollText(figures?.low[row] ?? null, figures?.best[row] ?? null, figures?.high[row] ?? null, t, language);
  return (
    <tr aria-rowindex={index}>
      <td class="col-date">{dateOf(data, row, language)}</td>
      <th scope="row" class="col-place">
        <a href={linkTo({ name: 'incident', id: data.id[row]! })} data-id={data.id[row]} onClick={() => leave(data.id[row]!)}>
          <Told longest={120}>{data.placeIn[language][row] ?? t('table.unplaced')}</Told>
        </a>
        <small>
          <Told longest={120}>{where}</Told>
        </small>
        <small class="when-narrow">
          {label('event_type', 'event_type')}
          {by && ' · '}
          <Told longest={120}>{by}</Told>
        </small>
      </th>
      <td class="col-tactic">
        {label('event_type', 'event_type')}
        <small>{label('target_type', 'target_type')}</small>
      </td>
      <td class="col-actors">
        <Told longest={120}>{by}</Told>
      </td>
      <td class="col-figure">
        <span class={figures?.best[row] == null ? 'unstated' : undefined}>{toll}</span>
        {status !== 'none' && <span class={`when-narrow status status-${status}`}>{label('toll_status', 'toll_status')}</span>}
      </td>
      <td class="col-toll">
        <span class={`status status-${status}`}>{label('toll_status', 'toll_status')}</span>
      </td>
      <td class="col-reports">{data.reports[row]}</td>
    </tr>
  );
}

/** The dates of an incident, short. */
export function dateOf(data: Dataset, row: number, language: 'en' | 'fr'): string {
  const precision = data.codes['date_precision']?.code[data.coded.date_precision[row] ?? -1] ?? 'day';
  return dateText(isoOf(data.start[row]!), isoOf(data.end[row]!), precision, language, 'short');
}

/** Who is said to have done it. */
export function perpetrators(data: Dataset, row: number, language: 'en' | 'fr'): string {
  const names = data.actors[`actor_name_${language}`];
  const parts = data.parts[row]!.filter((part) => part.role === 'perpetrator');
  return [...new Set((parts.length ? parts : data.parts[row]!).map((part) => names[part.actor] ?? ''))].join(' · ');
}

/** Arrow keys go from row to row. */
function step(event: KeyboardEvent): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const link = (event.target as HTMLElement).closest('tbody a');
  const frame = event.currentTarget as HTMLElement;
  if (!by || !link) return;
  const links = [...frame.querySelectorAll<HTMLAnchorElement>('tbody a')];
  const next = links[links.indexOf(link as HTMLAnchorElement) + by];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
