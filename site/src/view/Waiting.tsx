/** What stands in place of a page while its data come, or when they do not. */

import { useWords } from './context.tsx';

export function Waiting({ why }: { why: string | null }) {
  const { t } = useWords();
  return (
    <div class="sheet waiting" role="status">
      {why === null ? (
        t('loading')
      ) : (
        <>
          <p>{t('failed', { why })}</p>
          <button type="button" onClick={() => location.reload()}>
            {t('failed.again')}
          </button>
        </>
      )}
    </div>
  );
}
