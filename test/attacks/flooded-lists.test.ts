/**
 * Long lists of what others have stored, and long remarks, are not read whole where a few of their entries matter: they
 * make no page and no correction slow.
 */
import { randomUUID } from 'node:crypto';
import { definitionOf } from '../../src/app/definitions';
import { listAccess } from '../../src/engines/store/access-report';
import { readCorrected, readSubmissionsOf } from '../../src/engines/store/submissions-of';
import type { Queryable } from '../../src/platform/postgres';
import {
  findSaidByNoOther,
  findStatedElsewhere,
  readCarriedElsewhere,
} from '../../src/use-cases/submitting/stored-before/read-withdrawn';
import type { StoredResource } from '../../src/use-cases/submitting/stored-before/stored-resource';
import { accepted, freshSummary, stored } from '../semantics/sending';
import { startHomeward, type Homeward } from '../support/homeward';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const ENTRIES = 3_000;
const FIRST = 100;

/** A summary to whose list, and to whose remarks, thousands are added, as if it had stored so many. */
async function longSummary() {
  const { submissionId } = await accepted(homeward, freshSummary());
  const others = Array.from({ length: ENTRIES }, (_, n) => ({
    index: FIRST + n,
    type: n % 2 === 0 ? 'Encounter' : 'Observation',
    id: randomUUID(),
    version: 1,
  }));
  const about = (index: number) => ({ rule: `of ${index}`, expression: `Bundle.entry[${index}].resource` });
  const stay = await stored(homeward, submissionId, 'Encounter');
  const reading = await stored(homeward, submissionId, 'Observation');
  const patient = await stored(homeward, submissionId, 'Patient');
  // PostgreSQL cannot read this string of JSON.
  const odd = { rule: 'odd', text: '\u0000 "expression":"Bundle.entry[0]"', expression: 'Bundle' };
  const remarks = [odd, about(stay.index), ...others.map(({ index }) => about(index))];
  await homeward.app.database.transaction(async (tx) => {
    await tx.query({ text: 'SET LOCAL session_replication_role = replica' });
    await tx.query(
      {
        text: 'UPDATE submission SET stored = stored || $2::jsonb, outcome = $3, replaces = $1 WHERE id = $1',
      },
      [submissionId, JSON.stringify(others), JSON.stringify(remarks)],
    );
  });
  return { stay, reading, patient };
}

/** A database that asks for the plan of each statement too, as nodes. */
type Node = Record<string, unknown> & { Plans?: Node[] };
function planned() {
  const nodes: Node[] = [];
  const add = (node: Node): void => {
    nodes.push(node);
    node.Plans?.forEach(add);
  };
  const db: Queryable = {
    ...homeward.app.database,
    query: async (statement, values = []) => {
      const [row] = await homeward.app.database.query<{ 'QUERY PLAN': { Plan: Node }[] }>(
        { text: `EXPLAIN (ANALYZE, VERBOSE, FORMAT JSON) ${statement.text}` },
        values,
      );
      add(row!['QUERY PLAN'][0]!.Plan);
      return homeward.app.database.query(statement, values);
    },
  };
  return { db, nodes };
}

describe('a summary with thousands of entries and remarks', () => {
  it('brings those of what is shown, where its stay is shown', async () => {
    const { stay, patient } = await longSummary();
    const [found, ...more] = await readSubmissionsOf(homeward.app.database, {
      patientId: patient.id,
      type: 'Encounter',
      id: stay.id,
      shown: [`Encounter/${stay.id}`, `Observation/${randomUUID()}`],
    });
    expect(more).toEqual([]);
    expect(found?.stored).toEqual([stay]);
    expect(found?.issues.map(({ rule }) => rule)).toEqual([`of ${stay.index}`]);
  });

  it('brings those of the listed stays, where it is a correction', async () => {
    const { stay, patient } = await longSummary();
    const asked = { patientId: patient.id, type: 'Encounter', ids: [stay.id, randomUUID()] };
    expect(await readCorrected(homeward.app.database, asked)).toEqual([stay.id]);
  });

  it('is compared with what a correction drops by the entries of that alone', async () => {
    const { reading } = await longSummary();
    const definition = definitionOf('Observation');
    const lineage = { sender: 'RR8', identifier: 'of another summary', careTypes: ['Encounter'] };
    const { db, nodes } = planned();
    const carried = await readCarriedElsewhere(db, [{ definition, ids: new Set([reading.id]) }], lineage);
    expect([...carried]).toEqual([reading.id]);
    const resource = { type: 'Observation', id: reading.id, content: {} } as unknown as StoredResource;
    await findSaidByNoOther(db, [resource], lineage, definitionOf);
    expect(await findStatedElsewhere(db, [{ id: reading.id, definition }], lineage)).toHaveLength(1);
    const listed = nodes.filter((node) => node['CTE Name'] === 'listed').map((node) => node['Actual Rows']);
    expect(listed.length).toBeGreaterThanOrEqual(3);
    expect(Math.max(...listed.map(Number))).toBe(1);
  });
});

describe('a summary with thousands of entries', () => {
  it('is looked through once, however many resources a correction drops', async () => {
    const { reading } = await longSummary();
    const definition = definitionOf('Observation');
    const lineage = { sender: 'RR8', identifier: 'of another summary', careTypes: ['Encounter'] };
    const { db, nodes } = planned();
    const ids = [reading.id, ...Array.from({ length: 400 }, () => randomUUID())];
    const resources = ids.map(
      (id) => ({ type: 'Observation', id, content: {} }) as unknown as StoredResource,
    );
    expect([...(await readCarriedElsewhere(db, [{ definition, ids: new Set(ids) }], lineage))]).toEqual([
      reading.id,
    ]);
    await findSaidByNoOther(db, resources, lineage, definitionOf);
    const scans = nodes.filter((node) => node['Function Name'] === 'jsonb_array_elements');
    expect(scans.length).toBeGreaterThanOrEqual(3);
    expect(Math.max(...scans.map((node) => Number(node['Actual Loops'])))).toBeLessThan(ids.length);
  });
});

describe('an access report of a patient with many records', () => {
  it('reads the beginnings of those that it shows alone', async () => {
    const { db, nodes } = planned();
    await listAccess(db, { patient: `Patient/${randomUUID()}`, limit: 10 });
    const beforeThePage = nodes.slice(nodes.findIndex((node) => node['Node Type'] === 'Limit'));
    expect(beforeThePage.length).toBeGreaterThan(1);
    expect(beforeThePage.flatMap((node) => node.Output).join()).not.toMatch(/left"?\(/);
  });
});
