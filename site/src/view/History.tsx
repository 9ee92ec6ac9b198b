/** What was changed of an entry: revisions of its curators through all releases, and values since the last one. */

import { dateText } from '../model/format.ts';
import { shown } from '../model/text.ts';
import type { Change, Subject } from '../model/subject.ts';
import { Told, useData, useWords, type Words } from './context.tsx';

export function History({ about }: { about: Subject }) {
  const data = useData();
  const words = useWords();
  const { t, language } = words;
  const revisions = about.revisions ?? [];
  const changes = about.changes ?? [];
  if (!revisions.length && !changes.length) return <p class="quiet">{t('incident.history.none')}</p>;
  return (
    <ol class="history">
      {revisions.map((revision, at) => (
        <li key={`r${at}`}>
          <span>
            {dateText(revision.revised_date, revision.revised_date, 'day', language)} · {t('incident.history.field', { field: shown(revision.field, 60) })}
          </span>
          <span lang="en">
            <Told longest={2000}>{revision.reason}</Told>
          </span>
        </li>
      ))}
      {changes.map((change, at) => (
        <li key={`c${at}`}>
          <span>{t('incident.history.release', { version: data.about.version })}</span>
          <span>
            <Told longest={1000}>{changeText(change, words)}</Told>
            {change.reason && (
              <small lang="en">
                <Told longest={2000}>{change.reason}</Told>
              </small>
            )}
          </span>
        </li>
      ))}
    </ol>
  );
}

function changeText(change: Change, { t }: Words): string {
  if (change.change_type === 'added') return t('incident.history.added', { table: change.table });
  if (change.change_type === 'removed') return t('incident.history.removed', { table: change.table });
  return t('incident.history.changed', {
    field: `${change.table}.${change.field ?? ''}`,
    old: change.old ?? t('not_stated'),
    new: change.new ?? t('not_stated'),
  });
}
