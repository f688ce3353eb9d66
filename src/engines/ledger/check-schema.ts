/**
 * Compares the definitions of the database with those that this version's migrations create. Anything missing, altered,
 * or added to one of our tables is a fault with its name. Other objects that an operator adds (an index, a table) are
 * allowed.
 */
import { boundsOfMonth } from '../../platform/months';
import type { Queryable } from '../../platform/postgres';
import { checkBuiltIns } from './check-built-ins';
import type { Faults } from './fault';
import { readSchema, SWITCHED_OFF, type Schema } from './schema';

/** The definitions that a freshly migrated database has, and the migrations that made them. */
export interface ExpectedSchema {
  migrations: readonly string[];
  objects: Readonly<Record<string, string>>;
}

/** The table that gets a new partition each month and loses old ones. */
const PARTITIONED = 'audit_record';
const DEFAULT_PARTITION = `${PARTITIONED}_default`;

/** Kinds of objects that may be added to a table, because they do not change it. */
const MAY_BE_ADDED = new Set(['index']);

/** @returns false when the database has another version's definitions: nothing is compared then */
export async function checkSchema(db: Queryable, expected: ExpectedSchema, faults: Faults): Promise<boolean> {
  const add = (text: string): void => faults.add({ kind: 'shape', text });
  const names = namesIn(expected);
  const { schema, migrations, strangers, isCatalogFirst } = await placeOf(db, names);
  const here = new Set(migrations);
  const missing = expected.migrations.filter((name) => !here.has(name));
  const more = migrations.filter((name) => !expected.migrations.includes(name));
  if (migrations.length === 0) {
    add('The table schema_migration is missing. The database has no Homeward tables, or it was damaged.');
    return false;
  }
  if (missing.length + more.length > 0) {
    add(
      `The database was migrated by another version of Homeward (${[...missing, ...more].join(', ')}). Verify it with that version, or start this one first.`,
    );
    return false;
  }
  if (!isCatalogFirst) add('The search path finds other functions before the functions of PostgreSQL.');
  for (const stranger of strangers) add(`The search path finds a different ${stranger}, not Homeward’s.`);
  for (const text of await checkBuiltIns(db, schema)) add(text);
  const found = await readSchema(db, { schema, ...names });
  compare(expected.objects, found, add);
  comparePartitions(expected.objects, found, add);
  return true;
}

