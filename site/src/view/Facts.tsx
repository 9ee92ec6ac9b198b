/** What is known of an incident or operation, each with how well it is known. */

import { dateText } from '../model/format.ts';
import type { Subject } from '../model/subject.ts';
import { definitionOf, labelOf, Told, useData, useWords } from './context.tsx';
import { linkTo } from './state.ts';

export function Facts({ about, place }: { about: Subject; place: string | null | undefined }) {
  const data = useData();
  const { t, language, number, colon } = useWords();
  const code = (list: string, value: string | undefined) =>
    value === undefined ? (
      <span class="unstated">{t('not_stated')}</span>
    ) : (
      <span title={definitionOf(data.codes[list], value, language)}>{labelOf(data.codes[list], value, language)}</span>
    );
  const where = [place, about.admin2_name, about.admin1_name].filter((name, at, all) => name && all.indexOf(name) === at);
  const isIncident = about.event_type !== undefined;
  return (
    <dl class="facts">
      <dt>{t('incident.date')}</dt>
      <dd>
        {dateText(about.date_start, about.date_end, about.date_precision ?? 'day', language)}
        {about.date_precision && (
          <small>
            {t('incident.precision')}
            {colon}
            {code('date_precision', about.date_precision)}
          </small>
        )}
      </dd>
      {isIncident && (
        <>
          <dt>{t('incident.place')}</dt>
          <dd>
            <Told longest={400}>{[...where, labelOf(data.codes['country'], about.country_iso3, language)].join(', ')}</Told>
            <small>
              {t('incident.precision')}
            {colon}
            {code('geo_precision', about.geo_precision)}
              {about.latitude !== undefined &&
                `, ${about.geo_radius_km === undefined ? t('incident.radius.none') : t('incident.radius', { km: number(about.geo_radius_km) })}`}
            </small>
          </dd>
          <dt>{t('incident.tactic')}</dt>
          <dd>{code('event_type', about.event_type)}</dd>
          <dt>{t('incident.target')}</dt>
          <dd>{code('target_type', about.target_type)}</dd>
        </>
      )}
      {(about.actors?.length ?? 0) > 0 && (
        <>
          <dt>{t('incident.actors')}</dt>
          <dd>
            <Actors about={about} />
          </dd>
        </>
      )}
      {!isIncident && about.perpetrator_id !== undefined && (
        <>
          <dt>{labelOf(data.codes['actor_role'], 'perpetrator', language)}</dt>
          <dd>
            <ActorLink id={about.perpetrator_id} />
          </dd>
        </>
      )}
      {about.operation_id && isIncident && (
        <>
          <dt>{t('incident.operation')}</dt>
          <dd>
            <a href={linkTo({ name: 'operation', id: about.operation_id })}>
              <Told longest={300}>
                {data.operations[`operation_name_${language}`][data.operationRow.get(about.operation_id) ?? -1] ?? about.operation_id}
              </Told>
            </a>
          </dd>
        </>
      )}
      {isIncident && (
        <>
          <dt>{t('incident.status')}</dt>
          <dd>{code('incident_status', about.status)}</dd>
          <dt>{t('incident.confidence')}</dt>
          <dd>{code('confidence', about.confidence)}</dd>
          <dt>{t('incident.releases')}</dt>
          <dd>
            {about.first_release === about.last_changed_release
              ? about.first_release
              : t('incident.releases.changed', { first: about.first_release ?? '', last: about.last_changed_release ?? '' })}
          </dd>
        </>
      )}
    </dl>
  );
}

/** An actor's name, leading to all of its incidents. */
function ActorLink({ id }: { id: string }) {
  const data = useData();
  const { language } = useWords();
  return (
    <a href={linkTo({ name: 'explore' }, { actors: [id], role: null })}>
      <Told longest={120}>{data.actors[`actor_name_${language}`][data.actorRow.get(id) ?? -1] ?? id}</Told>
    </a>
  );
}

function Actors({ about }: { about: Subject }) {
  const data = useData();
  const { t, language } = useWords();
  return (
    <ul class="actors">
      {about.actors!.map((part, at, all) => {
        const isAlternative = part.alternative_group !== undefined && all[at - 1]?.alternative_group === part.alternative_group;
        return (
          <li key={at}>
            {isAlternative && `${t('incident.or')} `}
            <ActorLink id={part.actor_id} />
            <small>
              {labelOf(data.codes['actor_role'], part.role, language)} ·{' '}
              <span title={definitionOf(data.codes['basis'], part.basis, language)}>{labelOf(data.codes['basis'], part.basis, language)}</span>
            </small>
          </li>
        );
      })}
    </ul>
  );
}
