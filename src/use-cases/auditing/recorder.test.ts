import type { Database, Statement } from '../../platform/postgres';
import { DatabaseUnavailable } from '../../platform/postgres';
import type { AuditFacts } from './audit-facts';
import { AUDIT_COLUMNS } from './audit-record';
import { createRecorder, type Recorder } from './recorder';

const PATIENT = '0190aaaa-0000-4000-8000-000000000001';

const facts = (more: Partial<AuditFacts> = {}): AuditFacts => ({
  action: 'R',
  interaction: 'read',
  status: 200,
  requestId: 'r-1',
  observer: 'http://server',
  ...more,
});

interface Written {
  recorder: Recorder;
  /** The rows of each statement. */
  groups: Record<string, unknown>[][];
  asked: string[][];
}

/** Few rows travel as parameters, many as JSON. */
function rowsOf(values: readonly unknown[]): Record<string, unknown>[] {
  if (values.length === 1) return JSON.parse(String(values[0])) as Record<string, unknown>[];
  const width = AUDIT_COLUMNS.length;
  return Array.from({ length: values.length / width }, (_, row) =>
    Object.fromEntries(AUDIT_COLUMNS.map((column, index) => [column, values[row * width + index]])),
  );
}

/** @param insert what the database does with a statement; a number is how many of the rows it writes */
function recording(insert: (rows: Record<string, unknown>[]) => Promise<number | void>): Written {
  const groups: Record<string, unknown>[][] = [];
  const asked: string[][] = [];
  let ids = 0;
  const database = {
    query: async (_statement: Statement, values: readonly unknown[] = []) => {
      const rows = rowsOf(values);
      groups.push(rows);
      const written = await insert(rows);
      return [{ rows: written ?? rows.length, xid: '7' }];
    },
  } as unknown as Database;
  const recorder = createRecorder({
    database,
    key: Buffer.alloc(32, 7),
    patients: { type: 'Patient', idOf: (number) => `0190bbbb-0000-4000-8000-00${number}` },
    nhsNumbersOf: async (unknown) => {
      asked.push([...unknown]);
      return new Map(unknown.map((id) => [id, '9990000018']));
    },
    newId: () => `0190cccc-0000-7000-8000-${String((ids += 1)).padStart(12, '0')}`,
    now: () => new Date('2026-11-22T10:00:00Z'),
  });
  return { recorder, groups, asked };
}

describe('the recorder', () => {
  it('writes those that come together in one statement, and those that come meanwhile in the next', async () => {
    const release: (() => void)[] = [];
    const { recorder, groups } = recording(() => new Promise((resolve) => release.push(resolve)));
    const first = [recorder.record(facts()), recorder.record(facts())];
    await new Promise((resolve) => setTimeout(resolve, 5));
    const second = [recorder.record(facts()), recorder.record(facts()), recorder.record(facts())];
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(groups.map(({ length }) => length)).toEqual([2]);
    release[0]!();
    await Promise.all(first);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(groups.map(({ length }) => length)).toEqual([2, 3]);
    release[1]!();
    await Promise.all(second);
  });

  it('waits a moment for most of those under way, where they are many', async () => {
    const { recorder, groups } = recording(async () => undefined);
    const answered = Array.from({ length: 10 }, () => recorder.expect());
    const early = recorder.record(facts());
    await new Promise((resolve) => setImmediate(resolve));
    const later = Array.from({ length: 7 }, () => recorder.record(facts()));
    await Promise.all([early, ...later]);
    expect(groups.map(({ length }) => length)).toEqual([8]);
    // Nobody else comes: it does not wait for ever.
    await recorder.record(facts());
    for (const each of answered) each();
    expect(groups.map(({ length }) => length)).toEqual([8, 1]);
  });

  it('waits for nobody where few are under way', async () => {
    const { recorder, groups } = recording(async () => undefined);
    for (let n = 0; n < 5; n += 1) recorder.expect();
    const first = recorder.record(facts());
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(groups.map(({ length }) => length)).toEqual([1]);
    await first;
  });

  it('is done only when the statement is', async () => {
    let release = (): void => undefined;
    const { recorder } = recording(() => new Promise((resolve) => (release = resolve)));
    let done = false;
    const recorded = recorder.record(facts()).then(() => (done = true));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(done).toBe(false);
    release();
    await recorded;
    expect(done).toBe(true);
  });

  it('lets one that can’t be written fail alone, and as a database that is away', async () => {
    const { recorder } = recording(async (rows) => {
      if (rows.some((row) => row.request_id === 'bad')) throw new Error('a poisoned row');
    });
    const results = await Promise.allSettled([
      recorder.record(facts()),
      recorder.record(facts({ requestId: 'bad' })),
      recorder.record(facts()),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((results[1] as PromiseRejectedResult).reason).toBeInstanceOf(DatabaseUnavailable);
  });

  it('fails where the database keeps a row out and reports no error', async () => {
    const { recorder } = recording(async () => 0);
    await expect(recorder.record(facts())).rejects.toBeInstanceOf(DatabaseUnavailable);
  });

  it('goes on after a failure', async () => {
    let calls = 0;
    const { recorder } = recording(async () => {
      if ((calls += 1) === 1) throw Object.assign(new Error('gone'), { code: '57P01' });
    });
    await expect(recorder.record(facts())).rejects.toBeInstanceOf(DatabaseUnavailable);
    await expect(recorder.record(facts())).resolves.toBeUndefined();
  });

  it('asks once for the NHS number of a patient known by id', async () => {
    const { recorder, groups, asked } = recording(async () => undefined);
    await recorder.record(facts({ patients: [PATIENT] }));
    await recorder.record(facts({ patients: [PATIENT] }));
    expect(asked).toEqual([[PATIENT]]);
    for (const [row] of groups)
      expect(row).toMatchObject({
        patient: [`Patient/${PATIENT}`],
        patient_identifier: ['https://fhir.nhs.uk/Id/nhs-number|9990000018', '9990000018'],
      });
  });

  it('does not ask for the number of a patient whom the request named by it', async () => {
    const { recorder, asked } = recording(async () => undefined);
    await recorder.record(
      facts({ nhsNumbers: ['9990000026'], patients: ['0190bbbb-0000-4000-8000-009990000026'] }),
    );
    expect(asked).toEqual([]);
  });
});
