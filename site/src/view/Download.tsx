/** What is filtered as a file: CSV for spreadsheets, Parquet for programs. */

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { COMMAS, csv, formulas, SEMICOLONS, type Form } from '../model/csv.ts';
import type { Dataset } from '../model/data.ts';
import { chosenRows, TABLES, type Rows, type Table } from '../model/rows.ts';
import type { Selection } from '../model/select.ts';
import type { Language } from '../model/view.ts';
import { useWords } from './context.tsx';
import { useLoaded } from './load.ts';

/** Hand a file to the browser. */
export function save(content: BlobPart, type: string, name: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** A byte order mark, by which spreadsheets know UTF-8. */
const MARK = '\ufeff';

/** Hand text to a spreadsheet. */
export const saveCsv = (text: string, name: string): void => save(MARK + text, 'text/csv;charset=utf-8', `${name}.csv`);

const FORMS = { commas: COMMAS, semicolons: SEMICOLONS };
type FormName = keyof typeof FORMS;

/** What spreadsheets of a language take for the end of a cell. */
const usualForm = (language: Language): FormName => (language === 'fr' ? 'semicolons' : 'commas');

interface Chosen {
  form: Form;
  choice: preact.JSX.Element;
}

/** How a CSV file is written, with the field in which that is chosen. */
export function useForm(): Chosen {
  const { t, language } = useWords();
  const [name, setName] = useState<FormName>(usualForm(language));
  useEffect(() => setName(usualForm(language)), [language]);
  const choice = (
    <label class="inline">
      <span>{t('download.form')}</span>
      <select value={name} onChange={(event) => setName(event.currentTarget.value as FormName)}>
        {(Object.keys(FORMS) as FormName[]).map((form) => (
          <option key={form} value={form}>
            {t(`download.form.${form}`)}
          </option>
        ))}
      </select>
    </label>
  );
  return { form: FORMS[name], choice };
}

interface Props {
  data: Dataset;
  selection: Selection;
}

export function Download({ data, selection }: Props) {
  const { t } = useWords();
  const dialog = useRef<HTMLDialogElement>(null);
  const [isOpen, setOpen] = useState(false);
  const open = (): void => {
    setOpen(true);
    dialog.current?.showModal();
  };
  return (
    <>
      <button type="button" class="button primary" onClick={open}>
        {t('download')}
      </button>
      <dialog ref={dialog} aria-labelledby="download-title" onClose={() => setOpen(false)}>
        <h2 id="download-title">{t('download.title')}</h2>
        {isOpen && <Choices data={data} selection={selection} />}
        <button type="button" class="button" onClick={() => dialog.current?.close()}>
          {t('download.close')}
        </button>
      </dialog>
    </>
  );
}

/** A table, which is loaded when it is chosen, and the files that can be made of it. */
function Choices({ data, selection }: Props) {
  const { t, count } = useWords();
  const [table, setTable] = useState<Table>('incidents');
  const { form, choice } = useForm();
  const loaded = useLoaded<Rows>(`data/rows/${table}.json`);
  const all = loaded.state === 'there' ? loaded.value : null;
  const { rows, parts } = useMemo(() => (all ? chosenRows(table, all, data, selection.chosen) : { rows: [], parts: 0 }), [all, table, data, selection]);
  const values = all?.columns.map((column) => column.values) ?? [];
  const marked = useMemo(() => formulas(values, rows, form), [all, rows, form]);
  const name = `${data.about.name}-${data.about.version.replace('+', '-')}-${table}`;
  const asCsv = (): void => saveCsv(csv(all?.columns.map((column) => column.name) ?? [], values, rows, form), name);
  const asParquet = async (): Promise<void> => {
    if (!all) return;
    const { parquet } = await import('../model/parquet.ts');
    save(parquet(table, all, rows), 'application/vnd.apache.parquet', `${name}.parquet`);
  };
  return (
    <>
      <label class="inline">
        <span>{t('download.table')}</span>
        <select value={table} onChange={(event) => setTable(event.currentTarget.value as Table)}>
          {TABLES.map((of) => (
            <option key={of} value={of}>
              {t(`download.table.${of}`)}
            </option>
          ))}
        </select>
      </label>
      <p role="status">{all ? count('download.what', rows.length, { table, version: data.about.version }) : t('loading')}</p>
      {loaded.state === 'failed' && <p role="alert">{t('failed', { why: loaded.why })}</p>}
      <div class="choices">
        <div>
          <button type="button" class="button primary" disabled={!all} onClick={asCsv}>
            {t('download.csv')}
          </button>
          {choice}
          <p class="quiet">
            {t('download.csv.note')} {all && (marked ? count('download.csv.marked', marked) : t('download.csv.unmarked'))}
          </p>
        </div>
        <div>
          <button type="button" class="button primary" disabled={!all} onClick={() => void asParquet()}>
            {t('download.parquet')}
          </button>
          <p class="quiet">{t('download.parquet.note')}</p>
        </div>
      </div>
      <p class="selection-note">
        <strong>{t('selection')}</strong> {t(`download.note.${table}`)} {parts > 0 && table !== 'incidents' && count(`download.parts.${table}`, parts)}
      </p>
    </>
  );
}
