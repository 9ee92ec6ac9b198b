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
  order: number[];
}

export function Totals({ view, data, selection, order }: Props) {
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
        <Download data={data} rows={order} />
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
              <RangeBar low={sum.low} best={sum.best} high={sum.high} isOpen={sum.isOpen} />
              {t(sum.isOpen ? 'totals.range.open' : 'totals.range', { low: number(sum.low), high: number(sum.high) })}
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
      <SelectionNote />
      <p class="quiet">
        {isStated && count('totals.figures', sum.figures)} {isStated && sum.isOpen && t('totals.open')}{' '}
        {sum.left.figures > 0 && count('totals.left', sum.left.figures, { best: number(sum.left.best) })}
      </p>
    </section>
  );
}

/** Low, best and high on one line from 0 on. */
function RangeBar({ low, best, high, isOpen }: { low: number; best: number; high: number; isOpen: boolean }) {
  const end = Math.max(high, 1);
  const at = (value: number): number => (100 * value) / end;
  return (
    <svg class="range-bar" viewBox="0 0 104 8" preserveAspectRatio="none" aria-hidden="true">
      <rect class="range-track" x="0" y="3" width="100" height="2" />
      <rect class="range-span" x={at(low)} y="1" width={Math.max(at(high) - at(low), 1)} height="6" />
      <rect class="range-best" x={at(best) - 0.6} y="0" width="1.2" height="8" />
      {isOpen && <path class="range-span" d="M100 0 L104 4 L100 8 Z" />}
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
