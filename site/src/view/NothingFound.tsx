/** What is said where no incident matches, with the way out. */

import { unfiltered, type View } from '../model/view.ts';
import { useWords } from './context.tsx';
import { change } from './state.ts';

export function NothingFound({ view }: { view: View }) {
  const { t } = useWords();
  return (
    <div class="empty">
      <p>{t('table.none')}</p>
      <button type="button" class="button primary" onClick={() => change(unfiltered(view))}>
        {t('filters.clear')}
      </button>
    </div>
  );
}
