/** Ask the database of the package in SQL, in the page. */

import type { AsyncDuckDBConnection } from '@duckdb/duckdb-wasm';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { csv } from '../model/csv.ts';
import type { About } from '../model/data.ts';
import { shown } from '../model/text.ts';
import { WordsContext, wordsOf, useWords } from '../view/context.tsx';
import { MARK, save } from '../view/Download.tsx';
import { Frame, SelectionNote } from '../view/Frame.tsx';
import { Heading } from '../view/Heading.tsx';
import { load } from '../view/load.ts';
import { languageOf, useAddress } from '../view/state.ts';
import { ask, start, type Answer, type Cell } from './engine.ts';
import { EXAMPLES } from './examples.ts';
import { installs } from './refuse.ts';

const MOST_SHOWN = 1000;
const TABLES = `
  SELECT table_name, string_agg(column_name || ' ' || lower(data_type), chr(10) ORDER BY column_index)
  FROM duckdb_columns() WHERE database_name = 'sahel' AND NOT internal GROUP BY table_name ORDER BY table_name`;

export function Console() {
  const address = useAddress();
  const language = languageOf(address.language);
  const words = useMemo(() => wordsOf(language), [language]);
  const [about, setAbout] = useState<About | null>(null);
  const [connection, setConnection] = useState<AsyncDuckDBConnection | null>(null);
  const [failure, setFailure] = useState('');
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  useEffect(() => {
    const begin = async (): Promise<void> => {
      const found = await load<About>('data/explorer.json');
      setAbout(found);
      setConnection(await start(`data/${found.name}.duckdb`));
    };
    begin().catch((error: unknown) => setFailure(error instanceof Error ? error.message : String(error)));
  }, []);
  return (
    <WordsContext.Provider value={words}>
      <Frame page="sql" about={about}>
        <div class="sheet sql">
          <Heading title={words.t('sql')}>{words.t('sql')}</Heading>
          <p>{words.t('sql.intro')}</p>
          <SelectionNote />
          <Ask connection={connection} failure={failure} name={about?.name ?? ''} />
        </div>
      </Frame>
    </WordsContext.Provider>
  );
}

const LONGEST_SHARED = 4000;

/** The query that an address brings; it is put into the field and not run unasked. */
function sharedQuery(): string | null {
  const shared = new URLSearchParams(location.hash.split('?', 2)[1]).get('sql');
  return shared && shared.length <= LONGEST_SHARED ? shared : null;
}

function shareQuery(query: string): void {
  const [path = '#/', asked = ''] = (location.hash || '#/').split('?', 2);
  const said = new URLSearchParams(asked);
  said.set('sql', query);
  history.replaceState(null, '', `${path}?${said.toString()}`);
}

