/**
 * Remembers facts of the ledger outside the database, in the node's data folder: the last head that the node made or
 * saw, every head that it later found missing, and every fault that only it could see. Each database has a file,
 * `ledger-head-<database>.json`, with a line of JSON for each fact. A file is never overwritten with fewer facts.
 *
 * When an operator accepts what is there, the file moves to `<file>.accepted-<time>`. That name ends every fact from
 * before, in each process that shares the folder: a file says which acceptance its facts come after, and one that does
 * not know the newest is not read. So a process that writes late what it still remembers brings nothing back.
 *
 * Files of other databases are read too if their heads have this ledger's key, because a copy that replaces the
 * database has another name and the same key. If the server is not a sandbox, files of a database with the same name in
 * the same cluster are also read, whatever their key: the current database has replaced it.
 */
import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
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
  /** Reads alarms of other processes that use this folder, and drops what an operator has accepted. */
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
  const before = await readCurrent(folder, file);
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
  let { accepted } = before;

  /** @returns the facts of the file, after this process has dropped what was accepted and taken the others' alarms */
  const merge = async (): Promise<Remembered> => {
    const there = await readCurrent(folder, file, accepted);
    if (there.accepted > accepted) {
      await dropAccepted(alarms, acceptedAs(path, there.accepted));
      missed.clear();
      last = undefined;
      ({ accepted } = there);
    }
    adopt(there.alarms);
    return there;
  };

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
      const there = await merge();
      const heads = new Map([...missed, ...(last ? [[last.head, last] as const] : [])]);
      for (const each of there.heads)
        if (isLater(each, last) || isAlarming(each, alarms.values())) heads.set(each.head, each);
      const facts = { heads: [...heads.values()], alarms: [...alarms.values()], called, accepted };
      await replaceFile(path, linesOf(facts));
      saved = true;
    },
    refresh: async () => {
      const there = await merge();
      const known = textsOf(there.alarms);
      // If two processes write at once, one may have missed what the other wrote just before.
      if (isLater(last, newest(there.heads)) || [...alarms.keys()].some((alarm) => !known.has(alarm)))
        saved = false;
    },
    read: async () => {
      const mine = await merge();
      const others = await headsInOthers(folder, file, keyId);
      return { heads: [...mine.heads, ...others], alarms: [...alarms.values()] };
    },
  };
}

/** Removes the alarms that an operator has seen in the file that was accepted, and those about a head from before. */
async function dropAccepted(alarms: Map<string, Fault>, acceptedFile: string): Promise<void> {
  const seen = textsOf((await readFileOf(acceptedFile)).alarms);
  for (const [text, { kind }] of alarms)
    if (kind === 'cut' || kind === 'key' || seen.has(text)) alarms.delete(text);
}

const textsOf = (alarms: readonly Fault[]): Set<string> =>
  new Set(alarms.map((alarm) => JSON.stringify(alarm)));

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

/** The heads of this ledger in the folder's other files. */
async function headsInOthers(folder: string, file: string, keyId: string): Promise<SignedHead[]> {
  const names = (await readdir(folder).catch(() => [])).filter((each) => FILE.test(each) && each !== file);
  const others = await Promise.all(names.map((each) => readCurrent(folder, each)));
  return others.flatMap(({ heads }) => heads.filter(({ head }) => readHead(head)?.key === keyId));
}

/**
 * Accepts what a node remembers, also of databases that this one has replaced: moves the files away, so that the alarms
 * end in every process that shares the folder. The files are kept under other names.
 * @returns the new path of the first one
 */
export async function putMemoryAway(
  folder: string,
  database: string,
  now: Date,
  called?: string,
): Promise<string | undefined> {
  const own = fileOf(database);
  const replaced = await replacedBy(folder, database, called);
  const time = now.toISOString().replaceAll(':', '');
  const before = await lastAccepted(folder, own);
  // After the acceptance before, even if the clock was put back.
  const stamp = time > before ? time : `${before}+`;
  let first: string | undefined;
  for (const file of [own, ...replaced.map(({ name }) => name)]) {
    const path = join(folder, file);
    const kept = acceptedAs(path, stamp);
    try {
      await rename(path, kept);
      first ??= kept;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  // Makes the name that tells the processes of this database, if only other files were there.
  if (first !== undefined) await appendFile(acceptedAs(join(folder, own), stamp), '', { mode: 0o600 });
  return first;
}

const ACCEPTED = '.accepted-';
const acceptedAs = (path: string, stamp: string): string => `${path}${ACCEPTED}${stamp}`;

/** The time of the newest acceptance of a file, such as `2026-11-27T143002.511Z`; empty if there was none. */
async function lastAccepted(folder: string, file: string): Promise<string> {
  const names = await readdir(folder).catch(() => []);
  const stamps = names.flatMap((name) =>
    name.startsWith(`${file}${ACCEPTED}`) ? [name.slice(file.length + ACCEPTED.length)] : [],
  );
  return stamps.reduce((newest, each) => (each > newest ? each : newest), '');
}

/**
 * The facts of a file. They are none if they come from before the newest acceptance.
 * @param known an acceptance that the process knows of, whose file may have been removed since
 */
async function readCurrent(folder: string, file: string, known = ''): Promise<Remembered> {
  // First the file: an acceptance that comes in between ends what was read.
  const facts = await readFileOf(join(folder, file));
  const stamp = await lastAccepted(folder, file);
  const accepted = stamp > known ? stamp : known;
  return facts.accepted >= accepted ? facts : { ...facts, accepted, heads: [], alarms: [] };
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
    names.map(async (name) => ({ name, ...(await readCurrent(folder, name)) })),
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
  heads: SignedHead[];
  alarms: Fault[];
  /** The time of the acceptance after which they were written; empty if there was none. */
  accepted: string;
  /** The name of the database. */
  called: string | undefined;
}

function linesOf({ heads, alarms, called, accepted }: Remembered): string[] {
  return [
    ...heads.map(lineOf),
    ...alarms.map((alarm) => JSON.stringify({ alarm })),
    ...(called === undefined ? [] : [JSON.stringify({ database: called })]),
    ...(accepted === '' ? [] : [JSON.stringify({ accepted })]),
  ];
}

async function readFileOf(path: string): Promise<Remembered> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const lines = (text ?? '').split('\n');
  return {
    heads: lines.flatMap(headOf),
    alarms: lines.flatMap(alarmOf),
    called: textIn(lines, 'database'),
    accepted: textIn(lines, 'accepted') ?? '',
  };
}

/** The text of this name in the first line that has it. */
function textIn(lines: readonly string[], name: 'database' | 'accepted'): string | undefined {
  for (const line of lines)
    try {
      const value = (JSON.parse(line) as Record<string, unknown> | null)?.[name];
      if (typeof value === 'string') return value;
    } catch {
      continue;
    }
  return undefined;
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
