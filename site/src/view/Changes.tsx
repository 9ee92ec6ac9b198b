/** What became of ids and values since the last version, and the change log of all. */

import type { Change } from '../model/subject.ts';
import { InEnglish, labelOf, Told, useData, useWords } from './context.tsx';
import { Heading } from './Heading.tsx';
import { useLoaded } from './load.ts';
import { Prose } from './Prose.tsx';
import { linkTo } from './state.ts';
import { Waiting } from './Waiting.tsx';

interface Log {
  /** Empty in a language that the package has no change log in. */
  changelog: { en: string; fr: string };
  changes: Change[];
  id_changes: { old_id: string; new_id?: string; kind: string; release?: string; reason?: string }[];
}

const MOST = 500;

export function Changes() {
  const data = useData();
  const { t, language, number } = useWords();
  const log = useLoaded<Log>('data/changes.json');
  if (log.state !== 'there') return <Waiting why={log.state === 'failed' ? log.why : null} />;
  const { changes, id_changes, changelog } = log.value;
  const written = changelog[language] ? language : 'en';
  return (
    <div class="sheet">
      <Heading title={t('changes')}>{t('changes')}</Heading>
      {id_changes.length > 0 && (
        <section>
          <h2>{t('changes.id')}</h2>
          <ul>
            {id_changes.map((change, at) => (
              <li key={at}>
                <code>{change.old_id}</code> → {change.new_id ? <Id id={change.new_id} /> : '–'} (
                {labelOf(data.codes['id_change_kind'], change.kind, language)}
                {change.release && `, ${change.release}`}){' '}
                {change.reason && (
                  <span lang="en">
                    <Told longest={1000}>{change.reason}</Told>
                  </span>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
      <section>
        <h2>{t('changes.table')}</h2>
        {changes.length === 0 ? (
          <p class="quiet">{t('changes.none')}</p>
        ) : (
          <>
            {changes.length > MOST && <p class="quiet">{t('changes.shown', { count: number(MOST), all: number(changes.length) })}</p>}
            <div class="table-scroll" tabIndex={0} role="region" aria-label={t('changes.table')}>
              <table class="plain">
                <thead>
                  <tr>
                    {(['table', 'key', 'what', 'field', 'old', 'new', 'reason'] as const).map((name) => (
                      <th key={name} scope="col">
                        {t(`changes.col.${name}`)}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {changes.slice(0, MOST).map((change, at) => (
                    <tr key={at}>
                      <td>
                        <Told longest={60}>{change.table}</Told>
                      </td>
                      <td>
                        <Id id={change.key} />
                      </td>
                      <td>{labelOf(data.codes['change_type'], change.change_type, language)}</td>
                      <td>{change.field !== undefined && <Told longest={60}>{change.field}</Told>}</td>
                      {[change.old, change.new].map((text, cell) => (
                        <td key={cell}>{text !== undefined && <Told longest={300}>{text}</Told>}</td>
                      ))}
                      <td lang="en">{change.reason !== undefined && <Told longest={300}>{change.reason}</Told>}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </>
        )}
      </section>
      <section>
        <h2>
          {t('changes.log')} {written === 'en' && <InEnglish />}
        </h2>
        <Prose text={changelog[written]} lang={written} />
      </section>
    </div>
  );
}

/** An id, linked where this version has a page for it. */
function Id({ id }: { id: string }) {
  const data = useData();
  const name = data.row.has(id) ? 'incident' : data.operationRow.has(id) ? 'operation' : null;
  return name ? <a href={linkTo({ name, id })}>{id}</a> : <Told longest={120}>{id}</Told>;
}