/** `column observation.value` → its kind, the table it is of, and its name. */
function partsOf(object: string): { kind: string; of: string; name: string } {
  const [, kind = '', name = ''] = /^(event trigger|\w+) (.*)$/s.exec(object) ?? [];
  const [of = ''] = name.split(/[.(]/);
  return { kind, of, name };
}

function compare(
  expected: Readonly<Record<string, string>>,
  found: Schema,
  add: (text: string) => void,
): void {
  const gone = new Set<string>();
  const strangers = [...found.keys()].flatMap((object) => {
    const { kind, name } = partsOf(object);
    return kind === 'table' && !(object in expected) ? [name] : [];
  });
  const isOfStranger = (kind: string, name: string): boolean =>
    kind !== 'heir' && strangers.some((table) => name.startsWith(`${table}.`));
  for (const [object, definition] of Object.entries(expected)) {
    const now = found.get(object);
    const { kind, of } = partsOf(object);
    if (now === definition || gone.has(of)) continue;
    add(`The ${object} ${now === undefined ? 'is missing' : 'was changed'}.`);
    // The columns and indexes of a missing table are not reported separately.
    if (now === undefined && kind === 'table') gone.add(of);
  }
  for (const [object, definition] of found) {
    const { kind, of, name } = partsOf(object);
    if (object in expected || MAY_BE_ADDED.has(kind) || isMonth(of) || isOfStranger(kind, name)) continue;
    if (kind === 'table' && of.startsWith(`${PARTITIONED}_`))
      add(`The ${object} is not a partition of Homeward.`);
    else if (definition === SWITCHED_OFF) add(`The ${object} was switched off.`);
    else add(`The ${object} was added.`);
  }
}

const isMonth = (name: string): boolean => /^audit_record_\d{4}_\d{2}$/.test(name);

/** Compares each month's partition with the default one, except for its bounds and its indexes. */
function comparePartitions(
  expected: Readonly<Record<string, string>>,
  found: Schema,
  add: (text: string) => void,
): void {
  const pattern = new Map<string, string>();
  for (const [object, definition] of Object.entries(expected)) {
    const { kind, of, name } = partsOf(object);
    if (of === DEFAULT_PARTITION && kind === 'column')
      pattern.set(name.slice(DEFAULT_PARTITION.length), definition);
  }
  const months = [...found.keys()].flatMap((object) => {
    const { kind, of } = partsOf(object);
    return kind === 'table' && isMonth(of) ? [of] : [];
  });
  for (const month of months) {
    if (found.get(`table ${month}`) !== boundsOf(month)) add(`The table ${month} was changed.`);
    for (const [column, definition] of pattern) {
      const object = `column ${month}${column}`;
      const now = found.get(object);
      if (now !== definition) add(`The ${object} ${now === undefined ? 'is missing' : 'was changed'}.`);
    }
  }
  for (const object of found.keys()) {
    const { kind, of, name } = partsOf(object);
    if (!isMonth(of) || kind === 'table' || kind === 'index' || kind === 'constraint') continue;
    if (kind !== 'column' || !pattern.has(name.slice(of.length))) add(`The ${object} was added.`);
  }
}

function boundsOf(month: string): string {
  const { fromId, toId } = boundsOfMonth(month.slice(-7).replace('_', '-'));
  return `FOR VALUES FROM ('${fromId}') TO ('${toId}')`;
}

function namesIn({ objects }: ExpectedSchema): { relations: string[]; functions: string[] } {
  const relations: string[] = [];
  const functions: string[] = [];
  for (const object of Object.keys(objects)) {
    const { kind, of } = partsOf(object);
    if (kind === 'table' || kind === 'view') relations.push(of);
    else if (kind === 'function') functions.push(of);
  }
  return { relations, functions: [...new Set(functions)] };
}

interface Place {
  /** The oid of the schema that contains most of the tables. */
  schema: string;
  migrations: string[];
  /** Objects of the same name that the search path finds first. */
  strangers: string[];
  isCatalogFirst: boolean;
}

async function placeOf(
  db: Queryable,
  { relations, functions }: { relations: readonly string[]; functions: readonly string[] },
): Promise<Place> {
  const [row] = await db.query<{ schema: string; strangers: string[]; first: boolean }>(
    {
      text: `WITH home AS (SELECT relnamespace AS oid FROM pg_class JOIN unnest(current_schemas(false)) AS s (name)
            ON relnamespace = quote_ident(s.name)::regnamespace
          WHERE relname = ANY($1::text[]) AND relkind IN ('r', 'p', 'v') GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)
        SELECT coalesce((SELECT oid FROM home), 0)::text AS schema,
          ARRAY(SELECT name FROM unnest($1::text[]) AS name JOIN pg_class AS c ON c.oid = to_regclass(quote_ident(name))
              WHERE c.relnamespace <> (SELECT oid FROM home)
            UNION ALL SELECT p.proname::text FROM pg_proc AS p WHERE p.proname = ANY($2::text[])
              AND p.pronamespace <> (SELECT oid FROM home) AND pg_function_is_visible(p.oid)) AS strangers,
          coalesce((SELECT s.name FROM unnest(current_schemas(true)) WITH ORDINALITY AS s (name, place)
            WHERE s.name !~ '^pg_(toast_)?temp' ORDER BY s.place LIMIT 1) = 'pg_catalog', false) AS first`,
    },
    [relations, functions],
  );
  return {
    schema: row?.schema ?? '0',
    migrations: await migrationsIn(db),
    strangers: row?.strangers ?? [],
    isCatalogFirst: row?.first ?? false,
  };
}

/** The migrations that were applied; none when their table does not exist. */
export async function migrationsIn(db: Queryable): Promise<string[]> {
  const [table] = await db.query<{ there: boolean }>({
    text: `SELECT to_regclass('schema_migration') IS NOT NULL AS there`,
  });
  if (!table?.there) return [];
  const rows = await db.query<{ name: string }>({ text: 'SELECT name FROM schema_migration ORDER BY name' });
  return rows.map(({ name }) => name);
}
