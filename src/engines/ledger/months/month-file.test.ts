/** The file of an exported month: whatever the rows are, it verifies as it was written, and not after any change. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { newId } from '../../../platform/ids';
import { hashOfHead, headText, type SignedHead } from '../head';
import { keyIdOf } from '../keys';
import { encodeRecords, inOrder, rootOfRecords, type LedgerRecord } from '../records';
import { hashOfShape } from '../sealed-columns';
import { monthLines, MONTH_FORMAT } from './month-file';
import { valuesOfRow } from './row-text';
import { verifyMonthFile, type MonthVerification } from './verify-month-file';

const MONTH = '2026-03';
const MARCH = Date.UTC(2026, 2, 10);
const APRIL = Date.UTC(2026, 3, 1);
const SHAPE = '{"facts":1,"tables":{"audit_record":["id","content"]}}';
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

interface Made {
  lines: string[];
  heads: SignedHead[];
}

/** A file of these rows, by seal; each seal also has a record of April and a submission, which are not in the file. */
function fileOf(seals: readonly (readonly string[])[], firstSeal = 7): Made {
  const { line, footer } = monthLines();
  const lines = [line({ format: MONTH_FORMAT, month: MONTH, publicKey: pem }), line({ shape: SHAPE })];
  const heads: SignedHead[] = [];
  let previous: string | null = 'ab'.repeat(32);
  let total = 100;
  for (const [index, rows] of seals.entries()) {
    const ofMonth = rows.map((row) => ({ row, id: newId(undefined, MARCH), digest: sha256(row) }));
    const records = inOrder<LedgerRecord & { row?: string }>([
      ...ofMonth.map((each) => ({ ...each, kind: 'audit' as const })),
      { kind: 'audit', id: newId(undefined, APRIL), digest: sha256('April') },
      { kind: 'submission', id: newId(undefined, MARCH), digest: sha256('a submission') },
    ]);
    total += records.length;
    const head: string = headText({
      seal: firstSeal + index,
      sealedAt: new Date(MARCH).toISOString(),
      previous,
      records: records.length,
      total,
      root: rootOfRecords(records),
      upto: String(1_000 + index),
      shape: hashOfShape(SHAPE),
      key: keyIdOf(publicKey),
    });
    const signature = sign(null, Buffer.from(head), privateKey).toString('base64');
    previous = hashOfHead(head);
    heads.push({ head, signature });
    const leaves = encodeRecords(records).toString('base64');
    lines.push(line({ seal: firstSeal + index, head, signature, leaves }));
    for (const { row } of records) if (row !== undefined) lines.push(line({ row }));
  }
  lines.push(footer({ seals: seals.length, rows: seals.flat().length, removed: 0 }));
  return { lines, heads };
}

/** In pieces of some bytes, as a store gives them. */
async function* piecesOf(bytes: Buffer, size = 100): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

const verified = (
  lines: readonly string[],
  options: Parameters<typeof verifyMonthFile>[1] = {},
): Promise<MonthVerification | undefined> => verifyMonthFile(piecesOf(gzipSync(lines.join(''))), options);

const texts = async (lines: readonly string[]): Promise<string[]> =>
  (await verified(lines))?.faults.map(({ text }) => text) ?? ['no file'];

const someSeals = fc.array(fc.array(fc.string({ unit: 'binary' }), { maxLength: 4 }), {
  minLength: 1,
  maxLength: 5,
});

