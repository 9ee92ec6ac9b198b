/** Questions to begin with; each runs as it stands, in any DuckDB that has the package's database attached. */

import type { Language } from '../model/view.ts';
import type { Key } from '../texts/texts.ts';

interface Example {
  name: Key;
  query: string;
}

/** The questions, with names and comments of a language. */
export const examplesOf = (language: Language, say: (key: Key) => string): readonly Example[] => [
  {
    name: 'sql.example.year',
    query: `-- ${say('sql.comment.additive')}
-- ${say('selection')}
SELECT year(date_start) AS year, sum(low) AS low, sum(best) AS best, count(*) AS figures,
       count(*) - count(high) AS open_above
FROM tolls
WHERE metric = 'killed' AND population_group = 'all' AND is_additive
GROUP BY year
ORDER BY year;`,
  },
  {
    name: 'sql.example.contested',
    query: `-- ${say('sql.comment.claims')}
SELECT i.incident_id, i.label_${language}, c.claimant_name, c.population, c.qualifier, c.value_low, c.value_high
FROM incidents i
JOIN claims c ON c.subject_id = i.incident_id
WHERE i.toll_status = 'contested' AND c.metric = 'killed'
ORDER BY i.date_start DESC, i.incident_id, c.sequence;`,
  },
  {
    name: 'sql.example.actors',
    query: `-- ${say('sql.comment.actors')}
SELECT a.actor_name_${language}, p.basis, count(DISTINCT p.incident_id) AS incidents
FROM incident_actors p
JOIN actors a USING (actor_id)
WHERE p.role = 'perpetrator'
GROUP BY ALL
ORDER BY incidents DESC, a.actor_name_${language}, p.basis;`,
  },
  {
    name: 'sql.example.operation',
    query: `-- ${say('sql.comment.operation')}
SELECT c.claimant_name, c.metric, c.population, c.qualifier, c.value_low, c.value_high, r.publisher, r.url
FROM claims c
JOIN reports r USING (report_id)
WHERE c.subject_id = (SELECT operation_id FROM incidents
                      WHERE place_name = 'Kayes' AND date_start = DATE '2025-07-01')
ORDER BY c.sequence;`,
  },
  {
    name: 'sql.example.sources',
    query: `-- ${say('sql.comment.sources')}
SELECT coalesce(agency, publisher) AS agency_or_publisher, count(*) AS reports
FROM reports
GROUP BY ALL
ORDER BY reports DESC, agency_or_publisher
LIMIT 25;`,
  },
];
