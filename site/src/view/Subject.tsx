/** The page of an incident or operation: facts, decided figures, claims, reports, doubts, history. */

import { useCallback, useMemo } from 'preact/hooks';
import { dateText, titleText, tollText } from '../model/format.ts';
import { around, fit, SAHEL } from '../model/mercator.ts';
import { orNull, type Details, type Subject as About, type Toll } from '../model/subject.ts';
import type { MapView } from '../model/view.ts';
import { Claims } from './Claims.tsx';
import { definitionOf, InEnglish, labelOf, Told, useData, useWords } from './context.tsx';
import { Facts } from './Facts.tsx';
import { Heading } from './Heading.tsx';
import { History } from './History.tsx';
import { useLoaded } from './load.ts';
import { MapCanvas } from './MapCanvas.tsx';
import { marksOf } from './marks.ts';
import { Reports } from './Reports.tsx';
import { linkTo } from './state.ts';
import { dateOf } from './Table.tsx';
import { Waiting } from './Waiting.tsx';

interface Props {
  kind: 'incident' | 'operation';
  id: string;
}

const file = (kind: Props['kind'], row: number, chunk: number): string =>
  `data/details/${kind}s-${String(Math.floor(row / chunk)).padStart(4, '0')}.json`;

export function SubjectPage({ kind, id }: Props) {
  const data = useData();
  const { t } = useWords();
  const row = (kind === 'incident' ? data.row : data.operationRow).get(id);
  const operationRow = kind === 'incident' && row !== undefined ? (data.operation[row] ?? null) : null;
  const details = useLoaded<Details>(row === undefined ? null : file(kind, row, data.about.chunk));
  const ofOperation = useLoaded<Details>(operationRow === null ? null : file('operation', operationRow, data.about.chunk));
  const about = details.state === 'there' ? details.value.subjects[id] : undefined;
  return (
    <article class="sheet subject">
      <a class="back" href={linkTo({ name: 'explore' })}>
        ← {t('incident.back')}
      </a>
      {row === undefined && <Heading title={id}>{t('incident.missing', { id })}</Heading>}
      {row !== undefined && !about && <Waiting why={details.state === 'failed' ? details.why : null} />}
      {row !== undefined && about && details.state === 'there' && (
        <Sheet kind={kind} id={id} row={row} about={about} reports={details.value.reports}>
          {operationRow !== null && ofOperation.state === 'there' && <Joint row={operationRow} details={ofOperation.value} />}
        </Sheet>
      )}
    </article>
  );
}

interface SheetProps extends Props {
  row: number;
  about: About;
  reports: Details['reports'];
  children: preact.ComponentChildren;
}

function Sheet({ kind, id, row, about, reports, children }: SheetProps) {
  const data = useData();
  const { t, language } = useWords();
  const date = dateText(about.date_start, about.date_end, about.date_precision ?? 'day', language);
  const label = about[`label_${language}`];
  const title = (kind === 'incident' ? label && titleText(label, date) : about[`operation_name_${language}`]) ?? id;
  const members = kind === 'operation' ? (data.members[row] ?? []) : [];
  const rows = kind === 'incident' ? [row] : members;
  const note = [about.note, ...(about.records ?? []).map((record) => record.note)].filter((text): text is string => Boolean(text));
  return (
    <>
      <header>
        <p class="kicker">
          {kind === 'incident' ? t('incident') : labelOf(data.codes['operation_kind'], about.kind, language)} <code>{id}</code>
        </p>
        <Heading title={title}>
          <Told longest={400}>{title}</Told>
        </Heading>
        {note.map((text) => (
          <p key={text} class="lead" lang="en">
            <Told longest={4000}>{text}</Told>
          </p>
        ))}
        {note.length > 0 && <InEnglish />}
      </header>
      <div class="columns">
        <div>
          <section>
            <h2>{t('incident.tolls')}</h2>
            <Tolls tolls={about.tolls ?? []} />
          </section>
          <section>
            <h2>{t('incident.claims')}</h2>
            <Claims claims={about.claims ?? []} tolls={about.tolls ?? []} reports={reports} />
          </section>
          {children}
          {members.length > 0 && (
            <section>
              <h2>{t('incident.members')}</h2>
              <Members rows={members} />
            </section>
          )}
          <section>
            <h2>{t('incident.reports')}</h2>
            <Reports named={about.reports ?? []} reports={reports} />
          </section>
        </div>
        <div>
          <section>
            <h2>{t('incident.facts')}</h2>
            <Facts about={about} place={kind === 'incident' ? data.placeIn[language][row] : undefined} />
          </section>
          <Where rows={rows} />
          {(about.issues?.length ?? 0) > 0 && (
            <section class="doubts">
              <h2>{t('incident.issues')}</h2>
              <ul>
                {about.issues!.map((issue) => (
                  <li key={issue.issue_id}>
                    <Told longest={4000}>{issue[`description_${language}`]}</Told>
                  </li>
                ))}
              </ul>
            </section>
          )}
          <section>
            <h2>{t('incident.history')}</h2>
            <History about={about} />
          </section>
          {about.records && (
            <section>
              <h2>{t('incident.trace')}</h2>
              <ul class="trace">
                {about.records.map((record) => (
                  <li key={record.record_id}>
                    <Told longest={300}>
                      {t('incident.trace.row', { record: record.record_id, file: [record.source_file, record.source_row].filter(Boolean).join(':') })}
                    </Told>
                  </li>
                ))}
              </ul>
            </section>
          )}
          <p class="quiet">{t('incident.cite', { name: t('title'), version: data.about.version, id })}</p>
        </div>
      </div>
    </>
  );
}

