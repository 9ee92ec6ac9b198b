/** All versions that the store beside this page holds, and how to cite this one. */

import { dateText } from '../model/format.ts';
import { useData, useWords } from './context.tsx';
import { SelectionNote } from './Frame.tsx';
import { Heading } from './Heading.tsx';
import { useLoaded } from './load.ts';

interface File {
  path: string;
  bytes: number;
  sha256: string;
  rows?: number;
}

/** `index.json` of a store, as `schemas/json/index.schema.json` declares it. */
interface Index {
  /** Of a package that stands here alone, which no store has published. */
  files?: File[];
  versions: { version: string; status: string; schema_version?: string; release_date?: string; zip?: File; files?: File[] }[];
}

const STORE = 'store/';

export function Releases() {
  const data = useData();
  const { t, language, colon } = useWords();
  const { about } = data;
  const store = useLoaded<Index>(`${STORE}index.json`);
  const files = store.state === 'there' ? filesOf(store.value, about.version) : [];
  const date = dateText(about.date, about.date, 'day', language);
  return (
    <div class="sheet">
      <Heading title={t('releases')}>{t('releases')}</Heading>
      <p>{t('releases.this', { version: about.version, date })}</p>
      <SelectionNote />
      <h2>{t('releases.cite')}</h2>
      <blockquote>{t('releases.cite.text', { year: about.date.slice(0, 4), version: about.version })}</blockquote>
      <p class="quiet">
        {t('releases.content')}
        {colon}
        <code class="hash">{about.content}</code>
      </p>
      <p>
        <a href={`data/${about.name}.duckdb`} download>
          {t('releases.database')}
        </a>
      </p>
      <h2>{t('releases.all')}</h2>
      {store.state === 'there' && store.value.versions.length > 0 ? <Versions index={store.value} /> : <p class="quiet">{t(store.state === 'loading' ? 'loading' : 'releases.none')}</p>}
      {files.length > 0 && (
        <section>
          <h2>{t('releases.files', { version: about.version })}</h2>
          <Files files={files} />
        </section>
      )}
    </div>
  );
}

/** The files of a version, if the store has published it; else those of the package that stands in its place. */
function filesOf(index: Index, version: string): File[] {
  const published = index.versions.find((one) => one.version === version && one.status === 'published');
  return published?.files ?? index.files ?? [];
}

function Files({ files }: { files: File[] }) {
  const { t, number } = useWords();
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={t('releases.file')}>
      <table class="plain files">
        <thead>
          <tr>
            <th scope="col">{t('releases.file')}</th>
            <th scope="col" class="number">
              {t('releases.size')}
            </th>
            <th scope="col" class="number">
              {t('releases.file.rows')}
            </th>
            <th scope="col">SHA-256</th>
          </tr>
        </thead>
        <tbody>
          {files.map((file) => (
            <tr key={file.path}>
              <th scope="row">
                <a href={STORE + file.path.split('/').map(encodeURIComponent).join('/')}>{file.path}</a>
              </th>
              <td class="number">{t('releases.kilobytes', { size: number(Math.ceil(file.bytes / 1000)) })}</td>
              <td class="number">{file.rows === undefined ? '' : number(file.rows)}</td>
              <td>
                <code class="hash">{file.sha256}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Versions({ index }: { index: Index }) {
  const { t, language, number } = useWords();
  const published = index.versions.filter((version) => version.status === 'published');
  const rows = (version: Index['versions'][number]): number | undefined =>
    version.files?.find((file) => file.path.endsWith('/incidents.parquet'))?.rows;
  return (
    <>
      <div class="table-scroll" tabIndex={0} role="region" aria-label={t('releases.all')}>
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">{t('releases.version')}</th>
              <th scope="col">{t('releases.date')}</th>
              <th scope="col">{t('releases.schema')}</th>
              <th scope="col">{t('releases.rows')}</th>
              <th scope="col">{t('releases.zip')}</th>
            </tr>
          </thead>
          <tbody>
            {published.map((version) => (
              <tr key={version.version}>
                <th scope="row">{version.version}</th>
                <td>{version.release_date && dateText(version.release_date, version.release_date, 'day', language)}</td>
                <td>{version.schema_version}</td>
                <td>{rows(version) === undefined ? t('not_stated') : number(rows(version)!)}</td>
                <td>
                  {version.zip && (
                    <>
                      <a href={STORE + encodeURI(version.zip.path)} download>
                        zip
                      </a>{' '}
                      <span class="quiet">{t('releases.kilobytes', { size: number(Math.ceil(version.zip.bytes / 1000)) })}</span>
                      <code class="hash">{version.zip.sha256}</code>
                    </>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {published.length < index.versions.length && <p class="quiet">{t('releases.status')}</p>}
    </>
  );
}
