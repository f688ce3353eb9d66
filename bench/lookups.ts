/**
 * Reading by NHS number, as a GP system does: over HTTP, against the ceiling of the same run: the same rows asked of
 * PostgreSQL straight through `pg`, with a statement prepared for the purpose.
 */
import type { PoolConfig } from 'pg';
import { httpClient, type Call } from './http-client';
import { measure, type Measured } from './measure';
import { openPool } from './open-pool';
import type { Server } from './start-server';
import type { Stage } from './stage';

export interface LookupResult {
  name: string;
  readers: number;
  server: Measured;
  ceiling: Measured;
  ofCeiling: number;
  /** Answers that were not 200, or that found nothing. */
  refused: number;
}

export const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number|';

interface Lookup {
  name: string;
  call(nhsNumber: string): Call;
  /** The statement that a program of one purpose would run. */
  sql: string;
}

const get = (path: string, nhsNumber: string): Call => ({
  method: 'GET',
  path: `/FHIR/R4/${path}${encodeURIComponent(NHS_NUMBER + nhsNumber)}`,
});

const ofPatient = (table: string, order: string): string =>
  `SELECT r.content FROM patient JOIN ${table} AS r ON r.patient_id = patient.id
   WHERE patient.nhs_number = $1 ORDER BY ${order} LIMIT 51`;

const LOOKUPS: readonly Lookup[] = [
  {
    name: 'Patient?identifier',
    call: (nhsNumber) => get('Patient?identifier=', nhsNumber),
    sql: 'SELECT content FROM patient WHERE nhs_number = $1',
  },
  {
    name: 'DocumentReference?patient:identifier',
    call: (nhsNumber) => get('DocumentReference?patient:identifier=', nhsNumber),
    sql: ofPatient('document_reference', 'r.date_start'),
  },
  {
    name: 'Observation?patient:identifier',
    call: (nhsNumber) => get('Observation?patient:identifier=', nhsNumber),
    sql: ofPatient('observation', 'r.effective_start'),
  },
  {
    name: 'POST Observation/_search',
    call: (nhsNumber) => ({
      method: 'POST',
      path: '/FHIR/R4/Observation/_search',
      contentType: 'application/x-www-form-urlencoded',
      body: Buffer.from(`patient:identifier=${encodeURIComponent(NHS_NUMBER + nhsNumber)}`),
    }),
    sql: ofPatient('observation', 'r.effective_start'),
  },
];

export async function benchLookups(
  stage: Stage,
  server: Server,
  connection: PoolConfig,
  { readers, seconds }: { readers: readonly number[]; seconds: number },
): Promise<LookupResult[]> {
  const pool = openPool(connection, Math.max(...readers));
  const results: LookupResult[] = [];
  try {
    const { rows } = await pool.query<{ nhs_number: string }>(
      'SELECT nhs_number FROM patient ORDER BY md5(nhs_number) LIMIT 1000',
    );
    for (const count of readers) {
      const client = httpClient(server.url, server.token, count);
      const nhsNumberOf = (index: number): string => rows[index % rows.length]!.nhs_number;
      for (const lookup of LOOKUPS) {
        let refused = 0;
        const ask = async (index: number): Promise<void> => {
          const { status, body } = await client.call(lookup.call(nhsNumberOf(index)));
          if (status !== 200 || !body.includes('"entry"')) refused += 1;
        };
        const fetch = async (index: number): Promise<void> => {
          await pool.query({ name: lookup.name, text: lookup.sql, values: [nhsNumberOf(index)] });
        };
        await measure({ lanes: count, seconds: seconds / 4 }, ask);
        await measure({ lanes: count, seconds: seconds / 4 }, fetch);
        const answered = await measure(
          { lanes: count, seconds, processes: { server: server.pid, postmaster: stage.postmaster } },
          ask,
        );
        const fetched = await measure(
          { lanes: count, seconds, processes: { server: process.pid, postmaster: stage.postmaster } },
          fetch,
        );
        results.push({
          name: lookup.name,
          readers: count,
          server: answered,
          ceiling: fetched,
          ofCeiling: answered.perSecond / fetched.perSecond,
          refused,
        });
      }
      client.close();
    }
    return results;
  } finally {
    await pool.end();
  }
}