/** The metric that counts places: "all persons" would be no name of them. */
const OF_PLACES = 'positions_seized';

/** Figures that were decided, by metric and group. */
function Tolls({ tolls }: { tolls: Toll[] }) {
  const data = useData();
  const { t, language } = useWords();
  if (!tolls.length) return <p class="unstated">{t('incident.tolls.none')}</p>;
  const order = (toll: Toll): number =>
    100 * (data.codes['metric']?.code.indexOf(toll.metric) ?? 0) + (data.codes['population_group']?.code.indexOf(toll.population_group) ?? 0);
  return (
    <>
      <ul class="tolls">
        {[...tolls]
          .sort((a, b) => order(a) - order(b))
          .map((toll) => (
            <li key={toll.metric + toll.population_group} class={toll.population_group === 'all' ? 'toll whole' : 'toll'}>
              <span class="toll-of">
                {labelOf(data.codes['metric'], toll.metric, language)}
                {toll.metric !== OF_PLACES && <small>{labelOf(data.codes['population_group'], toll.population_group, language)}</small>}
              </span>
              <span class="toll-figure">{tollText(orNull(toll.low), orNull(toll.best), orNull(toll.high), t, language)}</span>
              <span class="toll-notes">
                <span class={`status status-${toll.toll_status}`} title={definitionOf(data.codes['toll_status'], toll.toll_status, language)}>
                  {labelOf(data.codes['toll_status'], toll.toll_status, language)}
                </span>
                <small class="quiet">
                  {t(toll.is_additive ? 'incident.tolls.additive' : 'incident.tolls.not_additive')}
                  {toll.toll_is_partial && ` · ${t('incident.tolls.partial')}`}
                </small>
              </span>
            </li>
          ))}
      </ul>
      <p class="selection-note">
        <strong>{t('selection')}</strong>
      </p>
    </>
  );
}

/** What was said of the whole operation of which an incident is part. */
function Joint({ row, details }: { row: number; details: Details }) {
  const data = useData();
  const { t, language } = useWords();
  const id = data.operations.operation_id[row]!;
  const about = details.subjects[id];
  if (!about) return null;
  return (
    <section class="joint">
      <h2>{t('incident.claims.operation')}</h2>
      <p>
        <a href={linkTo({ name: 'operation', id })}>
          <Told longest={300}>{about[`operation_name_${language}`] ?? id}</Told>
        </a>
      </p>
      <p class="quiet">{t('incident.claims.operation.note')}</p>
      <Tolls tolls={about.tolls ?? []} />
      <Claims claims={about.claims ?? []} tolls={about.tolls ?? []} reports={details.reports} />
    </section>
  );
}

function Members({ rows }: { rows: number[] }) {
  const data = useData();
  const { t, language, colon } = useWords();
  const figures = data.figures['killed'];
  return (
    <ul class="members">
      {rows.map((row) => (
        <li key={row}>
          <a href={linkTo({ name: 'incident', id: data.id[row]! })}>
            <Told longest={120}>{data.placeIn[language][row] ?? t('table.unplaced')}</Told>
          </a>
          <span>{dateOf(data, row, language)}</span>
          <span>
            {t('measure.killed')}
            {colon}
            {tollText(figures?.low[row] ?? null, figures?.best[row] ?? null, figures?.high[row] ?? null, t, language)}
          </span>
        </li>
      ))}
    </ul>
  );
}

const NONE: ReadonlySet<number> = new Set();
/** Here the place is meant, not the toll: a small circle inside the radius. */
const PLAIN = { best: 4, high: null, isContested: false };
/** Kilometres around a place whose radius nobody knows, so that the map has something around it. */
const AROUND_KM = 40;

function Where({ rows }: { rows: readonly number[] }) {
  const data = useData();
  const { t, language } = useWords();
  const marks = useMemo(() => marksOf(data, 'killed', language).filter((mark) => rows.includes(mark.row)).map((mark) => ({ ...mark, ...PLAIN })), [data, rows.join(), language]);
  const highlighted = useMemo(() => (rows.length === 1 ? new Set(rows) : NONE), [rows.join()]);
  const home = useCallback(
    (width: number, height: number): MapView => {
      const box = around(marks.map((mark) => ({ ...mark, radius: Math.max(AROUND_KM, 1.6 * (mark.radiusKm ?? 0)) })));
      return fit(box ?? SAHEL, width, height, 16);
    },
    [marks],
  );
  if (!marks.length) return <p class="quiet">{t('incident.unplaced')}</p>;
  const [hasCircle, hasSquare] = [marks.some((mark) => mark.radiusKm !== null), marks.some((mark) => mark.radiusKm === null)];
  const caption = t(hasCircle && hasSquare ? 'incident.map.both' : hasSquare ? 'incident.map.square' : 'incident.map');
  return (
    <figure class="where">
      <MapCanvas label={caption} marks={marks} home={home} view={null} radii={rows.length > 1} highlighted={highlighted} />
      <figcaption class="quiet">
        {caption}. {t('map.attribution')}
      </figcaption>
    </figure>
  );
}
