/**
 * Ways in which somebody with every right on the database can change what was recorded: any value of any row, rows
 * taken away, added, exchanged, moved or given another time. Each is one random instance of its kind, done by SQL.
 */
import type { Random } from '../../src/demo/random';
import type { OneTransaction } from './one-transaction';
import { RECORDS, type Table } from './tables';

export interface Tampering {
  what: string;
  /** The tables that it touches: a name stands for every table whose name begins with it. */
  touches: readonly string[];
  /** `table.column`, of an edit of one value. */
  column?: string;
  /** Nothing inside the database tells: only heads that were anchored elsewhere. */
  byAnchorsOnly?: true;
  /** @returns false where nothing came of it */
  run(on: OneTransaction): Promise<boolean>;
}

export type Kind = (tables: readonly Table[], random: Random) => Tampering;

/** Another value of the same type, whatever it was; the first way always is one. */
const others: Record<string, readonly ((column: string) => string)[]> = {
  text: [(c) => `coalesce(${c}, '') || '.'`, (c) => `left(${c}, -1)`, (c) => `upper(${c})`, () => 'NULL'],
  uuid: [() => 'gen_random_uuid()', () => 'NULL'],
  // By more than one: the next version may be there already.
  int4: [(c) => `coalesce(${c}, 0) + 100`, () => 'NULL', () => '0'],
  int2: [(c) => `coalesce(${c}, 0) + 1`, () => '0'],
  int8: [(c) => `coalesce(${c}, 0) + 1000`, (c) => `-${c}`],
  numeric: [(c) => `coalesce(${c}, 0) + 1`, (c) => `${c} * 1.0`, () => 'NULL'],
  bool: [(c) => `NOT coalesce(${c}, true)`],
  bytea: [
    (c) => `coalesce(${c}, '') || '\\x00'`,
    (c) => `set_byte(${c}, 0, (get_byte(${c}, 0) + 1) % 256)`,
    (c) => `substr(${c}, 2)`,
  ],
  date: [(c) => `CASE WHEN isfinite(${c}) THEN ${c} + 1 ELSE '2026-01-01' END`, () => `'infinity'`],
  timestamptz: [
    (c) => `CASE WHEN isfinite(${c}) THEN ${c} + interval '1 second' ELSE '2026-01-01' END`,
    () => `'-infinity'`,
    () => 'NULL',
  ],
  jsonb: [(c) => `jsonb_build_array(${c})`, () => `'[]'`, () => `'null'`],
  xid8: [(c) => `(coalesce(${c}::text, '0')::bigint + 1)::text::xid8`, () => `'3'`],
  _text: [(c) => `coalesce(${c}, '{}') || 'x'::text`, () => 'NULL', () => `'{}'`],
  _uuid: [(c) => `coalesce(${c}, '{}') || gen_random_uuid()`, () => 'NULL'],
  _numeric: [(c) => `coalesce(${c}, '{}') || 1::numeric`, () => 'NULL'],
  _timestamptz: [(c) => `coalesce(${c}, '{}') || '2026-01-01'::timestamptz`, () => 'NULL'],
};

export const typesKnown = new Set(Object.keys(others));

/** Where a rule of the table leaves only one other value. */
const onlyOther: Record<string, string> = {
  // Unique within its lineage.
  'submission.lineage_position': 'coalesce(lineage_position, 0) + 100',
  'submission.status': `CASE status WHEN 'accepted' THEN 'refused' ELSE 'accepted' END`,
};

const q = (name: string): string => `"${name}"`;
const place = (offset: number, table: Table): string =>
  `(SELECT tableoid, ctid FROM ${q(table.name)} OFFSET ${offset % table.rows} LIMIT 1)`;
const at = (offset: number, table: Table): string => `(tableoid, ctid) = ${place(offset, table)}`;

/** One value of one row. @param way which other value: 0 always is one */
export function edit(table: Table, column: string, offset: number, way = 0): Tampering {
  const type = table.columns.find(({ name }) => name === column)!.type;
  const ways = others[type]!;
  const value = onlyOther[`${table.name}.${column}`] ?? ways[way % ways.length]!(q(column));
  return {
    what: `${table.name}.${column} of row ${offset % table.rows} := ${value}`,
    touches: [table.name],
    column: `${table.name}.${column}`,
    run: async (on) =>
      (await on.change(
        `UPDATE ${q(table.name)} SET ${q(column)} = ${value}
          WHERE ${at(offset, table)} AND ${q(column)}::text IS DISTINCT FROM (${value})::text`,
      )) === 1,
  };
}

