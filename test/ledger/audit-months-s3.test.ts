/**
 * Exported months of the audit trail in an object store, on demand (`npm run test:s3`): a server with the interface of S3
 * keeps the files, and they are exported, verified, read, altered and lost. @see docs/audit-months.md
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openMonthFiles } from '../../src/engines/store/month-files';
import { run } from '../../src/interfaces/cli/commands';
import type { ObjectStore } from '../../src/platform/object-stores/object-store';
import { openObjectStore } from '../../src/platform/object-stores/open-object-store';
import { dropMonth } from '../../src/use-cases/auditing/months/drop-month';
import { exportMonth } from '../../src/use-cases/auditing/months/export-month';
import { accepted, freshNhsNumber, freshSummary, type AnyJson } from '../semantics/sending';
import type { Reply } from '../support/homeward';
import { startS3Server, type S3Server } from '../support/s3-server';
import { startWithClosedMonth, type ClosedMonth } from './months-harness';

jest.setTimeout(120_000);

const onDemand = process.env.S3 ? describe : describe.skip;

onDemand('months of the audit trail in an object store (on demand: npm run test:s3)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-months-s3-'));
  const nhsNumber = freshNhsNumber();
  let s3: S3Server;
  let closed: ClosedMonth;
  let store: ObjectStore;
  let before: AnyJson[];
  let file = '';

  beforeAll(async () => {
    s3 = await startS3Server(join(folder, 's3'));
    closed = await startWithClosedMonth(async ({ homeward }) => {
      await accepted(homeward, freshSummary().nhsNumber(nhsNumber));
      const seen = await homeward.call('GET', `/FHIR/R4/Patient?identifier=${nhsNumber}`);
      expect(seen.status).toBe(200);
    }, `s3://${s3.bucket}/audit/live`);
    store = openObjectStore(closed.store, true);
    before = (await report()).json.rows.filter(({ when }: AnyJson) => when.startsWith(closed.month));
    expect(before.length).toBeGreaterThan(1);
  });
  afterAll(async () => {
    await closed?.close();
    await s3?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const report = (query = ''): Promise<Reply> =>
    closed.ledger.homeward.call('GET', `/access-report?nhs-number=${nhsNumber}${query}`);
  const ofMonth = (): Promise<Reply> => report(`&month=${closed.month}`);
  const drop = (): Promise<unknown> => closed.work((options) => dropMonth(options, closed.month));
  const faultsOf = async (): Promise<string[]> => (await closed.verify()).faults.map(({ text }) => text);
  const keys = async (): Promise<string[]> => {
    const found: string[] = [];
    for await (const { key } of store.list()) found.push(key);
    return found;
  };

  async function command(...args: string[]): Promise<{ code: number; said: string }> {
    let said = '';
    const spies = [process.stdout, process.stderr].map((stream) =>
      jest.spyOn(stream, 'write').mockImplementation((text) => ((said += String(text)), true)),
    );
    try {
      const env = { ...closed.ledger.env(), AUDIT_MONTHS_STORE: closed.store };
      return { code: await run(args, env), said };
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
  }

  it('are exported to it once, and not dropped while the object is missing or altered', async () => {
    const { exported } = await closed.work((options) => exportMonth(options, closed.month));
    file = exported.file;
    expect(await keys()).toEqual([file]);
    const bytes = (await store.read(file))!;
    expect([bytes.length, createHash('sha256').update(bytes).digest()]).toEqual([
      exported.bytes,
      exported.sha256,
    ]);
    await store.remove(file);
    await expect(drop()).rejects.toThrow('is missing in AUDIT_MONTHS_STORE');
    await store.put(file, bytes.subarray(0, -20));
    await expect(drop()).rejects.toThrow('is not the one that was exported');
    expect(await closed.inDatabase()).toBe(exported.records);
    await store.put(file, bytes);
    expect((await closed.work((options) => exportMonth(options, closed.month))).isNew).toBe(false);
  });

  it('are dropped, verified, listed, and proved by a copy of the object', async () => {
    await drop();
    await closed.ledger.sealed();
    expect(await closed.inDatabase()).toBe(0);
    expect(await closed.verify()).toMatchObject({ status: 'pass', complete: true, faults: [] });
    expect(await command('ledger', 'verify')).toMatchObject({ code: 0 });
    const listed = await command('audit-months', 'list');
    expect(listed.said).toContain(`${closed.month}  dropped, `);
    const copy = join(folder, file);
    writeFileSync(copy, (await store.read(file))!);
    const { code, said } = await command('audit-months', 'verify', copy);
    expect([code, said]).toEqual([0, expect.stringMatching(/^PASS: /)]);
  });

  it('are read by month through the access report, as they were before', async () => {
    expect((await report()).json.outside).toEqual([closed.month]);
    const answer = await ofMonth();
    expect([answer.status, answer.json]).toEqual([200, { rows: before, next: null }]);
  });

  it('are a fault when the object is missing or altered, and not read then', async () => {
    const bytes = (await store.read(file))!;
    await store.remove(file);
    expect(await faultsOf()).toEqual([
      `The file ${file} with the audit records of ${closed.month} is missing in AUDIT_MONTHS_STORE.`,
    ]);
    const missing = await ofMonth();
    expect([missing.status, missing.json.issue[0].details.coding[0].code]).toEqual([
      503,
      'access-report-month-file',
    ]);
    const altered = Buffer.from(bytes);
    altered[altered.length >> 1]! ^= 1;
    for (const other of [altered, bytes.subarray(0, 500), Buffer.concat([bytes, bytes]), Buffer.alloc(0)]) {
      await store.put(file, other);
      expect((await ofMonth()).status).toBe(503);
      expect(await faultsOf()).toEqual([
        `The file ${file} with the audit records of ${closed.month} was changed in AUDIT_MONTHS_STORE.`,
      ]);
    }
    const { code, said } = await command('ledger', 'verify');
    expect([code, said]).toEqual([1, expect.stringContaining('was changed in AUDIT_MONTHS_STORE')]);
    await store.put(file, bytes);
    expect((await ofMonth()).status).toBe(200);
    expect(await faultsOf()).toEqual([]);
  });

  it('are put and read whole when the object has several pieces', async () => {
    const path = join(folder, 'large');
    const bytes = randomBytes(9 * 1024 * 1024 + 7);
    writeFileSync(path, bytes);
    const files = openMonthFiles([store]);
    await files.put('large', path);
    const pieces = [];
    for await (const piece of (await files.read('large')) as AsyncGenerator<Buffer>) pieces.push(piece);
    expect(pieces).toHaveLength(3);
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
    await store.remove('large');
  });

  it('are not compared, which is said, while the store does not answer', async () => {
    await s3.stop();
    expect(await closed.verify()).toMatchObject({
      ...{ status: 'pass', complete: false, monthsNotCompared: [closed.month] },
    });
    expect((await command('ledger', 'verify')).code).toBe(69);
    expect((await ofMonth()).status).toBe(503);
  });
});
