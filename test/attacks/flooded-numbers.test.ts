/**
 * What others have stored under the numbers of a submission, or have found of it by conditions, is read in bounds: it
 * makes no submission slow, whatever it is.
 */
import { randomUUID } from 'node:crypto';
import { definitionOf } from '../../src/app/definitions';
import { patientsOfResources } from '../../src/engines/store/patients-of';
import type { Queryable } from '../../src/platform/postgres';
import { readResources } from '../../src/use-cases/submitting/stored-before/read-resources';
import { findStatedElsewhere } from '../../src/use-cases/submitting/stored-before/read-withdrawn';
import { accepted, freshSummary, record, stored } from '../semantics/sending';
import { rebuilt } from '../semantics/story';
import { startHomeward, type Homeward } from '../support/homeward';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const definition = definitionOf('Observation');
const lineage = { sender: 'RR8', identifier: 'of another summary', careTypes: ['Encounter'] };

/** Stores what no request of this size can, without the triggers. */
const write = (text: string, values: readonly unknown[]): Promise<unknown> =>
  homeward.app.database.transaction(async (tx) => {
    await tx.query({ text: 'SET LOCAL session_replication_role = replica' });
    await tx.query({ text }, values);
  });

const NUMBERS = 300;
const numbers = (of: string): string[] => Array.from({ length: NUMBERS }, (_, n) => `urn:n|${of}-${n}`);

/** So many readings of RX1 about a patient, each with all of these numbers. */
const store = (count: number, patientId: string, identifiers: readonly string[]): Promise<unknown> =>
  write(
    `INSERT INTO observation (id, version_id, last_updated, patient_id, submission_id, sender, content, status, identifier)
     SELECT gen_random_uuid(), 1, now(), $1::uuid, $1::uuid, 'RX1',
       '{"resourceType":"Observation","language":"' || repeat('a', 30000) || '"}', 'final', $2::text[]
     FROM generate_series(1, $3::int)`,
    [patientId, identifiers, count],
  );

/** A database that keeps what `of` makes of each statement. */
function watched<T>(
  of: (query: () => Promise<unknown[]>, text: string, values: readonly unknown[]) => Promise<T>,
) {
  const seen: T[] = [];
  const db: Queryable = {
    ...homeward.app.database,
    query: async (statement, values = []) => {
      const rows = await homeward.app.database.query(statement, values);
      seen.push(await of(() => Promise.resolve(rows), statement.text, values));
      return rows as never;
    },
  };
  return { db, seen };
}

interface PlanNode {
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: readonly PlanNode[];
}

