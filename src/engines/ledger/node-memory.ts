/**
 * Remembers facts of the ledger outside the database, in the node's data folder: the last head that the node made or
 * saw, every head that it later found missing, and every fault that only it could see. Each database has a file,
 * `ledger-head-<database>.json`, with a line of JSON for each fact. A file is never overwritten with fewer facts.
 *
 * Files of other databases are read too if their heads have this ledger's key, because a copy that replaces the
 * database has another name and the same key. If the server is not a sandbox, files of a database with the same name in
 * the same cluster are also read, whatever their key: the current database has replaced it.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Queryable } from '../../platform/postgres';
import { headOf, lineOf } from './anchor';
import type { Fault } from './fault';
import { readHead, type SignedHead } from './head';

export interface NodeMemory {
  /** The file, for operators. */
  name: string;
  /** The last head of this node; undefined before the first. */
  last(): SignedHead | undefined;
  /** The last head, and every head that was found missing. */
  heads(): SignedHead[];
  /** The alarms of this node that an operator has not accepted yet. */
  alarms(): readonly Fault[];
  /** Remembers a head instead of the previous one. */
  keep(head: SignedHead): void;
  /** Raises an alarm. @param missed a head to remember permanently @returns false when the alarm was raised before */
  raise(alarm: Fault, missed?: SignedHead): boolean;
  /** Writes the file if there is something new. @throws when it cannot be written */
  save(): Promise<void>;
  /**
   * Reads alarms of other processes that use this folder, and drops all alarms if an operator has moved the file away.
   */
  refresh(): Promise<void>;
  /** Every head and alarm of this ledger in the folder's files, as they are now. */
  read(): Promise<{ heads: SignedHead[]; alarms: Fault[] }>;
}

const FILE = /^ledger-head-.+\.json$/;

/**
 * @param keyId the key of this ledger: heads with another key in another database's file belong to another ledger
 * @param called the name of the database in its cluster; absent for a sandbox, whose database may be created again
 */
export async function openNodeMemory(
  folder: string,
  database: string,
  keyId: string,
  called?: string,
): Promise<NodeMemory> {
  const file = fileOf(database);
  const path = join(folder, file);
  const before = await readFileOf(path);
  const replaced = (await replacedBy(folder, database, called)).filter(
    ({ heads }) => !heads.every(({ head }) => readHead(head)?.key === keyId),
  );
  const missed = new Map<string, SignedHead>();
  const alarms = new Map<string, Fault>();
  const adopt = (more: readonly Fault[]): void =>
    more.forEach((alarm) => alarms.set(JSON.stringify(alarm), alarm));
  adopt(before.alarms);
  for (const { name, alarms: others } of replaced) adopt([...others, replacedAlarm(name)]);
  let last = newest(before.heads.filter(({ head }) => readHead(head)?.key === keyId));
  for (const head of before.heads) if (head.head !== last?.head) missed.set(head.head, head);
  let saved = alarms.size === before.alarms.length;
  let wasSaved = before.exists;

  return {
    name: path,
    last: () => last,
    heads: () => [...missed.values(), ...(last ? [last] : [])],
    alarms: () => [...alarms.values()],
    keep: (head) => {
      if (head.head === last?.head) return;
      last = head;
      saved = false;
    },
    raise: (alarm, missing) => {
      const text = JSON.stringify(alarm);
      if (alarms.has(text)) return false;
      alarms.set(text, alarm);
      if (missing) missed.set(missing.head, missing);
      saved = false;
      return true;
    },
    save: async () => {
      if (saved) return;
      await mkdir(folder, { recursive: true, mode: 0o700 });
      // Another process that uses this folder may have raised an alarm, or seen a later head.
      const there = await readFileOf(path);
      adopt(there.alarms);
      const heads = new Map([...missed, ...(last ? [[last.head, last] as const] : [])]);
      for (const each of there.heads)
        if (isLater(each, last) || isAlarming(each, alarms.values())) heads.set(each.head, each);
      await replaceFile(path, [
        ...[...heads.values()].map(lineOf),
        ...[...alarms.values()].map((alarm) => JSON.stringify({ alarm })),
        ...(called === undefined ? [] : [JSON.stringify({ database: called })]),
      ]);
      saved = true;
      wasSaved = true;
    },
    refresh: async () => {
      if (!saved) return;
      const there = await readFileOf(path);
      if (!there.exists && wasSaved && alarms.size > 0) {
        alarms.clear();
        missed.clear();
        last = undefined;
        return;
      }
      const known = new Set(there.alarms.map((alarm) => JSON.stringify(alarm)));
      // If two processes write at once, one may have missed what the other wrote just before.
      saved = !isLater(last, newest(there.heads)) && [...alarms.keys()].every((alarm) => known.has(alarm));
      adopt(there.alarms);
    },
    read: async () => {
      const mine = await readFileOf(path);
      const others = await othersIn(folder, file);
      const heads = others.flatMap((each) => each.heads.filter(({ head }) => readHead(head)?.key === keyId));
      return { heads: [...mine.heads, ...heads], alarms: unique([...alarms.values(), ...mine.alarms]) };
    },
  };
}

