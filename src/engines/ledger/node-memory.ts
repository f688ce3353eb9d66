/**
 * What a node remembers of the ledger outside the database, in its data folder: the last head that it made or saw,
 * every head that it found missing later, and every fault that only it could see. A file for each database,
 * `ledger-head-<database>.json`, with a line of JSON for each; it is never overwritten with less than it holds.
 *
 * Files of other databases count too where their heads have this ledger's key: a copy that is put in the place of the
 * database has another name, and the same key. Where the server is no sandbox, so do files of a database that was called
 * the same in the same cluster, whatever their key: it was replaced by the one that is called so now.
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
  /** The same, and every head that was found missing. */
  heads(): SignedHead[];
  /** What this node raises an alarm about, until an operator has accepted it. */
  alarms(): readonly Fault[];
  /** Remembers a head in place of the one before it. */
  keep(head: SignedHead): void;
  /** Raises an alarm. @param missed a head that is to be remembered for ever @returns false where it was raised before */
  raise(alarm: Fault, missed?: SignedHead): boolean;
  /** Writes the file where there is something new. @throws where it can't be written */
  save(): Promise<void>;
  /** Takes in alarms of other processes of this folder, and drops all where an operator has put the file away. */
  refresh(): Promise<void>;
  /** Every head and alarm of this ledger in the folder's files, as they are now. */
  read(): Promise<{ heads: SignedHead[]; alarms: Fault[] }>;
}

const FILE = /^ledger-head-.+\.json$/;

/**
 * @param keyId of this ledger: heads of another key in another database's file are another ledger's
 * @param called what the database is called in its cluster; absent of a sandbox, whose database may be made anew
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
      // Another process of the same folder may have raised an alarm, or seen a later head.
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
      // Two processes that write at once: one may have missed what the other wrote a moment before.
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

/** Each alarm once. */
function unique(alarms: readonly Fault[]): Fault[] {
  return [...new Map(alarms.map((each) => [JSON.stringify(each), each])).values()];
}

/** Writes the lines into a new file and puts it in the place of the old one, so that a reader sees one of the two. */
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

/** What the folder's other files remember. */
async function othersIn(folder: string, file: string): Promise<Remembered[]> {
  const names = (await readdir(folder).catch(() => [])).filter((each) => FILE.test(each) && each !== file);
  return Promise.all(names.map((each) => readFileOf(join(folder, each))));
}

/**
 * Puts away what a node remembers, also of databases that this one has replaced, so that the alarms end; the files are
 * kept under other names. @returns the first one's new path
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

/** What the folder's files remember of another database of this cluster that was called the same. */
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

/** What the database is called in its cluster, for a server that is no sandbox. */
export async function calledIn(db: Queryable, isSandbox: boolean): Promise<string | undefined> {
  if (isSandbox) return undefined;
  const [row] = await db.query<{ name: string }>({ text: 'SELECT current_database()::text AS name' });
  return row?.name;
}

/** What tells this database from every other, as far as the server says. */
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

/** Whether an alarm is about this head's number: whoever raised it wants it kept. */
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
  /** What the database was called. */
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