/** The most rows that one step of a plan has looked at. */
const mostRows = ({ Plans = [], ...node }: PlanNode): number =>
  Math.max(
    (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'],
    ...Plans.map(mostRows),
  );

const lookFor = (db: Queryable, keys: readonly string[], patientId: string) =>
  readResources(db, [{ definition, ids: new Set(), keys: new Set(keys) }], {
    sender: 'RR8',
    patientIds: [patientId],
  });

describe('resources of another sender with a number of the submission', () => {
  it('are not even named beyond what is read of them: the same patient', async () => {
    const patientId = randomUUID();
    await store(200, patientId, ['urn:n|same']);
    const { db, seen } = watched(async (query) => (await query()).length);
    const found = await lookFor(db, ['urn:n|same'], patientId);
    expect(found.ok && found.value.resources.size).toBe(139);
    expect(found.ok && [...found.value.passedOver]).toEqual(['Observation']);
    // What is read, and the first of what is not.
    expect(seen).toEqual([140]);
  });

  it('are looked for by each number, and not by all that they have: other patients', async () => {
    const keys = numbers('other');
    await store(NUMBERS, randomUUID(), keys);
    const { db, seen } = watched(async (_query, text, values) => {
      const explained = await homeward.app.database.query<{ 'QUERY PLAN': unknown }>(
        { text: `EXPLAIN (ANALYZE, FORMAT JSON) ${text}` },
        values,
      );
      return mostRows((explained[0]!['QUERY PLAN'] as { Plan: PlanNode }[])[0]!.Plan);
    });
    const found = await lookFor(db, ['urn:n|none', keys[7]!], randomUUID());
    expect(found.ok && [...found.value.keysOfOtherPatients]).toEqual([`Observation|${keys[7]}`]);
    // 600 at most of what has the number, and 90,000 where the numbers themselves are read.
    expect(Math.max(...seen)).toBeLessThanOrEqual(2 * NUMBERS);
  });
});

it('many numbers of one summary are not each compared with those of all that its sender has stored', async () => {
  const patientId = randomUUID();
  await write(
    `INSERT INTO observation (id, version_id, last_updated, patient_id, submission_id, sender, content, status, identifier)
     SELECT gen_random_uuid(), 1, now(), $1::uuid, $1::uuid, 'RR8', '{"resourceType":"Observation"}', 'final', ARRAY['urn:own|' || n]
     FROM generate_series(1, 20000) AS n`,
    [patientId],
  );
  const keys = Array.from({ length: 10_000 }, (_, n) => `urn:own|${n + 19_999}`);
  const began = performance.now();
  const found = await lookFor(homeward.app.database, keys, patientId);
  expect(found.ok && found.value.resources.size).toBe(2);
  // A fifth of a second, and five seconds where each is compared with each.
  expect(performance.now() - began).toBeLessThan(2_000);
});

describe('documents of another sender with the number of a document of the submission', () => {
  it('have a review mark where they are too many to be compared, because one may be the same', async () => {
    const besides = async (count: number) => {
      const summary = freshSummary();
      const other = await accepted(homeward, rebuilt(summary, 'other'), { as: 'RX1' });
      const { id } = await stored(homeward, other.submissionId, 'DocumentReference');
      await write(
        `INSERT INTO document_reference (id, version_id, last_updated, patient_id, submission_id, sender, content, identifier)
         SELECT gen_random_uuid(), 1, last_updated, patient_id, submission_id, sender,
           replace(left(content, -1), '"custodian"', '"other"') || ',"language":"' || repeat('a', 60000) || '"}', identifier
         FROM document_reference, generate_series(1, $2::int) AS n WHERE id = $1`,
        [id, count],
      );
      // Of all these it alone is the same, and it is larger.
      await write(
        `UPDATE document_reference SET content = left(content, -1) || ',"language":"' || repeat('a', 90000) || '"}' WHERE id = $1`,
        [id],
      );
      const { submissionId } = await accepted(homeward, summary);
      const document = await stored(homeward, submissionId, 'DocumentReference');
      const { review } = await record(homeward, submissionId);
      return { isTheSame: document.id === id, isMarked: /under these numbers/.test((review ?? []).join()) };
    };
    expect(await besides(10)).toEqual({ isTheSame: true, isMarked: false });
    expect(await besides(100)).toEqual({ isTheSame: false, isMarked: true });
  });
});

describe('what another sender has found by conditions, any number of times', () => {
  it('is compared once', async () => {
    const first = await accepted(homeward, freshSummary().observations(1));
    const { id } = await stored(homeward, first.submissionId, 'Observation');
    for (let time = 0; time < 3; time += 1) {
      const { submissionId } = await accepted(homeward, freshSummary(), { as: 'RX1' });
      await write('UPDATE submission SET stored = stored || $2::jsonb WHERE id = $1', [
        submissionId,
        JSON.stringify([{ type: 'Observation', id, version: 1, written: false }]),
      ]);
    }
    const found = await findStatedElsewhere(homeward.app.database, [{ id, definition }], lineage);
    expect(found.filter(({ sender }) => sender === 'RX1').map((each) => each.id)).toEqual([id]);
  });
});

describe('a Patient of whom another sender has made thousands of versions', () => {
  it('is found once for each sender', async () => {
    const { submissionId } = await accepted(homeward, freshSummary(), { as: 'RX1' });
    const { id } = await stored(homeward, submissionId, 'Patient');
    await write(
      `INSERT INTO patient_history (id, version_id, last_updated, patient_id, submission_id, sender, content)
       SELECT id, -n, last_updated, patient_id, submission_id, sender, content FROM patient, generate_series(1, 50) AS n
       WHERE id = $1`,
      [id],
    );
    const wanted = new Map([['Patient', new Set([id])]]);
    // The current one and one of the past.
    expect(await patientsOfResources(homeward.app.database, wanted, definitionOf)).toHaveLength(2);
  });
});
