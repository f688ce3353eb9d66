/**
 * Closed months of the audit trail: exported, dropped, read from their file, and proved without the database.
 * @see docs/audit-months.md
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { dropMonth } from '../../src/use-cases/auditing/months/drop-month';
import { exportMonth } from '../../src/use-cases/auditing/months/export-month';
import { listMonths } from '../../src/use-cases/auditing/months/list-months';
import { run } from '../../src/interfaces/cli/commands';
import { boundsOfMonth } from '../../src/platform/months';
import { accepted, freshNhsNumber, freshSummary, type AnyJson } from '../semantics/sending';
import type { Reply } from '../support/homeward';
import { startWithClosedMonth, type ClosedMonth } from './months-harness';

jest.setTimeout(60_000);

let closed: ClosedMonth;
const nhsNumber = freshNhsNumber();
let before: AnyJson[];
/** An AuditEvent of the month. */
let event: string;
beforeAll(async () => {
  closed = await startWithClosedMonth(async ({ homeward }) => {
    await accepted(homeward, freshSummary().nhsNumber(nhsNumber));
    // A user whose name has all that a row in a file must escape.
    const user = { name: 'Dr "Ada", \\Singh\n(née ö)' };
    const token = homeward.sign({ scope: 'system/*.rs', ods: 'RRD01', ttlSeconds: 600, sub: 'gp', user });
    const seen = await homeward.call('GET', `/FHIR/R4/Patient?identifier=${nhsNumber}`, { token });
    expect(seen.status).toBe(200);
    await homeward.call('GET', `/FHIR/R4/Condition?patient:identifier=${nhsNumber}`, { token });
    const found = await homeward.call('GET', `/FHIR/R4/AuditEvent?entity-name:contains=Bundle&_count=1`);
    event = found.json.entry[0].resource.id;
  });
  before = (await report(`nhs-number=${nhsNumber}`)).json.rows.slice(0);
});
afterAll(() => closed.close());

const report = (query: string, headers: Record<string, string> = {}): Promise<Reply> =>
  closed.ledger.homeward.call('GET', `/access-report?${query}`, { headers });

const fileOf = (): string => join(closed.store, readdirSync(closed.store)[0]!);