describe('the file of a month', () => {
  it('verifies as it was written, whatever the rows are', async () => {
    await fc.assert(
      fc.asyncProperty(someSeals, async (seals) => {
        const found = await verified(fileOf(seals).lines, { publicKey: pem });
        expect(found).toMatchObject({
          status: 'pass',
          faults: [],
          month: MONTH,
          records: seals.flat().length,
          seals: seals.length,
          firstSeal: 7,
          lastSeal: 6 + seals.length,
        });
      }),
      { numRuns: 50 },
    );
  });

  it('does not verify after a line was removed, repeated, moved or changed', async () => {
    const { lines } = fileOf([['(one,"a")', '(two,)'], [], ['(three,"c")']]);
    const at = fc.integer({ min: 0, max: lines.length - 1 });
    const change = fc.oneof(
      fc.record({ kind: fc.constant('removed'), at, other: at, place: fc.nat() }),
      fc.record({ kind: fc.constantFrom('repeated', 'moved', 'changed'), at, other: at, place: fc.nat() }),
    );
    await fc.assert(
      fc.asyncProperty(change, async ({ kind, at: index, other, place }) => {
        const changed = [...lines];
        const line = changed[index]!;
        if (kind === 'removed' || kind === 'moved') changed.splice(index, 1);
        if (kind === 'repeated' || kind === 'moved') changed.splice(other, 0, line);
        const position = place % (line.length - 1);
        const code = line.charCodeAt(position) ^ 1;
        if (kind === 'changed')
          changed[index] = line.slice(0, position) + String.fromCharCode(code) + line.slice(position + 1);
        if (changed.join('') === lines.join('')) return;
        expect((await verified(changed, { publicKey: pem }))?.status).not.toBe('pass');
      }),
      { numRuns: 150 },
    );
  });

  it('does not verify when its end is cut off, wherever', async () => {
    const bytes = gzipSync(fileOf([['(one)'], ['(two)']]).lines.join(''));
    for (const end of [20, 200, bytes.length - 9, bytes.length - 1])
      expect((await verifyMonthFile(piecesOf(bytes.subarray(0, end))))?.status).not.toBe('pass');
  });

  it('says what is wrong', async () => {
    const { lines } = fileOf([['(one)', '(two)'], ['(three)']]);
    const rows = lines.flatMap((line, index) => (line.startsWith('{"row"') ? [index] : []));
    const without = (index: number): string[] => lines.filter((_, each) => each !== index);
    expect(await texts(without(rows[2]!))).toContain('The audit record is not in the file.');
    expect(await texts(without(lines.length - 1))).toEqual([
      'The file is incomplete. Its last line is missing.',
    ]);
    const changed = lines.map((line, index) => (index === rows[0] ? '{"row":"(four)"}\n' : line));
    expect(await texts(changed)).toEqual([
      'The audit record differs from what was sealed, or is not in its place.',
      'The file was changed. The hash in its last line is another.',
    ]);
    expect(await texts([...lines, '{"row":"(more)"}\n'])).toEqual(['The file goes on after its last line.']);
  });

  it('does not verify with another key, or beside an anchored head that is another', async () => {
    const { lines, heads } = fileOf([['(one)'], ['(two)']]);
    const other = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
    expect((await verified(lines, { publicKey: other }))?.faults[0]?.kind).toBe('key');
    expect((await verified(lines, { knownHeads: heads }))?.status).toBe('pass');
    const { heads: others } = fileOf([['(one)'], ['(two)']]);
    expect((await verified(lines, { knownHeads: others }))?.faults[0]?.kind).toBe('cut');
    const { heads: later } = fileOf([['(one)']], 50);
    expect((await verified(lines, { knownHeads: later }))?.status).toBe('pass');
  });

  it.each([
    ['an empty file', ''],
    ['another file', '{"format":"homeward-ledger-export/1"}\n'],
  ])('is not %s', async (_name, text) => {
    expect(await verifyMonthFile(piecesOf(gzipSync(text)))).toBeUndefined();
    expect(await verifyMonthFile(piecesOf(Buffer.from(text)))).toBeUndefined();
  });
});

/** As PostgreSQL writes a row: record_out in its rowtypes.c. */
function rowText(values: readonly (string | null)[]): string {
  const written = values.map((value) => {
    if (value === null) return '';
    if (value !== '' && !/["\\(),\s]/.test(value)) return value;
    return `"${value.replaceAll(/["\\]/g, '$&$&')}"`;
  });
  return `(${written.join(',')})`;
}

describe('the values of a row', () => {
  it('are those that were written', () => {
    const value = fc.oneof(fc.constant(null), fc.string(), fc.stringMatching(/^[",\\() a]{0,9}$/));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), (values) => {
        expect(valuesOfRow(rowText(values))).toEqual(values);
      }),
    );
  });

  it.each(['', '(', 'a,b', '("a', '("a"b)', '(a', '("a\\")'])('are not in %s', (text) => {
    expect(valuesOfRow(text)).toBeUndefined();
  });
});
