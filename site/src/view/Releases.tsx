/** All versions that the store beside this page holds, and how to cite this one. */

import { dateText } from '../model/format.ts';
import { useData, useWords } from './context.tsx';
import { SelectionNote } from './Frame.tsx';
import { useLoaded } from './load.ts';

interface File {
  path: string;
  bytes: number;
  sha256: string;
  rows?: number;
}

/** `index.json` of a store, as `schemas/json/index.schema.json` declares it. */
interface Index {
  versions: { version: string; status: string; schema_version?: string; release_date?: string; zip?: File; files?: File[] }[];
}

const STORE = 'store/';

export function Releases() {
  const data = useData();
  const { t, language } = useWords();
  const { about } = data;
  const store = useLoaded<Index>(`${STORE}index.json`);
  const date = dateText(about.date, about.date, 'day', language);
  return (
    <div class="sheet">
      <h1>{t('releases')}</h1>
      <p>{t('releases.this', { version: about.version, date })}</p>
      <SelectionNote />
      <h2>{t('releases.cite')}</h2>
      <blockquote>{t('releases.cite.text', { year: about.date.slice(0, 4), version: about.version })}</blockquote>
      <p class="quiet">
        {t('releases.content')}: <code class="hash">{about.content}</code>
      </p>
      <p>
        <a href={`data/${about.name}.duckdb`} download>
          {t('releases.database')}
        </a>
      </p>
      <h2>{t('releases.all')}</h2>
      {store.state === 'there' && store.value.versions.length > 0 ? <Versions index={store.value} /> : <p class="quiet">{t(store.state === 'loading' ? 'loading' : 'releases.none')}</p>}
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
                      <span class="quiet">{number(Math.ceil(version.zip.bytes / 1000))} kB</span>
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
