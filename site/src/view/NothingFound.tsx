/** What is said where no incident matches, with the way out. */

import { dateText } from '../model/format.ts';
import { isReversed } from '../model/time.ts';
import { unfiltered, type View } from '../model/view.ts';
import { useWords } from './context.tsx';
import { change } from './state.ts';

export function NothingFound({ view }: { view: View }) {
  const { t } = useWords();
  return (
    <div class="empty">
      {isReversed(view) ? (
        <Reversed view={view} />
      ) : (
        <>
          <p>{t('table.none')}</p>
          <button type="button" class="button primary" onClick={() => change(unfiltered(view))}>
            {t('filters.clear')}
          </button>
        </>
      )}
    </div>
  );
}

/** Dates in the wrong order are no choice of nothing: they are told, and put right with one button. */
function Reversed({ view }: { view: View }) {
  const { t, language } = useWords();
  const day = (iso: string | null): string => (iso ? dateText(iso, iso, 'day', language) : '');
  return (
    <>
      <p role="status">{t('dates.reversed', { from: day(view.from), to: day(view.to) })}</p>
      <button type="button" class="button primary" onClick={() => change({ from: view.to, to: view.from })}>
        {t('dates.swap')}
      </button>
    </>
  );
}