const filled = (tables: readonly Table[]): Table[] => tables.filter(({ rows }) => rows > 0);
const offsetOf = (random: Random): number => random.integer(0, 9_999);

const editAny: Kind = (tables, random) => {
  const table = random.pick(filled(tables));
  return edit(table, random.pick(table.columns).name, offsetOf(random), random.integer(0, 9));
};

/** A moment or two earlier or later. */
const time: Kind = (tables, random) => {
  const timed = filled(tables).filter(({ columns }) => columns.some(({ type }) => type === 'timestamptz'));
  const table = random.pick(timed);
  const column = random.pick(table.columns.filter(({ type }) => type === 'timestamptz')).name;
  const millis = random.pick([1, -1, 1_000, -3_600_000, 86_400_000, random.integer(-1e9, 1e9)]);
  return {
    what: `${table.name}.${column} moved by ${millis} ms`,
    touches: [table.name],
    run: async (on) =>
      (await on.change(
        `UPDATE ${q(table.name)} SET ${q(column)} = ${q(column)} + interval '${millis} milliseconds'
          WHERE ${at(offsetOf(random), table)} AND isfinite(${q(column)})`,
      )) === 1,
  };
};

const remove: Kind = (tables, random) => {
  const table = random.pick(filled(tables));
  // Without the newest seal the chain is whole, only shorter: that is a tail cut off.
  const but = table.name === 'ledger_seal' ? 'AND seal < (SELECT max(seal) FROM ledger_seal)' : '';
  return {
    what: `a row of ${table.name} deleted`,
    touches: [table.name],
    run: async (on) =>
      (await on.change(`DELETE FROM ${q(table.name)} WHERE ${at(offsetOf(random), table)} ${but}`)) === 1,
  };
};

/** A row made of another: with a new key, sometimes as if it had been there before the last seal. */
const add: Kind = (tables, random) => {
  // A shape that no head names has no effect.
  const table = random.pick(filled(tables).filter(({ name }) => name !== 'ledger_shape'));
  const isHistory = table.name.endsWith('_history');
  const into = !isHistory && random.chance(0.2) ? `${table.name}_history` : table.name;
  const target = tables.find(({ name }) => name === into) ?? table;
  const isNow = random.chance(0.5);
  const changed = target === table ? random.pick(table.key) : '';
  const value = ({ name, type }: { name: string; type: string }): string => {
    if (table.name === 'ledger_seal' && name === 'upto') return `(upto::text::bigint + 1)::text::xid8`;
    if (name === 'xid' && isNow) return 'pg_current_xact_id()';
    return name === changed ? others[type]![0]!(q(name)) : q(name);
  };
  const names = table.columns.map(({ name }) => q(name)).join(', ');
  return {
    what: `a row of ${table.name} copied into ${target.name}${isNow ? ' as new' : ''}`,
    touches: [table.name, target.name],
    run: async (on) =>
      (await on.change(
        `INSERT INTO ${q(target.name)} (${names}) SELECT ${table.columns.map(value).join(', ')}
          FROM ${q(table.name)} WHERE ${at(offsetOf(random), table)}`,
      )) === 1,
  };
};

/** Two rows exchange one value; or their keys, and so their places. */
const exchange: Kind = (tables, random) => {
  const table = random.pick(filled(tables).filter(({ rows }) => rows > 1));
  const byKey = random.chance(0.3);
  const { name, type } = byKey
    ? table.columns.find((each) => each.name === table.key[0])!
    : random.pick(table.columns);
  const column = q(name);
  const [one, other] = [offsetOf(random), offsetOf(random)];
  return {
    what: `${table.name}.${name} exchanged between rows ${one % table.rows} and ${other % table.rows}`,
    touches: [table.name],
    run: async (on) => {
      const values = await on.rows<{ oid: string; tid: string; value: string | null }>(
        `SELECT tableoid AS oid, ctid::text AS tid, ${column}::text AS value FROM ${q(table.name)}
          WHERE ${at(one, table)} OR ${at(other, table)}`,
      );
      const [a, b] = values;
      if (!a || !b || a.value === b.value) return false;
      return exchanged(on, { table: table.name, column, type }, a, b);
    },
  };
};

interface Lying {
  oid: string;
  tid: string;
  value: string | null;
}

