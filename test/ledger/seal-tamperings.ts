/**
 * Ways in which somebody with every right on the database can change the seals themselves: heads, signatures, roots,
 * lists of records; seals taken out, exchanged, cut off; and a history written anew and sealed again.
 */
import type { Random } from '../../src/demo/random';
import { generateKeyPairSync } from 'node:crypto';
import { sealedTables } from '../../src/app';
import { openLedgerKey } from '../../src/engines/ledger/keys';
import { seal } from '../../src/engines/ledger/seal';
import type { OneTransaction } from './one-transaction';
import type { Kind, Tampering } from './tamperings';

/** A row of ledger_seal, as it can be written back. */
interface SealRow {
  seal: string;
  upto: string;
  head: string;
  signature: string;
  records: Buffer;
}

const SEALS =
  'SELECT seal::text AS seal, upto::text AS upto, head, signature, records FROM ledger_seal ORDER BY seal';

const write = (
  on: OneTransaction,
  { seal: number, upto, head, signature, records }: SealRow,
): Promise<number> =>
  on.change(
    'UPDATE ledger_seal SET upto = $2::xid8, head = $3, signature = $4, records = $5 WHERE seal = $1',
    [number, upto, head, signature, records],
  );

/** Changes one seal. */
function changing(what: string, change: (row: SealRow, all: SealRow[], random: Random) => SealRow): Kind {
  return (_tables, random) => ({
    what,
    touches: ['ledger_seal'],
    run: async (on) => {
      const rows = await on.rows<SealRow>(SEALS);
      const row = random.pick(rows);
      const other = change(row, rows, random);
      const same =
        other.head === row.head &&
        other.signature === row.signature &&
        other.records.equals(row.records) &&
        other.upto === row.upto;
      return !same && (await write(on, other)) === 1;
    },
  });
}

const hexChanged = (text: string, random: Random): string => {
  const at = random.integer(0, text.length - 1);
  const digit = ((parseInt(text[at]!, 16) + random.integer(1, 15)) % 16).toString(16);
  return `${text.slice(0, at)}${digit}${text.slice(at + 1)}`;
};

/** One member of the head, with the column that says the same where there is one. */
const head = changing('a member of a head', (row, _all, random) => {
  const value = JSON.parse(row.head) as Record<string, string | number | null>;
  const name = random.pick(Object.keys(value).filter((each) => each !== 'ledger'));
  const was = value[name]!;
  if (was === null) value[name] = '0'.repeat(64);
  else if (typeof was === 'number') value[name] = was + random.pick([-1, 1, 7]);
  else if (name === 'sealedAt')
    value[name] = new Date(Date.parse(was) + random.integer(1, 1e6)).toISOString();
  else if (name === 'upto') value[name] = String(BigInt(was) + BigInt(random.integer(1, 9)));
  else if (name === 'key') value[name] = `${was.slice(0, -1)}${was.endsWith('A') ? 'B' : 'A'}`;
  else value[name] = hexChanged(was, random);
  const upto = random.chance(0.5) ? String(value.upto) : row.upto;
  return { ...row, upto, head: JSON.stringify(value) };
});

