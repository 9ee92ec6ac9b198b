/** What the selection adds up to: additive tolls only, low, best and high, and the words that belong to them. */

import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Dataset } from '../model/data.ts';
import type { Selection } from '../model/select.ts';
import { total } from '../model/totals.ts';
import type { View } from '../model/view.ts';
import type { Key } from '../texts/texts.ts';
import { Chips } from './Chips.tsx';
import { useWords } from './context.tsx';
import { Download } from './Download.tsx';
import { SelectionNote } from './Frame.tsx';
import { NothingFound } from './NothingFound.tsx';
import { change, settle } from './state.ts';

interface Props {
  view: View;
  data: Dataset;
  selection: Selection;
}

export function Totals({ view, data, selection }: Props) {
  const { t, count, number } = useWords();
  const sum = useMemo(() => total(data, selection.chosen, view.measure), [data, selection, view.measure]);
  const contested = data.codes['toll_status']?.code.indexOf('contested');
  const best = data.figures[view.measure]?.best ?? [];
  const contestedCount = selection.rows.filter((row) => data.coded.toll_status[row] === contested).length;
  const silentCount = selection.rows.filter((row) => (best[row] ?? null) === null).length;
  const isStated = sum.figures > 0;
  const isEmpty = selection.rows.length === 0;
  return (
    <section class="panel totals" aria-label={t('totals')}>
      <div class="toolbar">
        <label class="inline">
          <span>{t('measure')}</span>
          <select value={view.measure} onChange={(event) => change({ measure: event.currentTarget.value })}>
            {data.measures.map((measure) => (
              <option key={measure} value={measure}>
                {t(`measure.${measure}` as Key)}
              </option>
            ))}
          </select>
        </label>
        <span class="space" />
        <Share view={view} />
        <Download data={data} selection={selection} />
      </div>
      <Chips view={view} data={data} />
      {isEmpty && <NothingFound view={view} />}
      <dl class="figures" aria-live="polite">
        <div>
          <dt>{t('totals.incidents')}</dt>
          <dd class="big" data-total="incidents">
            {number(selection.rows.length)}
          </dd>
          <dd class="quiet">{t('totals.incidents.of', { count: number(data.count) })}</dd>
        </div>
        <div class="main-figure">
          <dt>{t(`measure.${view.measure}` as Key)}</dt>
          <dd class="big" data-total="best">
            {isStated ? number(sum.best) : isEmpty ? '–' : t('not_stated')}
          </dd>
          {isStated && (
            <dd class="quiet">
              <RangeBar low={sum.low} best={sum.best} high={sum.high} />
              <span data-total="range">
                {sum.high === null ? count('totals.range.open', sum.open, { low: number(sum.low) }) : t('totals.range', { low: number(sum.low), high: number(sum.high) })}
              </span>
            </dd>
          )}
        </div>
        <div>
          <dt>{t('totals.contested')}</dt>
          <dd class="big">{number(contestedCount)}</dd>
          <dd class="quiet">{t('totals.contested.note')}</dd>
        </div>
        <div>
          <dt>{t('totals.silent')}</dt>
          <dd class="big">{number(silentCount)}</dd>
          <dd class="quiet">{t('totals.silent.note')}</dd>
        </div>
      </dl>
      <SelectionNote isDrawn />
      <p class="quiet">
        {isStated && count('totals.figures', sum.figures)} {isStated && sum.open > 0 && t('totals.open')}{' '}
        {sum.left.figures > 0 && count('totals.left', sum.left.figures, { best: number(sum.left.best) })}
      </p>
    </section>
  );
}

/** Where the best figure stands on a line that has no end. */
const BEST_OF_OPEN = 68;

/** Low, best and high on one line from 0 on; without an upper bound it fades out and ends in an arrow. */
function RangeBar({ low, best, high }: { low: number; best: number; high: number | null }) {
  const isOpen = high === null;
  const at = (value: number): number => (isOpen ? (BEST_OF_OPEN * value) / Math.max(best, 1) : (100 * value) / Math.max(high, 1));
  return (
    <svg class={`range-bar ${isOpen ? 'open' : ''}`} viewBox="0 0 104 8" preserveAspectRatio="none" aria-hidden="true">
      <rect class="range-track" x="0" y="3" width="100" height="2" />
      <rect class="range-span" x={at(low)} y="1" width={Math.max(at(isOpen ? best : high) - at(low), 1)} height="6" />
      {isOpen && (
        <>
          <linearGradient id="range-fades">
            <stop class="range-fades" offset="0" />
            <stop class="range-fades" offset="1" stop-opacity="0" />
          </linearGradient>
          <rect x={at(best)} y="1" width={100 - at(best)} height="6" fill="url(#range-fades)" />
          <path class="range-arrow" d="M99 0.5 L103 4 L99 7.5" />
        </>
      )}
      <rect class="range-best" x={at(best) - 0.6} y="0" width="1.2" height="8" />
    </svg>
  );
}

function Share({ view }: { view: View }) {
  const { t } = useWords();
  const [state, setState] = useState<'' | 'done' | 'manual'>('');
  useEffect(() => setState(''), [view]); // what was copied is the view before
  const share = async (): Promise<void> => {
    settle();
    try {
      await navigator.clipboard.writeText(location.href);
      setState('done');
    } catch {
      setState('manual'); // no clipboard without https or permission
    }
  };
  return (
    <span class="share">
      <button type="button" class="button" onClick={() => void share()}>
        {t('share')}
      </button>
      <span role="status">
        {state === 'done' && t('share.done')}
        {state === 'manual' && (
          <label>
            <span class="visually-hidden">{t('share.manual')}</span>
            <input readOnly value={location.href} onFocus={(event) => event.currentTarget.select()} />
          </label>
        )}
      </span>
    </span>
  );
}