/** By way of a third value, so that what must be unique stays so. */
async function exchanged(
  on: OneTransaction,
  { table, column, type }: { table: string; column: string; type: string },
  a: Lying,
  b: Lying,
): Promise<boolean> {
  const to = (value: string): string =>
    `UPDATE ${q(table)} SET ${column} = ${value} WHERE tableoid = $1 AND ctid = $2::tid`;
  const third = others[type]![0]!(column);
  const moved = await on.rows<{ oid: string; tid: string }>(
    `${to(third)} RETURNING tableoid AS oid, ctid::text AS tid`,
    [a.oid, a.tid],
  );
  const cast = `$3::text::${type.startsWith('_') ? `${type.slice(1)}[]` : type}`;
  const changed = await on.change(to(cast), [b.oid, b.tid, a.value]);
  return changed === 1 && (await on.change(to(cast), [moved[0]!.oid, moved[0]!.tid, b.value])) === 1;
}

/** The current version put away as superseded, or a superseded one brought back in its place. */
const hideOrBringBack: Kind = (tables, random) => {
  const histories = tables.filter(({ name }) => name.endsWith('_history'));
  const current = random.pick(
    filled(tables).filter(({ name }) => histories.some((history) => history.name === `${name}_history`)),
  );
  const history = histories.find(({ name }) => name === `${current.name}_history`)!;
  const names = current.columns.map(({ name }) => q(name)).join(', ');
  const hides = history.rows === 0 || random.chance(0.5);
  const offset = offsetOf(random);
  return {
    what: hides ? `a row of ${current.name} hidden` : `a row of ${history.name} brought back`,
    touches: [current.name],
    run: async (on) => {
      if (hides)
        return (
          (await on.change(
            `WITH gone AS (DELETE FROM ${q(current.name)} WHERE ${at(offset, current)} RETURNING ${names})
              INSERT INTO ${q(history.name)} (${names}) SELECT * FROM gone`,
          )) === 1
        );
      const [row] = await on.rows<{ id: string }>(
        `SELECT id FROM ${q(history.name)} WHERE ${at(offset, history)}`,
      );
      await on.change(`DELETE FROM ${q(current.name)} WHERE id = $1`, [row!.id]);
      return (
        (await on.change(
          `WITH back AS (DELETE FROM ${q(history.name)} WHERE ${at(offset, history)} AND id = $1 RETURNING ${names})
            INSERT INTO ${q(current.name)} (${names}) SELECT * FROM back`,
          [row!.id],
        )) === 1
      );
    },
  };
};

/** A record put under another seal. */
const underAnotherSeal: Kind = (tables, random) => {
  const table = random.pick(filled(tables).filter(({ name }) => RECORDS.includes(name)));
  return {
    what: `a record of ${table.name} moved under another seal`,
    touches: [table.name],
    run: async (on) =>
      (await on.change(
        `UPDATE ${q(table.name)} SET xid = (SELECT (upto::text::bigint - 1)::text::xid8 FROM ledger_seal
            WHERE upto <> (SELECT min(s.upto) FROM ledger_seal AS s WHERE s.upto > ${q(table.name)}.xid)
            ORDER BY seal OFFSET ${random.integer(0, 2)} LIMIT 1)
          WHERE ${at(offsetOf(random), table)}`,
      )) === 1,
  };
};

/** Audit records moved to another month's partition, or a whole partition taken out or emptied. */
const partition: Kind = (tables, random) => {
  const table = tables.find(({ name }) => name === 'audit_record')!;
  const way = random.pick(['moved', 'moved', 'detached', 'emptied', 'forgotten'] as const);
  return {
    what: `audit records: ${way}`,
    touches: ['audit_record'],
    run: async (on) => {
      const [row] = await on.rows<{ part: string; id: string }>(
        `SELECT tableoid::regclass::text AS part, id FROM audit_record WHERE ${at(offsetOf(random), table)}`,
      );
      const { part, id } = row!;
      if (way === 'detached') await on.change(`ALTER TABLE audit_record DETACH PARTITION ${part}`);
      else if (way === 'forgotten') await on.change(`DROP TABLE ${part}`);
      else if (way === 'emptied') await on.change(`TRUNCATE ${part}`);
      else {
        const later = (Date.now() + random.integer(32, 200) * 86_400_000).toString(16).padStart(12, '0');
        const other = `${later.slice(0, 8)}-${later.slice(8)}${id.slice(13)}`;
        await on.change('UPDATE audit_record SET id = $2 WHERE id = $1', [id, other]);
      }
      return true;
    },
  };
};

export const kinds: Readonly<Record<string, Kind>> = {
  'a value changed': editAny,
  'a time changed': time,
  'a row deleted': remove,
  'a row added': add,
  'two rows exchanged': exchange,
  'a row hidden or brought back': hideOrBringBack,
  'a record under another seal': underAnotherSeal,
  'a partition': partition,
};
