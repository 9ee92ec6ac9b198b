/** What is filtered as a file: CSV for spreadsheets, Parquet for programs. */

import { useRef, useState } from 'preact/hooks';
import { csv, formulas, type Cell } from '../model/csv.ts';
import type { Dataset } from '../model/data.ts';
import { useWords } from './context.tsx';
import { load } from './load.ts';

export interface Rows {
  columns: { name: string; type: string; values: Cell[] }[];
}

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
export const MARK = '\ufeff';

export function Download({ data, rows }: { data: Dataset; rows: number[] }) {
  const { t, count } = useWords();
  const dialog = useRef<HTMLDialogElement>(null);
  const [all, setAll] = useState<Rows | null>(null);
  const [failure, setFailure] = useState('');
  const open = (): void => {
    dialog.current?.showModal();
    load<Rows>('data/rows.json').then(setAll, (error: unknown) => setFailure(String(error)));
  };
  const chosen = [...rows].sort((a, b) => a - b);
  const name = `${data.about.name}-${data.about.version.replace('+', '-')}-incidents`;
  const asCsv = (): void => {
    if (!all) return;
    const text = csv(
      all.columns.map((column) => column.name),
      all.columns.map((column) => column.values),
      chosen,
    );
    save(MARK + text, 'text/csv;charset=utf-8', `${name}.csv`);
  };
  const asParquet = async (): Promise<void> => {
    if (!all) return;
    const { parquet } = await import('../model/parquet.ts');
    save(parquet(all, chosen), 'application/vnd.apache.parquet', `${name}.parquet`);
  };
  const marked = all ? formulas(all.columns.map((column) => column.values), chosen) : 0;
  return (
    <>
      <button type="button" class="button primary" onClick={open}>
        {t('download')}
      </button>
      <dialog ref={dialog} aria-labelledby="download-title">
        <h2 id="download-title">{t('download.title')}</h2>
        <p>{count('download.what', rows.length, { version: data.about.version })}</p>
        {failure && <p role="alert">{t('failed', { why: failure })}</p>}
        <div class="choices">
          <div>
            <button type="button" class="button primary" disabled={!all} onClick={asCsv}>
              {t('download.csv')}
            </button>
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
          <strong>{t('selection')}</strong> {t('download.sums')}
        </p>
        <button type="button" class="button" onClick={() => dialog.current?.close()}>
          {t('download.close')}
        </button>
      </dialog>
    </>
  );
}