/** Removes duplicate alarms. */
function unique(alarms: readonly Fault[]): Fault[] {
  return [...new Map(alarms.map((each) => [JSON.stringify(each), each])).values()];
}

/** Writes a new file and renames it over the old one, so that a reader sees a complete file. */
async function replaceFile(path: string, lines: readonly string[]): Promise<void> {
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.new`;
  try {
    await writeFile(temporary, `${lines.join('\n')}\n`, { mode: 0o600 });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** The facts in the folder's other files. */
async function othersIn(folder: string, file: string): Promise<Remembered[]> {
  const names = (await readdir(folder).catch(() => [])).filter((each) => FILE.test(each) && each !== file);
  return Promise.all(names.map((each) => readFileOf(join(folder, each))));
}

/**
 * Moves away the memory of a node, including that of databases that this one has replaced, so that the alarms end. The
 * files are kept under other names.
 * @returns the new path of the first one
 */
export async function putMemoryAway(
  folder: string,
  database: string,
  now: Date,
  called?: string,
): Promise<string | undefined> {
  const replaced = await replacedBy(folder, database, called);
  let first: string | undefined;
  for (const file of [fileOf(database), ...replaced.map(({ name }) => name)]) {
    const path = join(folder, file);
    const kept = `${path}.accepted-${now.toISOString().replaceAll(':', '')}`;
    try {
      await rename(path, kept);
      first ??= kept;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return first;
}

/** The facts about another database of this cluster that had the same name. */
async function replacedBy(
  folder: string,
  database: string,
  called: string | undefined,
): Promise<(Remembered & { name: string })[]> {
  if (called === undefined) return [];
  const ofCluster = fileOf(database).replace(/\d+\.json$/, '');
  const names = (await readdir(folder).catch(() => [])).filter(
    (name) => FILE.test(name) && name.startsWith(ofCluster) && name !== fileOf(database),
  );
  const files = await Promise.all(
    names.map(async (name) => ({ name, ...(await readFileOf(join(folder, name))) })),
  );
  return files.filter((file) => file.called === called);
}

const replacedAlarm = (file: string): Fault => ({
  kind: 'key',
  text:
    `The database was replaced by another with another key. ${file} in DATA_DIR records the ledger of the previous database. ` +
    'If this is intended, run: homeward ledger accept --reason "…"',
});

/** The name of the database in its cluster, if the server is not a sandbox. */
export async function calledIn(db: Queryable, isSandbox: boolean): Promise<string | undefined> {
  if (isSandbox) return undefined;
  const [row] = await db.query<{ name: string }>({ text: 'SELECT current_database()::text AS name' });
  return row?.name;
}

/** A name that distinguishes this database from others, from what the server reports. */
export async function databaseName(db: Queryable): Promise<string> {
  try {
    const [row] = await db.query<{ name: string }>({
      text: `SELECT system_identifier || '-' || pg_database.oid AS name
        FROM pg_control_system(), pg_database WHERE datname = current_database()`,
    });
    return row?.name ?? 'unknown';
  } catch {
    const [row] = await db.query<{ name: string }>({
      text: 'SELECT oid::text AS name FROM pg_database WHERE datname = current_database()',
    });
    return row?.name ?? 'unknown';
  }
}

const fileOf = (database: string): string => `ledger-head-${database}.json`;

const sealOf = (head: SignedHead | undefined): number => (head ? (readHead(head.head)?.seal ?? 0) : 0);

const isLater = (head: SignedHead | undefined, than: SignedHead | undefined): boolean =>
  sealOf(head) > sealOf(than);

/** Whether an alarm is about this head's number. Such a head must be kept. */
function isAlarming(head: SignedHead, alarms: Iterable<Fault>): boolean {
  for (const { seal } of alarms) if (seal === sealOf(head)) return true;
  return false;
}

/** The head with the highest number. */
function newest(heads: readonly SignedHead[]): SignedHead | undefined {
  return heads.reduce<SignedHead | undefined>(
    (best, each) => (best === undefined || isLater(each, best) ? each : best),
    undefined,
  );
}

interface Remembered {
  exists: boolean;
  heads: SignedHead[];
  alarms: Fault[];
  /** The name of the database. */
  called: string | undefined;
}

async function readFileOf(path: string): Promise<Remembered> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const lines = (text ?? '').split('\n');
  return {
    exists: text !== undefined,
    heads: lines.flatMap(headOf),
    alarms: lines.flatMap(alarmOf),
    called: lines.map(calledOf).find((each) => each !== undefined),
  };
}

function calledOf(line: string): string | undefined {
  try {
    const { database } = JSON.parse(line) as { database?: unknown };
    return typeof database === 'string' ? database : undefined;
  } catch {
    return undefined;
  }
}

function alarmOf(line: string): Fault[] {
  try {
    const { alarm } = JSON.parse(line) as { alarm?: Fault };
    return alarm !== undefined && typeof alarm.kind === 'string' && typeof alarm.text === 'string'
      ? [alarm]
      : [];
  } catch {
    return [];
  }
}
