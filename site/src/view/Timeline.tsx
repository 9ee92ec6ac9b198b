/** Months as bars, with a brush: drag, or move its two ends with the keyboard. */

import { useMemo, useRef, useState } from 'preact/hooks';
import { firstDay, isoOf, lastDay, monthOf, type Dataset } from '../model/data.ts';
import { monthText } from '../model/format.ts';
import type { Selection } from '../model/select.ts';
import { monthsOf } from '../model/time.ts';
import { monthlyFigures, monthlyIncidents } from '../model/totals.ts';
import type { View } from '../model/view.ts';
import type { Key } from '../texts/texts.ts';
import { useWords } from './context.tsx';
import { change, settle } from './state.ts';
import { useWidth } from './width.ts';

const HEIGHT = 120;
const FLOOR = 98;
const LEFT = 40;
const RIGHT = 10;
/** The room that a tooltip may need, as the style has it. */
const TOOLTIP = 250;

export function Timeline({ view, data, selection }: { view: View; data: Dataset; selection: Selection }) {
  const { t, count, language, number } = useWords();
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const [first, last] = data.months;
  const monthOfRow = useMemo(() => Int32Array.from(data.start, (day) => monthOf(isoOf(day))), [data]);
  const { values, open } = useMemo(() => {
    if (view.bars === 'incidents') return { values: monthlyIncidents(data, selection.apartFromDates, monthOfRow), open: null };
    const figures = monthlyFigures(data, selection.apartFromDates, view.measure);
    return { values: figures.best, open: figures.open };
  }, [data, selection, view.bars, view.measure]);
  const most = Math.max(1, ...values);
  const step = (width - LEFT - RIGHT) / (last - first + 1);
  const x = (month: number): number => LEFT + (month - first) * step;
  const monthAt = (clientX: number): number => {
    const left = frame.current?.getBoundingClientRect().left ?? 0;
    return Math.min(last, Math.max(first, first + Math.floor((clientX - left - LEFT) / step)));
  };
  const months = monthsOf(view, data.months);
  const within = (iso: string | null, otherwise: number): number => Math.min(last, Math.max(first, iso ? monthOf(iso) : otherwise));
  const [from, to] = months ?? [within(view.from, first), within(view.to, last)];
  const isIn = (month: number): boolean => months !== null && month >= from && month <= to;
  const isBrushed = view.from !== null || view.to !== null;
  const brush = (a: number, b: number): void => {
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    change({ from: low <= first ? null : firstDay(low), to: high >= last ? null : lastDay(high) }, 'step');
  };
  const drag = useDrag(monthAt, brush);
  const [pointed, setPointed] = useState<number | null>(null);
  const point = (event: PointerEvent): void => setPointed(event.pointerType === 'mouse' ? monthAt(event.clientX) : null);
  const bars = (isDrawn: (month: number) => boolean): string =>
    Array.from(values, (value, at) =>
      value > 0 && isDrawn(first + at)
        ? `M${(x(first + at) + step * 0.1).toFixed(1)} ${FLOOR}V${y(value, most).toFixed(1)}h${Math.max(step * 0.8, 0.8).toFixed(1)}V${FLOOR}z`
        : '',
    ).join('');
  const measure = t(`measure.${view.measure}` as Key);
  const years = ticks(first, last, step);
  const chosen = !isBrushed ? t('time.all') : months ? `${monthText(from, language)} – ${monthText(to, language)}` : t('time.none');
  const by = t(open ? 'time.by.best' : 'time.by');
  const allOpen = open?.reduce((sum, number) => sum + number, 0) ?? 0;
  const summary = t('time.summary', { from: monthText(first, language), to: monthText(last, language), chosen });
  const valueAt = (month: number): string => {
    const isOpen = open?.[month - first] ?? 0;
    const value = t('time.at', { month: monthText(month, language), value: number(values[month - first] ?? 0) });
    return isOpen ? `${value}, ${count('time.open', isOpen)}` : value;
  };
  return (
    <section class="panel timeline" aria-labelledby="time-title">
      <div class="panel-head">
        <h2 id="time-title">{t('time')}</h2>
        <div role="group" aria-labelledby="time-title" class="toggle">
          {(['incidents', 'figure'] as const).map((bars) => (
            <button key={bars} type="button" aria-pressed={view.bars === bars} onClick={() => change({ bars })}>
              {bars === 'incidents' ? t('time.incidents') : measure}
            </button>
          ))}
        </div>
        <p class="quiet">{isBrushed ? chosen : `${by} · ${t('time.hint')}`}</p>
        {isBrushed && (
          <button type="button" class="link" onClick={() => change({ from: null, to: null })}>
            {t('time.clear')}
          </button>
        )}
      </div>
      <div class="timeline-frame" ref={frame}>
        <svg
          width={width}
          height={HEIGHT}
          role="img"
          aria-label={open ? `${summary} · ${by}${allOpen ? `, ${count('time.open', allOpen)}` : ''}` : summary}
          {...drag}
          onPointerMove={(event: PointerEvent) => {
            point(event);
            drag.onPointerMove(event);
          }}
          onPointerLeave={() => setPointed(null)}
        >
          {(most > 1 ? [most, Math.floor(most / 2)] : [most]).map((value, at) => (
            <g key={at} class="grid">
              <line x1={LEFT} x2={width - RIGHT} y1={y(value, most)} y2={y(value, most)} />
              <text x={LEFT - 6} y={y(value, most) + 4} text-anchor="end">
                {number(value)}
              </text>
            </g>
          ))}
          <path class="bar aside" d={bars((month) => !isIn(month))} />
          <path class="bar" d={bars(isIn)} />
          <line class="axis" x1={LEFT} x2={width - RIGHT} y1={FLOOR} y2={FLOOR} />
          {years.map((year) => (
            <text key={year} class="tick" x={x(year * 12)} y={HEIGHT - 6} text-anchor={year * 12 <= first ? 'start' : 'middle'}>
              {year}
            </text>
          ))}
          {isBrushed && months && <rect class="brush" x={x(from)} y={4} width={x(to + 1) - x(from)} height={FLOOR - 4} />}
        </svg>
        <Handle month={from} at={x(from)} label={t('time.from')} first={first} last={months ? to : last} monthAt={(at) => monthAt(at + step / 2)} onMove={(month) => brush(month, to)} />
        <Handle month={to} at={x(to + 1)} label={t('time.to')} first={months ? from : first} last={last} monthAt={(at) => monthAt(at - step / 2)} onMove={(month) => brush(from, month)} />
        {pointed !== null && (
          <div class="tooltip" style={{ left: `${Math.max(0, Math.min(x(pointed), width - TOOLTIP))}px`, top: '30px' }} aria-hidden="true">
            {valueAt(pointed)}
          </div>
        )}
      </div>
    </section>
  );
}

