/** The pages that were used, as links that a browser may follow. */

import { dateText, languageName } from '../model/format.ts';
import { shown, webAddress } from '../model/text.ts';
import type { Report } from '../model/subject.ts';
import { labelOf, Told, useData, useWords } from './context.tsx';

/** A link out of this page: it tells the other side nothing, and gets no hold of this window. */
export function Outside({ to, children }: { to: string; children: preact.ComponentChildren }) {
  return (
    <a href={to} target="_blank" rel="noopener noreferrer" class="outside">
      {children}
    </a>
  );
}

/** A report by its publisher's name, linked where it can be. */
export function ReportLink({ report }: { report: Report | undefined }) {
  if (!report) return null;
  const address = webAddress(report.url);
  const name = <Told longest={80}>{report.publisher ?? report.report_id}</Told>;
  return address ? <Outside to={address}>{name}</Outside> : <span>{name}</span>;
}

export function Reports({ named, reports }: { named: { report_id: string; role: string }[]; reports: Record<string, Report> }) {
  const data = useData();
  const { t, language } = useWords();
  const known = named.flatMap((row) => (reports[row.report_id] ? [{ ...reports[row.report_id]!, role: row.role }] : []));
  known.sort((a, b) => (a.published_date ?? '9').localeCompare(b.published_date ?? '9'));
  if (!known.length) return <p class="quiet">{t('incident.report.none')}</p>;
  return (
    <ol class="reports">
      {known.map((report) => {
        const address = webAddress(report.url);
        const archived = webAddress(report.archive_url);
        return (
          <li key={report.report_id}>
            <span class="report-name">
              <ReportLink report={report} />
              {report.agency && report.agency !== report.publisher && <span> ({t('incident.report.via', { agency: shown(report.agency, 80) })})</span>}
            </span>
            <small class="quiet">
              {report.published_date ? dateText(report.published_date, report.published_date, 'day', language) : t('incident.report.undated')}
              {report.language && ` · ${languageName(report.language, language)}`}
              {report.source_type && ` · ${labelOf(data.codes['source_type'], report.source_type, language)}`}
              {` · ${labelOf(data.codes['report_role'], report.role, language)}`}
            </small>
            <small class="address">
              {address ? <Told longest={160}>{address.replace(/^https?:\/\/(www\.)?/, '')}</Told> : t('incident.report.unlinked')}
            </small>
            {archived && (
              <small>
                <Outside to={archived}>{t('incident.report.archive')}</Outside>
              </small>
            )}
          </li>
        );
      })}
    </ol>
  );
}