function Ask({ connection, failure, name }: { connection: AsyncDuckDBConnection | null; failure: string; name: string }) {
  const { t } = useWords();
  const [query, setQuery] = useState(sharedQuery() ?? EXAMPLES[0]!.query);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [error, setError] = useState('');
  const [isRefused, setRefused] = useState(false);
  const [isRunning, setRunning] = useState(false);
  const run = async (asked: string): Promise<void> => {
    if (!connection || isRunning) return;
    setRunning(true);
    setError('');
    setRefused(false);
    shareQuery(asked);
    try {
      if (installs(asked)) {
        setRefused(true);
        setAnswer(null);
        return;
      }
      setAnswer(await ask(connection, asked));
    } catch (problem) {
      setAnswer(null);
      setError(problem instanceof Error ? problem.message : String(problem));
    } finally {
      setRunning(false);
    }
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    void run(query);
  };
  const status = failure ? t('sql.failed', { why: failure }) : !connection ? t('sql.starting') : isRunning ? t('sql.running') : t('sql.ready');
  return (
    <div class="sql-columns">
      <div>
        <label class="query">
          <span>{t('sql.query')}</span>
          <textarea rows={10} spellcheck={false} autocomplete="off" value={query} onInput={(event) => setQuery(event.currentTarget.value)} onKeyDown={press} />
        </label>
        <div class="toolbar">
          <button type="button" class="button primary" disabled={!connection || isRunning} onClick={() => void run(query)}>
            {t('sql.run')}
          </button>
          <span class="quiet">{t('sql.keys')}</span>
          <span class="space" />
          <span role="status" class="quiet">
            {status}
          </span>
        </div>
        {error && (
          <div role="alert" class="error">
            <strong>{t('sql.error')}</strong>
            <pre>{shown(error, 4000)}</pre>
          </div>
        )}
        {isRefused && (
          <div role="alert" class="error">
            {t('sql.refused')}
          </div>
        )}
        {answer && <Result answer={answer} name={name} />}
      </div>
      <div>
        <h2>{t('sql.examples')}</h2>
        <ul class="examples">
          {EXAMPLES.map((example) => (
            <li key={example.name}>
              <button
                type="button"
                class="link"
                onClick={() => {
                  setQuery(example.query);
                  void run(example.query);
                }}
              >
                {t(example.name)}
              </button>
            </li>
          ))}
        </ul>
        <Tables connection={connection} onPick={(table) => setQuery(`SELECT * FROM ${table} LIMIT 100;`)} />
      </div>
    </div>
  );
}

function Tables({ connection, onPick }: { connection: AsyncDuckDBConnection | null; onPick: (table: string) => void }) {
  const { t } = useWords();
  const [tables, setTables] = useState<[string, string][]>([]);
  useEffect(() => {
    if (!connection) return;
    ask(connection, TABLES).then(
      ({ columns: [names = [], fields = []] }) => setTables(names.map((table, at) => [String(table), String(fields[at])])),
      () => setTables([]),
    );
  }, [connection]);
  if (!tables.length) return null;
  return (
    <>
      <h2>{t('sql.tables')}</h2>
      <ul class="schema">
        {tables.map(([table, fields]) => (
          <li key={table}>
            <details>
              <summary>{table}</summary>
              <button type="button" class="link" onClick={() => onPick(table)}>
                SELECT *
              </button>
              <pre>{fields}</pre>
            </details>
          </li>
        ))}
      </ul>
    </>
  );
}

function Result({ answer, name }: { answer: Answer; name: string }) {
  const { t, count, number } = useWords();
  const rows = Array.from({ length: Math.min(answer.count, MOST_SHOWN) }, (_, at) => at);
  const all = (): number[] => Array.from({ length: answer.count }, (_, at) => at);
  return (
    <section aria-label={t('sql.result')}>
      <div class="toolbar">
        <p role="status">{count('sql.rows', answer.count, { ms: number(answer.milliseconds) })}</p>
        <span class="space" />
        <button type="button" class="button" onClick={() => save(MARK + csv(answer.names, answer.columns, all()), 'text/csv;charset=utf-8', `${name}-answer.csv`)}>
          {t('sql.download')}
        </button>
      </div>
      <p class="quiet">{t('download.csv.note')}</p>
      {answer.count > MOST_SHOWN && <p class="quiet">{t('sql.cut', { count: number(MOST_SHOWN) })}</p>}
      <div class="table-scroll" tabIndex={0} role="region" aria-label={t('sql.result')}>
        <table class="plain">
          <thead>
            <tr>
              {answer.names.map((column, at) => (
                <th key={at} scope="col">
                  <bdi>{shown(column, 80)}</bdi>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row}>
                {answer.columns.map((values, at) => (
                  <Value key={at} cell={values[row] ?? null} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Value({ cell }: { cell: Cell }) {
  const { t } = useWords();
  if (cell === null) return <td class="unstated">{t('sql.null')}</td>;
  return (
    <td class={typeof cell === 'number' ? 'number' : undefined}>
      <bdi>{shown(String(cell), 300)}</bdi>
    </td>
  );
}