const y = (value: number, most: number): number => FLOOR - (value / most) * (FLOOR - 8);

/** Years that have room under the axis. */
function ticks(first: number, last: number, step: number): number[] {
  const every = [1, 2, 5, 10].find((years) => years * 12 * step >= 46) ?? 20;
  const found = [];
  for (let year = Math.ceil(first / 12); year <= last / 12; year++) if (year % every === 0) found.push(year);
  return found;
}

interface HandleProps {
  month: number;
  at: number;
  label: string;
  first: number;
  last: number;
  monthAt: (x: number) => number;
  onMove: (month: number) => void;
}

function Handle({ month, at, label, first, last, monthAt, onMove }: HandleProps) {
  const { language } = useWords();
  const keys: Record<string, number> = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -12, PageUp: 12, Home: -1e5, End: 1e5 };
  const within = (to: number): number => Math.min(last, Math.max(first, to));
  const press = (event: KeyboardEvent): void => {
    const by = keys[event.key];
    if (by === undefined) return;
    event.preventDefault();
    onMove(within(month + by));
  };
  const drag = useDrag(monthAt, (_, to) => onMove(within(to)));
  return (
    <div
      class="handle"
      style={{ left: `${at}px` }}
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={first}
      aria-valuemax={last}
      aria-valuenow={month}
      aria-valuetext={monthText(month, language)}
      onKeyDown={press}
      {...drag}
    />
  );
}

/** Dragging over the bars selects months; a click selects one. */
function useDrag(monthAt: (x: number) => number, brush: (a: number, b: number) => void) {
  const start = useRef<number | null>(null);
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0) return;
      (event.currentTarget as Element).setPointerCapture(event.pointerId);
      start.current = monthAt(event.clientX);
    },
    onPointerMove: (event: PointerEvent) => {
      if (start.current !== null) brush(start.current, monthAt(event.clientX));
    },
    onPointerUp: (event: PointerEvent) => {
      if (start.current !== null) brush(start.current, monthAt(event.clientX));
      start.current = null;
      settle();
    },
    onPointerCancel: () => {
      start.current = null;
    },
  };
}
