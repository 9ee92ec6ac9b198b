/** What can be chosen, with how many incidents each choice would show. */

import { useState } from 'preact/hooks';
import { CODED, folded, type Dataset } from '../model/data.ts';
import type { Selection } from '../model/select.ts';
import { isFiltered, LISTS, ROLES, unfiltered, type ListName, type View } from '../model/view.ts';
import type { Key } from '../texts/texts.ts';
import { chipsOf } from './Chips.tsx';
import { definitionOf, labelOf, Told, useWords } from './context.tsx';
import { change } from './state.ts';

interface Props {
  view: View;
  data: Dataset;
  selection: Selection;
}

const OPEN: readonly ListName[] = ['country', 'tactic'];
/** More options than this get a field that finds one. */
const MANY = 12;

export function Filters({ view, data, selection }: Props) {
  const words = useWords();
  const { t } = words;
  const [isOpen, setOpen] = useState(false);
  const active = chipsOf(view, data, words).length;
  return (
    <aside class={`filters ${isOpen ? 'open' : ''}`} aria-label={t('filters')}>
      <div class="filters-head">
        <h2>{t('filters')}</h2>
        <button type="button" class="filters-toggle" aria-expanded={isOpen} aria-controls="filters" onClick={() => setOpen(!isOpen)}>
          {t(isOpen ? 'filters.hide' : 'filters.show')}
          {active > 0 && <span class="badge">{active}</span>}
        </button>
        {isFiltered(view) && (
          <button type="button" class="link" onClick={() => change(unfiltered(view))}>
            {t('filters.clear')}
          </button>
        )}
      </div>
      <div class="filters-body" id="filters">
        <label class="search">
          <span>{t('filter.q')}</span>
          <input type="search" value={view.text} maxLength={200} onInput={(event) => change({ text: event.currentTarget.value }, 'step')} />
        </label>
        <CodeFilter name="country" {...{ view, data, selection }} />
        <Dates view={view} data={data} />
        <CodeFilter name="tactic" {...{ view, data, selection }} />
        <Actors {...{ view, data, selection }} />
        <CodeFilter name="toll" {...{ view, data, selection }} />
        <FigureFilter view={view} />
        <CodeFilter name="target" {...{ view, data, selection }} />
        <CodeFilter name="place" {...{ view, data, selection }} />
        <CodeFilter name="day" {...{ view, data, selection }} />
      </div>
    </aside>
  );
}

interface Option {
  code: string;
  label: string;
  count: number;
  definition?: string | undefined;
}

function CodeFilter({ name, view, data, selection }: Props & { name: ListName }) {
  const { language } = useWords();
  const list = data.codes[CODED[LISTS[name]]];
  const options = (): Option[] =>
    (list?.code ?? [])
      .map((code, at) => ({
        code,
        label: labelOf(list, code, language),
        count: selection.counts[name][at] ?? 0,
        definition: definitionOf(list, code, language),
      }))
      .filter((option) => option.count > 0 || view.lists[name].includes(option.code));
  return (
    <Choice
      name={`filter.${name}`}
      options={options}
      chosen={view.lists[name]}
      opensWith={OPEN.includes(name)}
      onChange={(codes) => change({ lists: { ...view.lists, [name]: codes } })}
    />
  );
}

function Actors({ view, data, selection }: Props) {
  const { t, language } = useWords();
  const names = data.actors[`actor_name_${language}`];
  const options = (): Option[] =>
    data.actors.actor_id
      .map((code, at) => ({ code, label: names[at] ?? code, count: selection.actorCounts[at] ?? 0 }))
      .filter((option) => option.count > 0 || view.actors.includes(option.code))
      .sort((a, b) => b.count - a.count);
  const roles = data.codes['actor_role'];
  return (
    <Choice name="filter.actor" options={options} chosen={view.actors} opensWith={false} onChange={(actors) => change({ actors })}>
      <label class="inline">
        <span>{t('filter.role')}</span>
        <select value={view.role ?? ''} onChange={(event) => change({ role: event.currentTarget.value || null })}>
          <option value="">{t('filter.role.any')}</option>
          {ROLES.map((role) => (
            <option key={role} value={role}>
              {labelOf(roles, role, language)}
            </option>
          ))}
        </select>
      </label>
    </Choice>
  );
}

