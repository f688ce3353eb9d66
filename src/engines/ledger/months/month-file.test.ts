/** The file of an exported month: whatever the rows are, it verifies as it was written, and not after any change. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { newId } from '../../../platform/ids';
import { monthOfId } from '../../../platform/months';
import { hashOfHead, headText, type SignedHead } from '../head';
import { keyIdOf } from '../keys';
import { decodeRecords, encodeRecords, inOrder, rootOfRecords, type LedgerRecord } from '../records';
import { hashOfShape } from '../sealed-columns';
import { compareMonthFile } from './compare-month-file';
import { footerText, monthLines, MONTH_FORMAT, type MonthFooter, type MonthSeal } from './month-file';
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
  const counts = { seals: seals.length, rows: seals.flat().length, removed: 0 };
  const lastSeal = firstSeal + seals.length - 1;
  lines.push(
    footer({ month: MONTH, firstSeal, lastSeal, ...counts }, (text) =>
      sign(null, Buffer.from(text), privateKey).toString('base64'),
    ),
  );
  return { lines, heads };
}

/** Takes the first row out, and says of its record that retention had removed it. */
function hideRow(lines: string[]): void {
  const at = lines.findIndex((line) => line.startsWith('{"row"'));
  const seal = JSON.parse(lines[at - 1]!) as MonthSeal;
  const [first] = decodeRecords(Buffer.from(seal.leaves, 'base64'))!.filter(
    ({ kind, id }) => kind === 'audit' && monthOfId(id) === MONTH,
  );
  lines[at - 1] = `${JSON.stringify({ ...seal, removed: [first!.id] })}\n`;
  lines.splice(at, 1);
}

/** The same lines with a last line that counts them, as anybody can make it. */
function countedAnew(lines: readonly string[], change: (footer: MonthFooter) => object): string[] {
  const before = lines.slice(0, -1);
  const count = (start: string): number => before.filter((line) => line.startsWith(start)).length;
  const seals = before.flatMap((line) => (line.startsWith('{"seal"') ? [JSON.parse(line) as MonthSeal] : []));
  const footer = {
    ...(JSON.parse(lines.at(-1)!) as MonthFooter),
    ...{ firstSeal: seals[0]!.seal, lastSeal: seals.at(-1)!.seal, seals: seals.length },
    ...{ rows: count('{"row"'), removed: seals.flatMap(({ removed = [] }) => removed).length },
    sha256: sha256(before.join('')).toString('hex'),
  };
  return [...before, `${JSON.stringify(change(footer))}\n`];
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

  it.each([
    ['a row, whose record is said to be removed', hideRow],
    ['its last seal', (lines: string[]) => lines.splice(5, 2)],
    ['its first seal', (lines: string[]) => lines.splice(2, 3)],
  ])('does not verify without %s, although its last line was made anew', async (_name, takeOut) => {
    const lines = fileOf([['(one)', '(two)'], ['(three)']]).lines;
    takeOut(lines);
    const kept = countedAnew(lines, (footer) => footer);
    expect(await texts(kept)).toEqual(['The signature does not match the last line of the file.']);
    const unsigned = countedAnew(lines, ({ signature: _, ...footer }) => footer);
    expect(await texts(unsigned)).toEqual([
      'The file is not signed: records or seals may have been taken out of it. Export the month again. If it was dropped, homeward ledger verify compares the file in AUDIT_MONTHS_STORE with the ledger.',
    ]);
    const other = fileOf([['(one)', '(two)']], 50).lines.at(-1)!;
    expect((await verified([...lines.slice(0, -1), other]))?.status).toBe('fail');
  });

  it('does not verify with the signed last line of other seals', async () => {
    const { lines } = fileOf([['(one)']]);
    const { privateKey: forger } = generateKeyPairSync('ed25519');
    const signedBy = (key: typeof forger) =>
      countedAnew(lines, (footer) => {
        const other = { ...footer, lastSeal: footer.lastSeal + 1 };
        return { ...other, signature: sign(null, Buffer.from(footerText(other)), key).toString('base64') };
      });
    expect(await texts(signedBy(forger))).toEqual([
      'The signature does not match the last line of the file.',
    ]);
    expect(await texts(signedBy(privateKey))).toEqual([
      `The last line of the file is that of ${MONTH} and of the seals 7 to 8. The file is another.`,
    ]);
  });

  it('of an earlier version, which did not sign, is still the one that the ledger has recorded', async () => {
    const { lines } = fileOf([['(one)'], ['(two)']]);
    const old = countedAnew(lines, ({ end, seals, rows, removed, sha256 }) => ({
      ...{ end, seals, rows, removed, sha256 },
    }));
    expect((await verified(old))?.status).toBe('fail');
    const found = await verified(old, { mayBeUnsigned: true });
    expect(found?.faults).toEqual([]);
    const bytes = gzipSync(old.join(''));
    const exported = {
      ...{ month: MONTH, file: 'file', sha256: createHash('sha256').update(bytes).digest() },
      ...{ bytes: bytes.length, records: 2, leaves: Buffer.from(found!.leaves, 'hex') },
      ...{ firstSeal: 7, lastSeal: 8 },
    };
    expect(await compareMonthFile(piecesOf(bytes), exported, pem)).toBeUndefined();
    const other = { ...exported, sha256: Buffer.alloc(32) };
    expect(await compareMonthFile(piecesOf(bytes), other, pem)).toBe('Its SHA-256 is another.');
  });

  it('says how many anchored heads are those of its seals', async () => {
    const { lines, heads } = fileOf([['(one)'], ['(two)']]);
    const { heads: later } = fileOf([['(one)']], 50);
    const compared = async (knownHeads: SignedHead[]) =>
      (await verified(lines, { knownHeads }))?.headsCompared;
    expect(await compared([...heads, ...later])).toBe(2);
    expect(await compared(later)).toBe(0);
    expect(await compared([])).toBe(0);
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
