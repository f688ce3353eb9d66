/**
 * What others have stored of a patient, however large it is, stops no summary: it is read in part, and the Patient and
 * the organisations, which all share, have a limit of their own. What a sender itself has changed or withdrawn in many
 * large editions is read in part, too.
 */
import { randomUUID } from 'node:crypto';
import { definitionOf } from '../../src/app/definitions';
import { readReplaced } from '../../src/use-cases/submitting/stored-before/replaced-since';
import {
  readCarriedElsewhere,
  readWithdrawn,
} from '../../src/use-cases/submitting/stored-before/read-withdrawn';
import { accepted, freshSummary, read, send, stored, told } from '../semantics/sending';
import { rebuilt, withOneMore } from '../semantics/story';
import { bundleOf, put } from '../semantics/transacting';
import { startHomeward, type Homeward } from '../support/homeward';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

/** Gives stored contents megabytes of text, as no request can. */
const grow = (table: string, which: string, values: readonly unknown[], megabytes: number): Promise<void> =>
  homeward.app.database.transaction(async (tx) => {
    await tx.query({ text: 'SET LOCAL session_replication_role = replica' });
    await tx.query(
      {
        text: `UPDATE ${table} SET content = left(content, -1) || ',"language":"' || repeat('a', ${megabytes * 1024 * 1024}) || '"}'
          WHERE ${which}`,
      },
      values,
    );
  });
const ONE_READING = 'id = (SELECT id FROM observation WHERE submission_id = $1 ORDER BY id LIMIT 1)';

describe('a summary of a patient of whom others have stored very large resources', () => {
  /** RR8 has a summary; RX1 has the same numbers, and all of it is large. */
  async function crowded() {
    const summary = freshSummary();
    const first = await accepted(homeward, summary);
    const other = await accepted(homeward, rebuilt(summary, 'other'), { as: 'RX1' });
    await grow('encounter', 'submission_id = $1', [other.submissionId], 24);
    await grow('observation', `submission_id = $1 AND ${ONE_READING}`, [other.submissionId], 24);
    const patient = await stored(homeward, first.submissionId, 'Patient');
    await grow('patient', 'id = $1', [patient.id], 27);
    return { summary, first };
  }

  it('is corrected and retracted, and a reading of it is changed by its id', async () => {
    const { summary, first } = await crowded();
    const reading = await read(homeward, await stored(homeward, first.submissionId, 'Observation'));
    const changed = { ...reading, status: 'amended' };
    const transaction = bundleOf('transaction', put(`Observation/${reading.id}`, changed));
    await accepted(homeward, transaction, { path: '/FHIR/R4' });
    await accepted(homeward, summary.correction(2).with('Encounter.status', 'finished'));
    const retraction = summary
      .correction(3)
      .with('Encounter.status', 'entered-in-error')
      .with('DocumentReference.status', 'entered-in-error');
    await accepted(homeward, retraction);
    const stay = await read(homeward, await stored(homeward, first.submissionId, 'Encounter'));
    expect(stay.status).toBe('entered-in-error');
  });

  it('cannot be changed by another sender, who names by their ids more than a submission may read', async () => {
    const { submissionId } = await accepted(homeward, freshSummary(), { as: 'RX1' });
    const { json } = await homeward.call('GET', `/submissions/${submissionId}`);
    const names = (json.stored as { type: string; id: string }[]).filter(
      ({ type }) => type === 'Observation',
    );
    const readings = await Promise.all(names.slice(0, 3).map(async (name) => read(homeward, name)));
    await grow('observation', 'id = ANY($1::uuid[])', [readings.map(({ id }) => id)], 24);
    const entries = readings.map((reading) => put(`Observation/${reading.id}`, reading));
    const sent = await send(homeward, bundleOf('transaction', ...entries), { path: '/FHIR/R4' });
    expect([sent.status, told(sent.json).join()]).toEqual([
      403,
      expect.stringContaining('submission-not-yours'),
    ]);
  });
});

describe('a Patient or Organization', () => {
  const MEGABYTE = 1024 * 1024;
  /** So many bytes in all, each value within what R4 allows. */
  const telecomOf = (bytes: number) =>
    Array.from({ length: Math.floor(bytes / 50_000) }, () => ({
      system: 'other',
      value: 'a'.repeat(49_970),
    }));

  it.each([
    ['Patient', 4],
    ['Organization', 1],
  ])('has a limit, because every later submission reads it: %s, %i MB', async (type, megabytes) => {
    const large = telecomOf(megabytes * MEGABYTE + 60_000);
    const refused = await send(homeward, freshSummary().with(`${type}.telecom`, large));
    expect([refused.status, told(refused.json).join()]).toEqual([
      422,
      expect.stringContaining('error submission-shared-too-large'),
    ]);
    const known = freshSummary();
    await accepted(homeward, known);
    const correction = known.correction(2);
    expect((await send(homeward, correction.with(`${type}.telecom`, large))).status).toBe(422);
    await accepted(homeward, correction.with(`${type}.telecom`, telecomOf(megabytes * MEGABYTE - 60_000)));
  });
});

