/** The map of the selection, with legend and the incidents of the point that was picked. */

import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import type { Dataset } from '../model/data.ts';
import { tollText } from '../model/format.ts';
import { around, fit, SAHEL } from '../model/mercator.ts';
import type { Selection } from '../model/select.ts';
import type { MapView, View } from '../model/view.ts';
import { labelOf, Told, useWords } from './context.tsx';
import { sizeOf, type Mark } from './draw.ts';
import { MapCanvas } from './MapCanvas.tsx';
import { marksOf } from './marks.ts';
import { leave } from './returning.ts';
import { change, linkTo } from './state.ts';
import { dateOf } from './Table.tsx';

const NOTHING: ReadonlySet<number> = new Set();
/** More than these are not listed at one point; the table holds them. */
const MOST_LISTED = 50;
/** Kilometres that are shown around a place at least. */
const AROUND_KM = 60;

export function MapPanel({ view, data, selection }: { view: View; data: Dataset; selection: Selection }) {
  const { t, count, language } = useWords();
  const marks = useMemo(() => marksOf(data, view.measure, language).filter((mark) => selection.chosen[mark.row]), [data, selection, view.measure, language]);
  const home = useCallback((width: number, height: number): MapView => homeOf(data, width, height), [data]);
  const near = useCallback((width: number, height: number): MapView => nearOf(marks, width, height), [marks]);
  const [picked, setPicked] = useState<Mark[]>([]);
  useEffect(() => setPicked((marks) => (marks.length ? [] : marks)), [selection]);
  const unplaced = selection.rows.length - marks.length;
  const highlighted = useMemo(() => new Set(picked.map((mark) => mark.row)), [picked]);
  return (
    <section class="panel map-panel" aria-labelledby="map-title">
      <h2 id="map-title" class="visually-hidden">
        {t('map')}
      </h2>
      <MapCanvas
        label={count('map.label', marks.length)}
        marks={marks}
        home={home}
        near={marks.length > 0 && selection.rows.length < data.count ? near : undefined}
        view={view.map}
        onView={(map) => change({ map }, 'drift')}
        onPick={setPicked}
        radii={view.radii}
        highlighted={picked.length ? highlighted : NOTHING}
      />
      {picked.length > 0 && <Picked marks={picked} data={data} view={view} onClose={() => setPicked([])} />}
      <div class="map-foot">
        <Legend />
        <label class="inline">
          <input type="checkbox" checked={view.radii} onChange={(event) => change({ radii: event.currentTarget.checked })} />
          <span>{t('map.radii')}</span>
        </label>
        <p class="quiet">
          {unplaced > 0 && `${count('map.unplaced', unplaced)} `}
          {t('map.attribution')}
        </p>
      </div>
    </section>
  );
}

function homeOf(data: Dataset, width: number, height: number): MapView {
  const points = data.latitude.flatMap((latitude, row) => {
    const longitude = data.longitude[row] ?? null;
    return latitude === null || longitude === null ? [] : [{ latitude, longitude, radius: 0 }];
  });
  return fit(around(points) ?? SAHEL, width, height, width < 500 ? 10 : 28);
}

/** Around what is selected, with the country around a single place. */
function nearOf(marks: readonly Mark[], width: number, height: number): MapView {
  const box = around(marks.map((mark) => ({ ...mark, radius: Math.max(AROUND_KM, mark.radiusKm ?? 0) })));
  return fit(box ?? SAHEL, width, height);
}

function Picked({ marks, data, view, onClose }: { marks: Mark[]; data: Dataset; view: View; onClose: () => void }) {
  const { t, count, language, colon } = useWords();
  const figures = data.figures[view.measure];
  return (
    <div class="picked" role="dialog" aria-label={count('map.here', marks.length)} onKeyDown={(event) => event.key === 'Escape' && onClose()}>
      <div class="panel-head">
        <h3>{count('map.here', marks.length)}</h3>
        <button type="button" class="icon" aria-label={t('map.close')} onClick={onClose}>
          ×
        </button>
      </div>
      <ul>
        {marks.slice(0, MOST_LISTED).map(({ row }) => (
          <li key={row}>
            <a href={linkTo({ name: 'incident', id: data.id[row]! })} onClick={() => leave(data.id[row]!)}>
              <Told longest={80}>{data.placeIn[language][row] ?? t('table.unplaced')}</Told>, {dateOf(data, row, language)}
            </a>
            <small>
              {labelOf(data.codes['event_type'], data.codes['event_type']?.code[data.coded.event_type[row] ?? -1], language)} ·{' '}
              {t(`measure.${view.measure}` as 'measure.killed')}
              {colon}
              {tollText(figures?.low[row] ?? null, figures?.best[row] ?? null, figures?.high[row] ?? null, t, language)}
            </small>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Legend() {
  const { t, number } = useWords();
  const sizes = [1, 30, 150];
  let x = 4;
  return (
    <div class="legend" role="group" aria-label={t('map.legend')}>
      <svg width="150" height="40" role="img" aria-label={sizes.map(number).join(', ')}>
        {sizes.map((size) => {
          const r = sizeOf(size, 4.8);
          const middle = x + r;
          x += 2 * r + 30;
          return (
            <g key={size}>
              <circle class="mark-best" cx={middle} cy={20} r={r} />
              <text x={middle + r + 3} y={24}>
                {number(size)}
              </text>
            </g>
          );
        })}
      </svg>
      <ul>
        <Entry width={22} text={`${t('map.legend.best')}, ${t('map.legend.high')}`}>
          <circle class="mark-high" cx="11" cy="11" r="10" />
          <circle class="mark-best" cx="11" cy="11" r="5" />
        </Entry>
        <Entry width={14} text={t('map.legend.contested')}>
          <circle class="mark-best mark-contested" cx="7" cy="11" r="5" />
        </Entry>
        <Entry width={12} text={t('map.legend.silent')}>
          <circle class="mark-silent" cx="6" cy="11" r="3" />
        </Entry>
        <Entry width={24} text={t('map.legend.radius')}>
          <circle class="mark-radius" cx="12" cy="11" r="9" />
        </Entry>
        <Entry width={16} text={t('map.legend.square')}>
          <rect class="mark-square" x="2" y="5" width="12" height="12" />
        </Entry>
      </ul>
    </div>
  );
}

function Entry({ width, text, children }: { width: number; text: string; children: preact.ComponentChildren }) {
  return (
    <li>
      <svg width={width} height="22" aria-hidden="true">
        {children}
      </svg>
      {text}
    </li>
  );
}
