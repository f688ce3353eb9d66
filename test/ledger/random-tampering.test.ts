/**
 * Tampering by somebody with every right on the database, at random: some 1,400 values, one of each column of each table
 * that the ledger covers, and hundreds of other changes, as many of every kind. `homeward ledger verify` finds each of
 * them, and so does whoever has nothing but an export and the public key. The test command looks at each sixth column,
 * and at each twelfth offline, too: each look makes every derived column anew. `TAMPERINGS=10000` for all, and more, all looked at in both ways and with every
 * question asked anew; `TAMPER_SEED` for others.
 */
import { randomOf, type Random } from '../../src/demo/random';
import { openAnchor } from '../../src/engines/ledger/anchor';
import { exportLedger } from '../../src/engines/ledger/export';
import type { SignedHead } from '../../src/engines/ledger/head';
import { createVerifier } from '../../src/engines/ledger/verify';
import { verifyExported } from '../../src/engines/ledger/verify-export';
import { startSealed, type Sealed } from './harness';
import { openOneTransaction, type OneTransaction } from './one-transaction';
import { EMPTY, populate } from './population';
import { sealKinds } from './seal-tamperings';
import { tablesOf, type Table } from './tables';
import { edit, kinds, typesKnown, type Kind, type Tampering } from './tamperings';

const isLong = process.env.TAMPERINGS !== undefined;
const times = Number(process.env.TAMPERINGS ?? 51);
const seed = Number(process.env.TAMPER_SEED ?? 5);

jest.setTimeout(isLong ? 7_200_000 : 240_000);

let ledger: Sealed;
let on: OneTransaction;
let tables: Table[];
let anchored: SignedHead[];
let random: Random;

beforeAll(async () => {
  ledger = await startSealed();
  await populate(ledger);
  tables = await tablesOf(ledger.homeward.app.database);
  anchored = await everythingAnchored();
  random = randomOf(seed);
  on = await openOneTransaction(ledger.homeward.app.database, isLong);
});
afterAll(async () => {
  await on.end();
  await ledger.close();
});

/** The anchor is told after the seal is made. */
async function everythingAnchored(): Promise<SignedHead[]> {
  for (;;) {
    const heads = await openAnchor(ledger.anchor).heads();
    const rows = await ledger.query('SELECT head FROM ledger_seal ORDER BY seal DESC LIMIT 1');
    if (heads.at(-1)?.head === rows[0].head) return heads;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** What verification says of the database as it is, and of an export of it. */
async function verdicts(heads: readonly SignedHead[], offlineToo = true): Promise<string> {
  const { known } = ledger;
  const { database } = on;
  const online = await createVerifier({
    ...known,
    database,
    known: async () => ({ heads, alarms: [] }),
  }).verify();
  if (!offlineToo) return `${online.status} online`;
  const lines: string[] = [];
  for await (const line of exportLedger({ ...known, database, now: () => new Date() })) lines.push(line);
  const offline = await verifyExported(lines, { publicKey: known.publicKey, knownHeads: heads });
  return `${online.status} online, ${offline?.status} offline`;
}

const FOUND = 'fail online, fail offline';
const FOUND_ONLINE = 'fail online';
const SOUND = 'pass online, pass offline';

/** @returns undefined where nothing came of the tampering */
async function verdictAfter(
  { touches, byAnchorsOnly, run }: Tampering,
  offlineToo = true,
): Promise<string | undefined> {
  return on.undone(touches, async () => {
    try {
      if (!(await run(on))) return undefined;
    } catch (error) {
      // A value that cannot be, or one that is there already.
      if (/^2[23]/.test(String((error as { code?: unknown }).code))) return undefined;
      throw error;
    }
    return verdicts(byAnchorsOnly ? anchored : [], offlineToo);
  });
}

describe('tampering at random', () => {
  it('begins with a sound ledger, and a row in every table', async () => {
    expect(await verdicts(anchored)).toBe(SOUND);
    expect(tables.filter(({ rows }) => rows === 0).map(({ name }) => name)).toEqual(EMPTY);
    const types = tables.flatMap(({ columns }) => columns.map(({ type }) => type));
    expect([...new Set(types)].filter((type) => !typesKnown.has(type))).toEqual([]);
  });

  it(`is found in each ${isLong ? '' : 'sixth '}column of each table`, async () => {
    const columns = tables
      .filter(({ rows }) => rows > 0)
      .flatMap((table) => table.columns.map(({ name }) => ({ table, name })));
    const missed: string[] = [];
    for (const [index, { table, name }] of columns.entries()) {
      if (!isLong && index % 6 !== seed % 6) continue;
      const offset = random.integer(0, 9_999);
      const offlineToo = isLong || index % 12 === seed % 12;
      const verdict = await verdictAfter(edit(table, name, offset), offlineToo);
      if (verdict !== (offlineToo ? FOUND : FOUND_ONLINE))
        missed.push(`${table.name}.${name} of row ${offset % table.rows}: ${verdict}`);
    }
    expect(missed).toEqual([]);
    expect(columns.length).toBeGreaterThan(1_000);
  });

  it(`is found ${times} times over, of whatever kind it is`, async () => {
    const all = Object.entries({ ...kinds, ...sealKinds });
    const counts = new Map<string, number>();
    const missed: string[] = [];
    for (let time = 0; time < times; time += 1) {
      const [name, kind] = all[time % all.length]!;
      const { what, verdict } = await oneOf(kind);
      counts.set(name, (counts.get(name) ?? 0) + 1);
      if (verdict !== FOUND) missed.push(`${what}: ${verdict}`);
    }
    expect(missed).toEqual([]);
    if (isLong) console.log(JSON.stringify({ seed, ...Object.fromEntries(counts) }));
  });

  it('leaves a sound ledger behind', async () => {
    expect(await verdicts(anchored)).toBe(SOUND);
  });
});

/** Tries until something comes of it. */
async function oneOf(kind: Kind): Promise<{ what: string; verdict: string }> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    const tampering = kind(tables, random);
    const verdict = await verdictAfter(tampering);
    if (verdict !== undefined) return { what: tampering.what, verdict };
  }
  throw new Error('nothing comes of this kind');
}
