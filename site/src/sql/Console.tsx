/** Ask the database of the package in SQL, in the page. */

import type { AsyncDuckDBConnection } from '@duckdb/duckdb-wasm';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { csv } from '../model/csv.ts';
import type { About } from '../model/data.ts';
import { shown } from '../model/text.ts';
import { WordsContext, wordsOf, useWords } from '../view/context.tsx';
import { saveCsv, useForm } from '../view/Download.tsx';
import { Frame, SelectionNote } from '../view/Frame.tsx';
import { Heading } from '../view/Heading.tsx';
import { load } from '../view/load.ts';
import { languageOf, useAddress } from '../view/state.ts';
import { ask, end, start, type Answer, type Cell } from './engine.ts';
import { examplesOf } from './examples.ts';
import { installs, isEmpty } from './refuse.ts';

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
  const begin = async (): Promise<void> => {
    try {
      const found = await load<About>('data/explorer.json');
      setAbout(found);
      setConnection(await start(`data/${found.name}.duckdb`));
    } catch (error) {
      setFailure(messageOf(error));
    }
  };
  useEffect(() => void begin(), []);
  const restart = (): void => {
    if (connection) void end(connection);
    setConnection(null);
    void begin();
  };
  return (
    <WordsContext.Provider value={words}>
      <Frame page="sql" about={about}>
        <div class="sheet sql">
          <Heading title={words.t('sql')}>{words.t('sql')}</Heading>
          <p>{words.t('sql.intro')}</p>
          <SelectionNote />
          <Ask connection={connection} failure={failure} name={about?.name ?? ''} onStop={restart} />
        </div>
      </Frame>
    </WordsContext.Provider>
  );
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

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

interface AskProps {
  connection: AsyncDuckDBConnection | null;
  failure: string;
  name: string;
  /** Ends DuckDB and starts it anew. */
  onStop: () => void;
}

/** What came of a query; while one runs there is nothing, so that no old answer is taken for its own. */
type Outcome = { is: 'answer'; answer: Answer } | { is: 'error'; why: string } | { is: 'refused' } | { is: 'empty' } | { is: 'stopped' } | null;

function Ask({ connection, failure, name, onStop }: AskProps) {
  const { t, language } = useWords();
  const [query, setQuery] = useState(sharedQuery() ?? examplesOf(language, t)[0]!.query);
  const [outcome, setOutcome] = useState<Outcome>(null);
  const [isRunning, setRunning] = useState(false);
  /** Counts queries: what a stopped one may still say is passed over. */
  const asking = useRef(0);
  const settle = (mine: number, found: Outcome): void => {
    if (mine !== asking.current) return;
    setOutcome(found);
    setRunning(false);
  };
  const run = async (asked: string): Promise<void> => {
    if (!connection || isRunning) return;
    const mine = (asking.current += 1);
    shareQuery(asked);
    if (isEmpty(asked) || installs(asked)) {
      settle(mine, { is: isEmpty(asked) ? 'empty' : 'refused' });
      return;
    }
    setOutcome(null);
    setRunning(true);
    try {
      settle(mine, { is: 'answer', answer: await ask(connection, asked) });
    } catch (problem) {
      settle(mine, { is: 'error', why: messageOf(problem) });
    }
  };
  const stop = (): void => {
    asking.current += 1;
    settle(asking.current, { is: 'stopped' });
    onStop();
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
          {isRunning && (
            <button type="button" class="button" onClick={stop}>
              {t('sql.stop')}
            </button>
          )}
          <span class="quiet">{t('sql.keys')}</span>
          <span class="space" />
          <span role="status" class="quiet">
            {status}
          </span>
        </div>
        {outcome && <Came outcome={outcome} name={name} />}
      </div>
      <div>
        <h2>{t('sql.examples')}</h2>
        <ul class="examples">
          {examplesOf(language, t).map((example) => (
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

function Came({ outcome, name }: { outcome: NonNullable<Outcome>; name: string }) {
  const { t } = useWords();
  if (outcome.is === 'answer') return <Result answer={outcome.answer} name={name} />;
  if (outcome.is === 'empty' || outcome.is === 'stopped')
    return (
      <p role="status" class="told">
        {t(`sql.${outcome.is}`)}
      </p>
    );
  return (
    <div role="alert" class="error">
      {outcome.is === 'refused' ? (
        t('sql.refused')
      ) : (
        <>
          <strong>{t('sql.error')}</strong>
          <pre>{shown(outcome.why, 4000)}</pre>
        </>
      )}
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
  const { form, choice } = useForm();
  const rows = Array.from({ length: Math.min(answer.count, MOST_SHOWN) }, (_, at) => at);
  const all = (): number[] => Array.from({ length: answer.count }, (_, at) => at);
  return (
    <section aria-label={t('sql.result')}>
      <div class="toolbar">
        <p role="status">{count('sql.rows', answer.count, { ms: number(answer.milliseconds) })}</p>
        <span class="space" />
        {choice}
        <button type="button" class="button" onClick={() => saveCsv(csv(answer.names, answer.columns, all(), form), `${name}-answer`)}>
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