describe('an Organization of another sender that had the code of an organisation once', () => {
  it('does not stop the summaries of that organisation, however large it is', async () => {
    const summary = freshSummary();
    await accepted(homeward, summary);
    const system = 'https://fhir.nhs.uk/Id/ods-organization-code';
    const organisation = {
      resourceType: 'Organization',
      identifier: [
        { system, value: 'RX1X' },
        { system, value: 'RR8', use: 'old' },
      ],
      name: 'Ward of RX1',
    };
    const other = withOneMore(freshSummary(), () => organisation);
    const { submissionId } = await accepted(homeward, other, { as: 'RX1' });
    await grow('organization', "submission_id = $1 AND content LIKE '%RX1X%'", [submissionId], 70);
    await accepted(homeward, summary.correction(2).with('Encounter.language', 'cy'));
    await accepted(homeward, freshSummary());
  });
});

describe('what others have found in very long transactions', () => {
  it('is looked for in the list of each once, however many resources are sought', async () => {
    const READINGS = 200;
    const first = await accepted(homeward, freshSummary().observations(1));
    const { id } = await stored(homeward, first.submissionId, 'Observation');
    const ids = [id, ...Array.from({ length: READINGS - 1 }, () => randomUUID())];
    // As a transaction that finds them by conditions, and creates as many others beside them.
    const entries = [
      ...ids.map((found) => ({ type: 'Observation', id: found, version: 1, written: false })),
      ...Array.from({ length: 4_000 }, () => ({
        type: 'Basic',
        id: randomUUID(),
        version: 1,
        created: true,
      })),
    ];
    const other = await accepted(homeward, freshSummary(), { as: 'RX1' });
    await homeward.app.database.transaction(async (tx) => {
      await tx.query({ text: 'SET LOCAL session_replication_role = replica' });
      await tx.query({ text: 'UPDATE submission SET stored = stored || $2::jsonb WHERE id = $1' }, [
        other.submissionId,
        JSON.stringify(entries),
      ]);
    });
    const lineage = { sender: 'RR8', identifier: 'of another summary', careTypes: ['Encounter'] };
    const definition = definitionOf('Observation');
    const millisFor = async (sought: string[]): Promise<number> => {
      const look = () =>
        readCarriedElsewhere(homeward.app.database, [{ definition, ids: new Set(sought) }], lineage);
      expect((await look()).size).toBe(sought.length);
      const times: number[] = [];
      for (let i = 0; i < 5; i += 1) {
        const began = performance.now();
        await look();
        times.push(performance.now() - began);
      }
      return Math.min(...times);
    };
    // The list is read once for one, and once for all of them; a look for each would take 200 times as long.
    expect(await millisFor(ids)).toBeLessThan(20 * (await millisFor(ids.slice(0, 1))));
  });
});

describe('what a sender has changed or withdrawn in large editions', () => {
  it('is compared only as far as both contents fit', async () => {
    const summary = freshSummary().observations(1);
    const first = await accepted(homeward, summary);
    const second = await accepted(
      homeward,
      summary
        .correction(2)
        .with('Observation[0].status', 'amended')
        .with('Bundle.meta.lastUpdated', '2026-02-01T10:00:00Z'),
    );
    const { patientId } = (
      await homeward.app.database.query<{ patientId: string }>(
        { text: 'SELECT patient_id AS "patientId" FROM submission WHERE id = $1' },
        [first.submissionId],
      )
    )[0]!;
    const about = {
      sender: 'RR8',
      lastUpdated: new Date('2025-01-01T00:00:00Z'),
      patientIds: [patientId],
      types: ['Observation'],
      own: [],
    };
    const replaced = () => readReplaced(homeward.app.database, about, definitionOf);
    expect((await replaced()).found.length).toBeGreaterThan(0);
    expect((await replaced()).isWhole).toBe(true);
    await grow('observation', 'submission_id = $1', [second.submissionId], 17);
    expect(await replaced()).toEqual({ found: [], isWhole: false });
  });

  it('is known by its id where it is too large to be read', async () => {
    const summary = freshSummary().observations(2);
    const first = await accepted(homeward, summary);
    const id = (await stored(homeward, first.submissionId, 'Observation')).id;
    await accepted(homeward, summary.observations(0).correction(2));
    const wanted = [{ definition: definitionOf('Observation'), ids: new Set([id]) }];
    const withdrawn = async () =>
      (await readWithdrawn(homeward.app.database, wanted, 'RR8')).get(`Observation/${id}`);
    expect((await withdrawn())?.content.status).toBe('final');
    await grow('observation_history', 'id = $1 AND NOT deleted', [id], 17);
    expect(await withdrawn()).toMatchObject({
      isWithdrawn: true,
      content: { resourceType: 'Observation', id },
    });
    expect((await withdrawn())?.content.status).toBeUndefined();
  });
});