const headBySpace = changing('a head written otherwise', (row, _all, random) => ({
  ...row,
  head: random.pick([
    'null',
    '{}',
    row.head.replace(/"upto":"\d+/, '"upto":"x'),
    ` ${row.head}`,
    row.head.replace(',', ', '),
    row.head.replace('"root"', '"\\u0072oot"'),
  ]),
}));

const signature = changing('a signature', (row, all, random) => {
  const bytes = Buffer.from(row.signature, 'base64');
  bytes[random.integer(0, bytes.length - 1)]! ^= 1 << random.integer(0, 7);
  const given = random.pick([
    bytes.toString('base64'),
    random.pick(all).signature,
    row.signature.replace(/=+$/, ''),
    `${row.signature} `,
    '',
  ]);
  return { ...row, signature: given };
});

const list = changing('a list of records', (row, all, random) => {
  const { records } = row;
  const count = records.length / 49;
  const at = 49 * random.integer(0, count - 1);
  const flipped = Buffer.from(records);
  flipped[random.integer(0, records.length - 1)]! ^= 1 << random.integer(0, 7);
  const given = random.pick([
    flipped,
    Buffer.concat([records.subarray(0, at), records.subarray(at + 49)]),
    Buffer.concat([records, records.subarray(at, at + 49)]),
    Buffer.concat([records.subarray(at), records.subarray(0, at)]),
    random.pick(all).records,
    records.subarray(0, -1),
  ]);
  return { ...row, records: given };
});

/** Two seals change places, number and all that the heads say of it left as they are or not. */
const exchanged: Kind = (_tables, random) => ({
  what: 'two seals exchanged',
  touches: ['ledger_seal'],
  run: async (on) => {
    const rows = await on.rows<SealRow>(SEALS);
    const [a, b] = [random.pick(rows), random.pick(rows)];
    if (a.seal === b.seal) return false;
    const withReach = random.chance(0.5);
    if (withReach) await on.change(`UPDATE ledger_seal SET upto = '1' WHERE seal = $1`, [a.seal]);
    await write(on, { ...a, seal: b.seal, upto: withReach ? a.upto : b.upto }).catch(() => 0);
    return (await write(on, { ...b, seal: a.seal, upto: withReach ? b.upto : a.upto })) === 1;
  },
});

const takenOut: Kind = (_tables, random) => ({
  what: 'seals taken out',
  touches: ['ledger_seal'],
  run: async (on) => {
    const rows = await on.rows<SealRow>(SEALS);
    const from = random.integer(0, rows.length - 2);
    const to = random.integer(from, rows.length - 2);
    await on.change('DELETE FROM ledger_seal WHERE seal BETWEEN $1 AND $2', [
      rows[from]!.seal,
      rows[to]!.seal,
    ]);
    if (random.chance(0.5))
      await on.change('UPDATE ledger_seal SET seal = seal - $2 WHERE seal > $1', [
        rows[to]!.seal,
        to - from + 1,
      ]);
    return true;
  },
});

const cutOff: Kind = (_tables, random) => ({
  what: 'the tail cut off',
  touches: ['ledger_seal'],
  byAnchorsOnly: true,
  run: async (on) => {
    const rows = await on.rows<SealRow>(SEALS);
    const { seal: from } = random.pick(rows);
    await on.change('DELETE FROM ledger_seal WHERE seal >= $1', [from]);
    return true;
  },
});

/** A record is changed, and everything from there on sealed again, so that the chain is whole. */
const writtenAnew = (withTheirOwnKey: boolean): Kind => {
  return (_tables, random): Tampering => ({
    what: `a history written anew and sealed with ${withTheirOwnKey ? 'another key' : 'the server’s key'}`,
    touches: ['ledger_seal', 'ledger_key', 'ledger_shape', 'audit_record'],
    ...(withTheirOwnKey ? {} : { byAnchorsOnly: true }),
    run: async (on) => {
      const rows = await on.rows<SealRow>(SEALS);
      const { seal: from, upto } = random.pick(rows);
      const changed = await on.change(
        `UPDATE audit_record SET client_id = 'somebody' WHERE id = (SELECT id FROM audit_record
          WHERE xid < $1::xid8 ORDER BY xid DESC LIMIT 1)`,
        [upto],
      );
      // Everything from the record's own seal on.
      await on.change('DELETE FROM ledger_seal WHERE seal >= $1', [withTheirOwnKey ? 1 : from]);
      if (withTheirOwnKey) {
        const { privateKey, publicKey } = generateKeyPairSync('ed25519');
        await on.change('UPDATE ledger_key SET private_key = $1, public_key = $2', [
          privateKey.export({ type: 'pkcs8', format: 'pem' }),
          publicKey.export({ type: 'spki', format: 'pem' }),
        ]);
      }
      const key = await openLedgerKey(on.anew);
      const options = { database: on.anew, key, tables: sealedTables, now: () => new Date() };
      for (let more = true; more;) more = (await seal(options)) !== undefined;
      return changed === 1;
    },
  });
};

export const sealKinds: Readonly<Record<string, Kind>> = {
  'a member of a head': head,
  'a head written otherwise': headBySpace,
  'a signature': signature,
  'a list of records': list,
  'two seals exchanged': exchanged,
  'seals taken out': takenOut,
  'the tail cut off': cutOff,
  'a history written anew with another key': writtenAnew(true),
  'a history written anew with the server’s key': writtenAnew(false),
};