let out = '';
async function command(...args: string[]): Promise<number> {
  out = '';
  const spies = [process.stdout, process.stderr].map((stream) =>
    jest.spyOn(stream, 'write').mockImplementation((text) => ((out += String(text)), true)),
  );
  try {
    return await run(['audit-months', ...args], closed.ledger.env());
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

const faultsOf = async (): Promise<string[]> => (await closed.verify()).faults.map(({ text }) => text);

describe('a month before it is dropped', () => {
  it('is exported only when it is closed', async () => {
    const early = closed.work(
      (options) => exportMonth(options, closed.month),
      () => ({ now: () => new Date() }),
    );
    await expect(early).rejects.toThrow('is not closed yet. A month can be exported 7 days after its end.');
    await expect(closed.work((options) => exportMonth(options, '2020-01'))).rejects.toThrow(
      'There are no audit records of 2020-01 in the database.',
    );
    await expect(closed.work((options) => dropMonth(options, closed.month))).rejects.toThrow(
      `${closed.month} was not exported. Run homeward audit-months export ${closed.month} first.`,
    );
    expect(existsSync(closed.store)).toBe(false);
  });

  it('is exported once, whoever does it at the same time', async () => {
    const both = await Promise.all(
      [1, 2].map(() => closed.work((options) => exportMonth(options, closed.month))),
    );
    expect(both.map(({ isNew }) => isNew).sort()).toEqual([false, true]);
    expect(both[0]!.exported.file).toBe(both[1]!.exported.file);
    expect(readdirSync(closed.store)).toEqual([both[0]!.exported.file]);
    expect(both[0]!.exported.records).toBe(await closed.inDatabase());
    expect(await closed.work(listMonths)).toContainEqual(
      expect.objectContaining({ month: closed.month, isClosed: true, isDropped: false }),
    );
    expect(await closed.verify()).toMatchObject({ status: 'pass', complete: true });
  });

  it('is not dropped while its file is missing or another', async () => {
    const drop = (): Promise<unknown> => closed.work((options) => dropMonth(options, closed.month));
    const [path, bytes] = [fileOf(), readFileSync(fileOf())];
    rmSync(path);
    await expect(drop()).rejects.toThrow('is missing in AUDIT_MONTHS_STORE');
    writeFileSync(path, bytes.subarray(0, bytes.length - 20));
    await expect(drop()).rejects.toThrow(
      'is not the one that was exported. The file is damaged or incomplete.',
    );
    writeFileSync(path, Buffer.concat([bytes, Buffer.from('more')]));
    await expect(drop()).rejects.toThrow('is not the one that was exported');
    writeFileSync(path, bytes);
  });

  it('is not exported or dropped when it differs from what was sealed', async () => {
    const { ledger, month, work } = closed;
    await ledger.undone(['audit_record'], async () => {
      await ledger.query(`UPDATE audit_record SET user_name = 'nobody'`);
      for (const task of [exportMonth, dropMonth])
        await expect(work((options) => task(options, month))).rejects.toThrow(
          'differ from what was sealed (audit record',
        );
    });
    expect(await faultsOf()).toEqual([]);
  });
});

describe('a month that was dropped', () => {
  beforeAll(async () => {
    await closed.work((options) => dropMonth(options, closed.month));
    await closed.ledger.sealed();
  });

  it('is out of the database, and the ledger still verifies, offline too', async () => {
    expect(await closed.inDatabase()).toBe(0);
    expect(await closed.verify()).toMatchObject({ status: 'pass', complete: true, faults: [] });
    const path = await closed.ledger.exportTo('dropped.jsonl');
    expect(readFileSync(path, 'utf8')).toContain('"-audit ');
    const again = await closed.work((options) => dropMonth(options, closed.month));
    expect(again.isNew).toBe(false);
    await expect(closed.work((options) => exportMonth(options, closed.month))).rejects.toThrow(
      'was exported and dropped already',
    );
  });

  it('is proved by its file and the key alone', async () => {
    const key = join(closed.store, '..', 'key.pem');
    writeFileSync(key, closed.ledger.known.publicKey);
    const { anchor } = closed.ledger;
    expect(await command('verify', fileOf(), '--key', key, '--anchor', anchor)).toBe(0);
    expect(out).toMatch(
      new RegExp(
        `^PASS: ${closed.month}, \\d+ records under \\d+ seals \\(1 to \\d+\\)\\nkey \\S+\\n[1-9]\\d* anchored heads compared\\n$`,
      ),
    );
    expect(await command('verify', key)).toBe(66);
    expect(await command('list')).toBe(0);
    expect(out).toContain(`${closed.month}  dropped, `);
    expect(await command('drop', 'March')).toBe(64);
  });

  it('is not proved by the first of its seals, although the last line counts them', async () => {
    const lines = gunzipSync(readFileSync(fileOf())).toString().split('\n');
    const kept = lines.slice(
      0,
      lines.findIndex((line) => line.startsWith('{"seal":2,')),
    );
    const text = kept.map((line) => `${line}\n`).join('');
    const footer = JSON.parse(lines.at(-2)!) as AnyJson;
    const rows = kept.filter((line) => line.startsWith('{"row"')).length;
    const sha256 = createHash('sha256').update(text).digest('hex');
    const anew = { ...footer, lastSeal: 1, seals: 1, rows, sha256 };
    const cut = join(closed.store, '..', 'cut.jsonl.gz');
    writeFileSync(cut, gzipSync(`${text}${JSON.stringify(anew)}\n`));
    expect(await command('verify', cut, '--anchor', closed.ledger.anchor)).toBe(1);
    expect(out).toContain('  - The signature does not match the last line of the file.\n');
  });

  it('is proved beside an anchor of other seals, which is said', async () => {
    const [later] = await closed.ledger.query(
      'SELECT head, signature FROM ledger_seal ORDER BY seal DESC LIMIT 1',
    );
    const other = join(closed.store, '..', 'other.jsonl');
    writeFileSync(other, `${JSON.stringify(later)}\n`);
    expect(await command('verify', fileOf(), '--anchor', other)).toBe(0);
    expect(out).toMatch(/\nno head was compared: --anchor gives 1 head, none of these seals\n$/);
  });

  it('is not proved beside an anchor that has no head', async () => {
    const none = join(closed.store, '..', 'none.jsonl');
    writeFileSync(none, 'not a head\n');
    expect(await command('verify', fileOf(), '--anchor', none)).toBe(1);
    expect(out).toBe(
      `homeward: ${none} has no head of a ledger to compare with. Check that it is the right file.\n`,
    );
    expect(await command('verify', fileOf(), '--anchor', `${none}.lost`)).toBe(66);
    expect(await command('verify', fileOf(), '--anchor', 'https://anchor.example/heads')).toBe(64);
  });

  it('is named by an access report without it, which has the rest', async () => {
    const { json } = await report(`nhs-number=${nhsNumber}`);
    expect(json.outside).toEqual([closed.month]);
    expect(json.rows.every(({ when }: AnyJson) => !when.startsWith(closed.month))).toBe(true);
    const csv = await report(`nhs-number=${nhsNumber}`, { Accept: 'text/csv' });
    expect(csv.bytes.toString()).toContain(`Not in this table: the records of ${closed.month}.`);
    expect((await report(`nhs-number=${nhsNumber}&from=2100-01-01`)).json).toEqual({ rows: [], next: null });
  });

  it('is read from its file, row by row as it was before, and audited', async () => {
    const ofMonth = before.filter(({ when }) => when.startsWith(closed.month));
    expect(ofMonth.length).toBeGreaterThan(1);
    expect(ofMonth.map(({ what }) => what)).toContain('GET /FHIR/R4/Condition (nothing was shown)');
    const { json } = await report(`nhs-number=${nhsNumber}&month=${closed.month}`, {
      'X-Request-ID': 'of-month',
    });
    expect(json).toEqual({ rows: ofMonth, next: null });
    const seen: AnyJson[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await report(
        `nhs-number=${nhsNumber}&month=${closed.month}&limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      seen.push(...page.json.rows);
      cursor = page.json.next;
    }
    expect(seen).toEqual(ofMonth);
    const [latest] = (await report(`nhs-number=${nhsNumber}&limit=1000`)).json.rows.filter(
      ({ requestId }: AnyJson) => requestId === 'of-month',
    );
    expect(latest).toMatchObject({ action: 'E', what: 'GET /access-report' });
    expect((await report(`nhs-number=${freshNhsNumber()}&month=${closed.month}`)).json.rows).toEqual([]);
    expect((await report(`nhs-number=${nhsNumber}&month=2026-13`)).status).toBe(400);
  });

  it('is complete together with the months in the database', async () => {
    const inside = (await report(`nhs-number=${nhsNumber}&limit=1000`)).json.rows;
    const outside = (await report(`nhs-number=${nhsNumber}&month=${closed.month}`)).json.rows;
    const all = [...inside, ...outside].map(({ requestId }: AnyJson) => requestId);
    expect(all).toEqual(expect.arrayContaining(before.map(({ requestId }) => requestId)));
  });

  it('is named by searches and reads of AuditEvents that concern it', async () => {
    const search = async (query: string): Promise<string[]> => {
      const { json } = await closed.ledger.homeward.call('GET', `/FHIR/R4/AuditEvent?${query}`);
      return (json.entry ?? []).flatMap(({ resource, search: { mode } }: AnyJson) =>
        mode === 'outcome' ? [resource.issue[0].details.coding[0].code] : [],
      );
    };
    expect(await search('_count=1')).toEqual(['audit-months-outside']);
    expect(await search(`date=${closed.month}`)).toEqual(['audit-months-outside']);
    expect(await search('date=ge2100-01-01')).toEqual([]);
    expect(await search('_lastUpdated=lt2020-01-01')).toEqual([]);
    const { status, json } = await closed.ledger.homeward.call('GET', `/FHIR/R4/AuditEvent/${event}`);
    expect([status, json.issue[0].details.coding[0].code]).toEqual([404, 'audit-months-outside']);
    const of = await closed.ledger.homeward.call('GET', `/submissions/${closed.ledger.first}`);
    expect(of.json.readByOutside).toEqual([closed.month]);
  });

  it('is a fault when its file is missing or altered, and not read then', async () => {
    const [path, bytes] = [fileOf(), readFileSync(fileOf())];
    const name = readdirSync(closed.store)[0]!;
    const month = `nhs-number=${nhsNumber}&month=${closed.month}`;
    rmSync(path);
    expect(await faultsOf()).toEqual([
      `The file ${name} with the audit records of ${closed.month} is missing in AUDIT_MONTHS_STORE.`,
    ]);
    const missing = await report(month);
    expect([missing.status, missing.json.issue[0].details.coding[0].code]).toEqual([
      503,
      'access-report-month-file',
    ]);
    const altered = Buffer.from(bytes);
    altered[9]! ^= 1;
    for (const other of [altered, bytes.subarray(0, 500), Buffer.concat([bytes, bytes])]) {
      writeFileSync(path, other);
      expect((await report(month)).status).toBe(503);
    }
    expect(await faultsOf()).toEqual([
      `The file ${name} with the audit records of ${closed.month} was changed in AUDIT_MONTHS_STORE.`,
    ]);
    writeFileSync(path, bytes);
    expect((await report(month)).status).toBe(200);
  });

  it('is said to be not compared when its store does not answer or is not set', async () => {
    const away = await closed.verify(async () => Promise.reject(new Error('away')));
    expect(away).toMatchObject({ status: 'pass', complete: false, monthsNotCompared: [closed.month] });
    const unset = await closed.verify(async () => 'unset');
    expect(unset).toMatchObject({ status: 'pass', complete: false, monthsNotCompared: [closed.month] });
  });

  it('is a fault when the record of its drop or of its export is not there, or forged', async () => {
    const { ledger } = closed;
    await ledger.undone(['audit_month'], async () => {
      await ledger.query(`DELETE FROM audit_month WHERE act = 'dropped'`);
      expect(await faultsOf()).toEqual(
        expect.arrayContaining([
          'The audit record was deleted.',
          'The record of an exported month was deleted.',
        ]),
      );
    });
    for (const change of [
      `DELETE FROM audit_month WHERE act = 'exported'`,
      `UPDATE audit_month SET records = records - 1`,
      `UPDATE audit_month SET leaves = sha256(leaves) WHERE act = 'dropped'`,
    ])
      await ledger.undone(['audit_month'], async () => {
        await ledger.query(change);
        expect(await faultsOf()).toContain(
          `The record that the audit records of ${closed.month} were dropped has no sealed export before it.`,
        );
      });
    expect(await faultsOf()).toEqual([]);
  });

  it('is said when an older dump brings it back, and can be dropped again', async () => {
    const { ledger, month } = closed;
    const table = `audit_record_${month.replace('-', '_')}`;
    const saved = readFileSync(fileOf());
    const rows = gunzipSync(saved)
      .toString()
      .split('\n')
      .flatMap((line) => (line.startsWith('{"row"') ? [(JSON.parse(line) as { row: string }).row] : []));
    await ledger.query(`CREATE TABLE ${table} (LIKE audit_record INCLUDING DEFAULTS INCLUDING CONSTRAINTS)`);
    for (const row of rows) await ledger.query(`INSERT INTO ${table} SELECT ($1::${table}).*`, [row]);
    const { fromId, toId } = boundsOfMonth(month);
    await ledger.query(
      `ALTER TABLE audit_record ATTACH PARTITION ${table} FOR VALUES FROM ('${fromId}') TO ('${toId}')`,
    );
    await ledger.query(`ALTER TABLE ${table} SET (toast_tuple_target = 8160)`);
    expect(await faultsOf()).toEqual([
      `${rows.length} audit records of ${month} are in the database again, although the month was dropped. They come from an older dump. Run homeward audit-months drop ${month}.`,
    ]);
    // Nothing is told twice.
    const { json } = await report(`nhs-number=${nhsNumber}&month=${month}`);
    expect(json.rows).toEqual(before.filter(({ when }) => when.startsWith(month)));
    expect((await closed.work((options) => dropMonth(options, month))).isNew).toBe(true);
    await ledger.sealed();
    expect(await closed.verify()).toMatchObject({ status: 'pass', faults: [] });
  });
});