interface ChoiceProps extends Omit<OptionsProps, 'options'> {
  /** Asked for only while the list is open. */
  options: () => Option[];
  opensWith: boolean;
  children?: preact.ComponentChildren;
}

function Choice({ name, options, chosen, opensWith, onChange, children }: ChoiceProps) {
  const { t } = useWords();
  const [isOpen, setOpen] = useState(opensWith || chosen.length > 0);
  return (
    <details class="filter" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {t(name)}
        {chosen.length > 0 && <span class="badge">{chosen.length}</span>}
      </summary>
      {isOpen && (
        <fieldset>
          <legend class="visually-hidden">{t(name)}</legend>
          {children}
          <Options name={name} options={options()} chosen={chosen} onChange={onChange} />
        </fieldset>
      )}
    </details>
  );
}

interface OptionsProps {
  name: Key;
  options: Option[];
  chosen: string[];
  onChange: (codes: string[]) => void;
}

function Options({ name, options, chosen, onChange }: OptionsProps) {
  const { t, number } = useWords();
  const [sought, setSought] = useState('');
  const find = name === 'filter.actor' ? t('filter.actor.find') : t(name);
  const most = Math.max(1, ...options.map((option) => option.count));
  const found = options.filter((option) => chosen.includes(option.code) || folded(option.label).includes(folded(sought)));
  const turn = (code: string): void =>
    onChange(chosen.includes(code) ? chosen.filter((other) => other !== code) : [...chosen, code]);
  return (
    <>
      {options.length > MANY && (
        <input type="search" class="find" aria-label={find} placeholder={find} value={sought} onInput={(event) => setSought(event.currentTarget.value)} />
      )}
      <div class={options.length > MANY ? 'options scroll' : 'options'}>
        {found.length === 0 && <p class="quiet">{t('filter.none')}</p>}
        {found.map((option) => (
          <label key={option.code} class="option" title={option.definition}>
            <input type="checkbox" checked={chosen.includes(option.code)} onChange={() => turn(option.code)} />
            <span class="option-label">
              <Told longest={80}>{option.label}</Told>
            </span>
            <span class="option-count">{number(option.count)}</span>
            <span class="option-bar" style={{ width: `${(100 * option.count) / most}%` }} aria-hidden="true" />
          </label>
        ))}
      </div>
    </>
  );
}

function Dates({ view, data }: { view: View; data: Dataset }) {
  const { t } = useWords();
  const [first, last] = data.months.map((month) => Math.floor(month / 12));
  const limits = { min: `${first}-01-01`, max: `${last}-12-31` };
  return (
    <details class="filter" open>
      <summary>{t('filter.dates')}</summary>
      <fieldset class="pair">
        <legend class="visually-hidden">{t('filter.dates')}</legend>
        <label>
          <span>{t('filter.from')}</span>
          <input type="date" {...limits} value={view.from ?? ''} onChange={(event) => change({ from: event.currentTarget.value || null })} />
        </label>
        <label>
          <span>{t('filter.to')}</span>
          <input type="date" {...limits} value={view.to ?? ''} onChange={(event) => change({ to: event.currentTarget.value || null })} />
        </label>
      </fieldset>
    </details>
  );
}

function FigureFilter({ view }: { view: View }) {
  const { t } = useWords();
  const number = (text: string): number | null => (/^\d{1,7}$/.test(text) ? Number(text) : null);
  return (
    <details class="filter" open={view.least !== null || view.most !== null}>
      <summary>{t('filter.figure')}</summary>
      <fieldset class="pair">
        <legend class="visually-hidden">{t('filter.figure')}</legend>
        <label>
          <span>{t('filter.figure.least')}</span>
          <input type="number" min="0" inputMode="numeric" value={view.least ?? ''} onInput={(event) => change({ least: number(event.currentTarget.value) }, 'step')} />
        </label>
        <label>
          <span>{t('filter.figure.most')}</span>
          <input type="number" min="0" inputMode="numeric" value={view.most ?? ''} onInput={(event) => change({ most: number(event.currentTarget.value) }, 'step')} />
        </label>
        <p class="quiet">{t('filter.figure.note')}</p>
      </fieldset>
    </details>
  );
}
