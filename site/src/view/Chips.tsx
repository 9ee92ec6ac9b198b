/** What is filtered, each filter with a button that takes it away. */

import { CODED, type Dataset } from '../model/data.ts';
import { dateText } from '../model/format.ts';
import { shown } from '../model/text.ts';
import { LIST_NAMES, LISTS, type View } from '../model/view.ts';
import type { Key } from '../texts/texts.ts';
import { labelOf, Told, useWords, type Words } from './context.tsx';
import { change } from './state.ts';

interface Chip {
  key: string;
  text: string;
  without: Partial<View>;
}

/** One for each filter of a view. */
export function chipsOf(view: View, data: Dataset, { t, language, number }: Words): Chip[] {
  const measure = t(`measure.${view.measure}` as Key);
  const day = (iso: string): string => dateText(iso, iso, 'day', language);
  const chips: Chip[] = LIST_NAMES.flatMap((name) =>
    view.lists[name].map((code) => ({
      key: name + code,
      text: labelOf(data.codes[CODED[LISTS[name]]], code, language),
      without: { lists: { ...view.lists, [name]: view.lists[name].filter((other) => other !== code) } },
    })),
  );
  for (const code of view.actors) {
    const name = data.actors[`actor_name_${language}`][data.actorRow.get(code) ?? -1] ?? code;
    chips.push({ key: `actor${code}`, text: name, without: { actors: view.actors.filter((other) => other !== code) } });
  }
  if (view.role && view.actors.length) chips.push({ key: 'role', text: t('chip.role', { role: labelOf(data.codes['actor_role'], view.role, language) }), without: { role: null } });
  if (view.from) chips.push({ key: 'from', text: t('chip.from', { date: day(view.from) }), without: { from: null } });
  if (view.to) chips.push({ key: 'to', text: t('chip.to', { date: day(view.to) }), without: { to: null } });
  if (view.least !== null) chips.push({ key: 'least', text: t('chip.least', { measure, number: number(view.least) }), without: { least: null } });
  if (view.most !== null) chips.push({ key: 'most', text: t('chip.most', { measure, number: number(view.most) }), without: { most: null } });
  if (view.text) chips.push({ key: 'q', text: t('chip.q', { text: view.text }), without: { text: '' } });
  return chips;
}

export function Chips({ view, data }: { view: View; data: Dataset }) {
  const words = useWords();
  const { t } = words;
  const chips = chipsOf(view, data, words);
  if (!chips.length) return null;
  return (
    <ul class="chips" aria-label={t('filters.active')}>
      {chips.map((chip) => (
        <li key={chip.key}>
          <button type="button" aria-label={t('filters.remove', { name: shown(chip.text, 80) })} onClick={() => change(chip.without)}>
            <Told longest={60}>{chip.text}</Told>
            <span aria-hidden="true">×</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
