/** Who says what: claims as bars on one axis, and side by side by claimant. */

import { claimText } from '../model/format.ts';
import { bandOf, byClaimant, charts, claimantOf, orNull, type Chart, type Claim, type Report, type Toll } from '../model/subject.ts';
import { definitionOf, InEnglish, labelOf, Told, useData, useWords } from './context.tsx';
import { ReportLink } from './Reports.tsx';

interface Props {
  claims: Claim[];
  tolls: Toll[];
  reports: Record<string, Report>;
}

export function Claims({ claims, tolls, reports }: Props) {
  const { t, count, language } = useWords();
  if (!claims.length) return <p class="quiet">{t('incident.claims.none')}</p>;
  const claimants = byClaimant(claims);
  return (
    <>
      <p class="quiet">
        {count('incident.claims.count', claims.length, { claimants: count('incident.claimants', claimants.length) })} {claimants.some(({ names }) => names[language].lang) && <InEnglish />}
      </p>
      {charts(claims, tolls).map((chart) => (
        <ClaimChart key={chart.metric} chart={chart} toll={tolls.find((toll) => toll.metric === chart.metric && toll.population_group === 'all')} />
      ))}
      <ul class="claimants">
        {claimants.map((claimant) => (
          <li key={claimant.type + claimant.name} class="claimant">
            <h3>
              <Told longest={160} lang={claimant.names[language].lang}>
                {claimant.names[language].name}
              </Told>
            </h3>
            <ClaimantType type={claimant.type} />
            <ul>
              {claimant.claims.map((claim) => (
                <Statement key={claim.claim_id} claim={claim} reports={reports} />
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </>
  );
}

function ClaimantType({ type }: { type: string }) {
  const data = useData();
  const { language } = useWords();
  const list = data.codes['claimant_type'];
  return (
    <p class="claimant-type" title={definitionOf(list, type, language)}>
      {labelOf(list, type, language)}
    </p>
  );
}

function Statement({ claim, reports }: { claim: Claim; reports: Record<string, Report> }) {
  const data = useData();
  const { t, language } = useWords();
  const figure = claimText(orNull(claim.value_low), orNull(claim.value_high), claim.qualifier, t, language);
  const first = claim.carried.filter((row) => row.role === 'carries_claim');
  const repeated = claim.carried.filter((row) => row.role !== 'carries_claim');
  const links = (rows: Claim['carried']) =>
    rows.map((row, at) => (
      <span key={row.report_id}>
        {at > 0 && ', '}
        <ReportLink report={reports[row.report_id]} />
      </span>
    ));
  return (
    <li>
      <span class="statement">
        <span class="statement-of">
          {labelOf(data.codes['metric'], claim.metric, language)} · {labelOf(data.codes['population'], claim.population, language)}
        </span>
        <strong title={definitionOf(data.codes['qualifier'], claim.qualifier, language)}>{figure}</strong>
      </span>
      {claim.included_in_claim_id && <small class="quiet">{t('incident.included')}</small>}
      <small class="links">
        {first.length > 0 && (
          <>
            {t('incident.first')} {links(first)}
          </>
        )}
        {repeated.length > 0 && (
          <>
            {' '}
            {t('incident.repeated')} {links(repeated)}
          </>
        )}
      </small>
    </li>
  );
}

const percent = (part: number): string => `${100 * part}%`;

function ClaimChart({ chart, toll }: { chart: Chart; toll: Toll | undefined }) {
  const data = useData();
  const { t, number, language } = useWords();
  const metric = labelOf(data.codes['metric'], chart.metric, language);
  const band = bandOf(toll, chart.end);
  return (
    <figure class="chart">
      <figcaption>{t('incident.chart', { metric: metric.toLowerCase() })}</figcaption>
      <div class="chart-axis" aria-hidden="true">
        <span class="chart-track">
          {chart.ticks.map((tick) => (
            <span key={tick} class="chart-tick" style={{ left: percent(tick / chart.end) }}>
              {number(tick)}
            </span>
          ))}
        </span>
      </div>
      <ol>
        {chart.bars.map((bar) => (
          <li key={bar.claim.claim_id}>
            <span class="chart-who">
              <Told longest={90} lang={claimantOf(bar.claim, language).lang}>
                {claimantOf(bar.claim, language).name}
              </Told>
              <small>{labelOf(data.codes['population'], bar.claim.population, language)}</small>
            </span>
            <span class="chart-track" aria-hidden="true">
              {band && <span class={`chart-decided ${band.isOpen ? 'open-above' : ''}`} style={{ left: percent(band.start), width: percent(band.end - band.start) }} />}
              {toll?.best !== undefined && <span class="chart-best" style={{ left: percent(toll.best / chart.end) }} />}
              <span
                class={`chart-bar ${bar.isOpenAbove ? 'open-above' : ''} ${bar.isOpenBelow ? 'open-below' : ''} type-${bar.claim.claimant_type}`}
                style={{ left: percent(bar.start), width: percent(bar.end - bar.start) }}
              />
            </span>
            <span class="chart-value">
              {claimText(orNull(bar.claim.value_low), orNull(bar.claim.value_high), bar.claim.qualifier, t, language)}
            </span>
          </li>
        ))}
      </ol>
      {toll?.best !== undefined && (
        <p class="chart-key quiet">
          <span class="chart-best" aria-hidden="true" /> {t('incident.chart.decided')}
          {band?.isOpen && ` · ${t('incident.chart.open')}`}
        </p>
      )}
    </figure>
  );
}
