/** What codes mean, what to know about the data as a whole, and the way to the whole codebook. */

import { labelOf, Told, useData, useWords } from './context.tsx';
import { SelectionNote } from './Frame.tsx';
import { Heading } from './Heading.tsx';

/** Lists that a reader of the explorer meets, with the text that names each. */
const LISTS = [
  ['event_type', 'filter.tactic'],
  ['target_type', 'filter.target'],
  ['toll_status', 'filter.toll'],
  ['geo_precision', 'filter.place'],
  ['date_precision', 'filter.day'],
  ['claimant_type', 'incident.claims'],
  ['qualifier', 'table.toll'],
  ['population', 'incident.tolls.group'],
  ['metric', 'measure'],
  ['basis', 'incident.actors'],
] as const;

export function Codebook() {
  const data = useData();
  const { t, language } = useWords();
  const whole = `codebook.${language}.html`;
  return (
    <div class="sheet">
      <Heading title={t('codebook')}>{t('codebook')}</Heading>
      <SelectionNote />
      {data.about.codebook.includes(whole) && (
        <p>
          <a class="button primary" href={`data/${whole}`}>
            {t('codebook.full')}
          </a>
        </p>
      )}
      {data.about.issues.length > 0 && (
        <section>
          <h2>{t('codebook.issues')}</h2>
          <ul>
            {data.about.issues.map((issue) => (
              <li key={issue.issue_id}>
                <code>{issue.subject_id}</code> <Told longest={4000}>{issue[`description_${language}`]}</Told>
              </li>
            ))}
          </ul>
        </section>
      )}
      <h2>{t('codebook.codes')}</h2>
      {LISTS.map(([name, title]) => {
        const list = data.codes[name];
        return (
          list && (
            <section key={name}>
              <h3>
                {t(title)} <code>{name}</code>
              </h3>
              <dl class="codes">
                {list.code.map((code, at) => (
                  <div key={code}>
                    <dt>
                      {labelOf(list, code, language)} <code>{code}</code>
                    </dt>
                    <dd>{list[`definition_${language}`][at]}</dd>
                  </div>
                ))}
              </dl>
            </section>
          )
        );
      })}
    </div>
  );
}
