/**
 * Keeps derived columns equal to the definitions: finds at start which definitions have changed, moves rows that are in
 * another table than their type's before anything is served, and rebuilds the other columns in the background.
 * @see docs/decisions/0043-facts-and-derivations.md
 */
import type { ResourceDefinition } from '../definitions/resource-definition';
import { fingerprintOf } from '../engines/indexing/fingerprint';
import { indexedTablesOf, type IndexedTable } from '../engines/indexing/indexed-table';
import {
  askToReindex,
  missingTables,
  readIndexedTypes,
  readReindexing,
  recordMoved,
  recordTypes,
  tablesWithRows,
  typesIn,
  type IndexedType,
} from '../engines/store/index-state';
import { moveRows, type Move } from '../engines/store/move-rows';
import { reindexAlone } from '../engines/store/reindex-alone';
import type { Database, Queryable, Session } from '../platform/postgres';
import { codeVersionOf } from './code-version';
import { StartFailure } from './start-failure';

/** The definitions as indexing needs them. */
export interface Indexed {
  tables: readonly IndexedTable[];
  /** By type. */
  tableOf: ReadonlyMap<string, IndexedTable>;
  fingerprints: Readonly<Record<string, string>>;
}

export function indexedBy(definitions: readonly ResourceDefinition[], codeOf = codeVersionOf): Indexed {
  const tables = indexedTablesOf(definitions);
  const types = tables.flatMap((table) => [...table.definitions].map((each) => [table, ...each] as const));
  return {
    tables,
    tableOf: new Map(types.map(([table, type]) => [type, table])),
    fingerprints: Object.fromEntries(
      types.map(([, type, definition]) => [type, fingerprintOf(definition, codeOf(type))]),
    ),
  };
}

/** Types whose derived columns may not match the definitions: being rebuilt, or waiting for it. */
export async function pendingTypes(db: Queryable, { fingerprints }: Indexed): Promise<string[]> {
  const known = await readIndexedTypes(db);
  const changed = Object.keys(fingerprints).filter((type) => {
    const fingerprint = known.get(type)?.fingerprint;
    return fingerprint !== undefined && fingerprint !== fingerprints[type];
  });
  const asked = (await readReindexing(db)).flatMap(({ wanted }) => Object.keys(wanted));
  return [...new Set([...changed, ...asked])].sort();
}

export interface Moving {
  database: Database;
  indexed: Indexed;
  say: (message: string, fields?: object) => void;
  stop?: AbortSignal | undefined;
}

/**
 * Checks before anything is served that every table exists, that every stored type has a definition, and that its rows
 * are in its table. Requests a rebuild for other changes.
 * @throws StartFailure when a table or a definition is missing
 */
export async function bringIndexUpToDate({ database, indexed, say, stop }: Moving): Promise<void> {
  const missing = await missingTables(
    database,
    indexed.tables.map(({ name }) => name),
  );
  if (missing.length > 0)
    throw new StartFailure(
      missing.map(
        (name) =>
          `The definitions need the table ${name}, which the database does not have. Write a migration for it: npm run migration NAME`,
      ),
    );
  const known = await readIndexedTypes(database);
  const moves = await movesNeeded(database, indexed, known);
  if (moves.length > 0)
    await reindexAlone(
      database,
      { waits: true, stop, onWait: () => say('another node is moving or indexing rows; waiting for it') },
      async (session) => {
        for (const move of moves) await carryOut(session, move, say, stop);
      },
    );
  await askForWhatChanged(database, indexed, known);
}

/** The rows that are in another table than their type's. @throws StartFailure when a stored type has no definition */
export async function movesNeeded(
  db: Queryable,
  { tables, tableOf }: Indexed,
  known: ReadonlyMap<string, IndexedType>,
): Promise<Move[]> {
  const shared = tables.filter(({ typeColumn }) => typeColumn !== undefined);
  const columnOf = new Map(shared.map(({ name, typeColumn }) => [name, typeColumn]));
  const places: [type: string, table: string][] = [...known].map(([type, { table }]) => [type, table]);
  for (const table of shared) for (const type of await typesIn(db, table)) places.push([type, table.name]);
  const moves = new Map<string, Move>();
  const homeless: string[] = [];
  for (const [type, table] of places) {
    const into = tableOf.get(type);
    if (into?.name === table) continue;
    if (into === undefined) {
      if (await hasRows(db, type, table, columnOf.get(table)))
        homeless.push(
          `The table ${table} has rows of ${type}, which has no definition. Start a version of Homeward that defines ${type}.`,
        );
      continue;
    }
    const typeColumn = columnOf.get(table);
    const from = { table, ...(typeColumn === undefined ? {} : { typeColumn }) };
    if ((await missingTables(db, [table])).length === 0) moves.set(`${type} ${table}`, { type, from, into });
  }
  if (homeless.length > 0) throw new StartFailure(homeless);
  return [...moves.values()];
}

async function hasRows(
  db: Queryable,
  type: string,
  table: string,
  typeColumn: string | undefined,
): Promise<boolean> {
  if ((await missingTables(db, [table])).length > 0) return false;
  if (typeColumn === undefined) return (await tablesWithRows(db, [table])).size > 0;
  return (await typesIn(db, { name: table, typeColumn, definitions: new Map(), derived: [] })).includes(type);
}

const SAY_EVERY_MILLIS = 10_000;

export async function carryOut(
  session: Session,
  move: Move,
  say: Moving['say'],
  stop: AbortSignal | undefined,
): Promise<number> {
  const { type, from, into } = move;
  const fields = { type, from: from.table, into: into.name };
  say('moving the rows of a type into its own table', fields);
  let said = Date.now();
  const onProgress = (moved: number): void => {
    if (Date.now() - said < SAY_EVERY_MILLIS) return;
    said = Date.now();
    say('still moving rows', { ...fields, moved });
  };
  const moved = await moveRows(session, move, onProgress, stop);
  await recordMoved(session, type, into.name);
  say('rows moved', { ...fields, moved });
  return moved;
}

async function askForWhatChanged(
  db: Queryable,
  { tables, fingerprints }: Indexed,
  known: ReadonlyMap<string, IndexedType>,
): Promise<void> {
  const asked = new Map((await readReindexing(db)).map(({ table, wanted }) => [table, wanted]));
  const unknown = Object.keys(fingerprints).some((type) => !known.has(type));
  const filled = unknown
    ? await tablesWithRows(
        db,
        tables.map(({ name }) => name),
      )
    : new Set<string>();
  const fresh: ({ type: string } & IndexedType)[] = [];
  for (const table of tables) {
    const changed: Record<string, string> = {};
    for (const type of table.definitions.keys()) {
      const fingerprint = fingerprints[type]!;
      const before = known.get(type)?.fingerprint;
      const wanted = asked.get(table.name)?.[type];
      if (before === undefined && !filled.has(table.name))
        fresh.push({ type, fingerprint, table: table.name });
      else if ((wanted ?? before) !== fingerprint) changed[type] = fingerprint;
    }
    if (Object.keys(changed).length > 0) await askToReindex(db, table, changed);
  }
  await recordTypes(db, fresh);
}
