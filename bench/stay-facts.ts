/** What a reader knows of stays that are picked at random, for the searches that are measured. */
import type { Pool } from 'pg';
import type { NhsFacts } from '../test/search/nhs-searches';
import { NHS_NUMBER } from './lookups';

/** Of stays picked by their hash: the same ones in every run. */
export async function factsOf(pool: Pool, count: number): Promise<NhsFacts[]> {
  const { rows } = await pool.query<NhsFacts>(
    `WITH stay AS (SELECT id, patient_id, service_provider FROM encounter ORDER BY md5(id::text) LIMIT $1)
     SELECT $2 || patient.nhs_number AS "nhsNumber", patient.id::text AS patient, 'Encounter/' || stay.id AS encounter,
       stay.service_provider AS organisation, 'Observation/' || observation.id AS observation,
       patient.family[1] AS family, patient.birth_date::text AS "birthDate",
       document.identifier AS "documentIdentifier", observation.identifier AS "readingIdentifier"
     FROM stay JOIN patient ON patient.id = stay.patient_id
     CROSS JOIN LATERAL (
       SELECT observation.id, token AS identifier FROM observation, unnest(observation.identifier) AS token
       WHERE observation.encounter = 'Encounter/' || stay.id AND token LIKE 'http%|_%' LIMIT 1) AS observation
     CROSS JOIN LATERAL (
       SELECT token AS identifier FROM document_reference, unnest(document_reference.identifier) AS token
       WHERE document_reference.encounter @> ARRAY['Encounter/' || stay.id] AND token LIKE 'http%|_%' LIMIT 1) AS document`,
    [count, NHS_NUMBER],
  );
  if (rows.length === 0) throw new Error('there is no stay to search for');
  return rows;
}

/** Until the server has sealed what was loaded into its ledger: what is measured is a server that serves. */
export async function sealed(pool: Pool): Promise<void> {
  for (;;) {
    const { rows } = await pool.query<{ waits: boolean }>(
      `SELECT EXISTS (SELECT 1 FROM submission
        WHERE xid >= coalesce((SELECT max(upto) FROM ledger_seal), '0')) AS waits`,
    );
    if (rows[0]?.waits !== true) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
