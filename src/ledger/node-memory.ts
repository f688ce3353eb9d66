/**
 * What a node remembers of the ledger outside the database, in its data folder: the last head that it made or saw,
 * every head that it found missing later, and every fault that only it could see. A file for each database,
 * `ledger-head-<database>.json`, with a line of JSON for each; it is never overwritten with less than it holds.
 *
 * Files of other databases count too where their heads have this ledger's key: a copy that is put in the place of the
 * database has another name, and the same key.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Queryable } from '../platform/postgres';
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

/** @param keyId of this ledger: heads of another key in another database's file are another ledger's */
export async function openNodeMemory(folder: string, database: string, keyId: string): Promise<NodeMemory> {
  const file = fileOf(database);
  const path = join(folder, file);
  const before = await readFileOf(path);
  const missed = new Map<string, SignedHead>();
  const alarms = new Map<string, Fault>();
  const adopt = (more: readonly Fault[]): void => {
    for (const alarm of more) alarms.set(JSON.stringify(alarm), alarm);
  };
  adopt(before.alarms);
  let last = newest(before.heads.filter(({ head }) => readHead(head)?.key === keyId));
  for (const head of before.heads) if (head.head !== last?.head) missed.set(head.head, head);
  let saved = true;

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
      const lines = [...heads.values()].map(lineOf);
      for (const alarm of alarms.values()) lines.push(JSON.stringify({ alarm }));
      const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.new`;
      try {
        await writeFile(temporary, `${lines.join('\n')}\n`, { mode: 0o600 });
        await rename(temporary, path);
      } catch (error) {
        await rm(temporary, { force: true }).catch(() => undefined);
        throw error;
      }
      saved = true;
    },
    refresh: async () => {
      if (!saved) return;
      const there = await readFileOf(path);
      if (!there.exists && alarms.size > 0) {
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
      const names = (await readdir(folder).catch(() => [])).filter(
        (each) => FILE.test(each) && each !== file,
      );
      const others = await Promise.all(names.map((each) => readFileOf(join(folder, each))));
      const heads = others.flatMap((each) => each.heads.filter(({ head }) => readHead(head)?.key === keyId));
      return { heads: [...mine.heads, ...heads], alarms: mine.alarms };
    },
  };
}

/** Puts away what a node remembers, so that the alarms end; the file is kept under another name. @returns its new path */
export async function putMemoryAway(
  folder: string,
  database: string,
  now: Date,
): Promise<string | undefined> {
  const path = join(folder, fileOf(database));
  const kept = `${path}.accepted-${now.toISOString().replaceAll(':', '')}`;
  try {
    await rename(path, kept);
    return kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
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
}

async function readFileOf(path: string): Promise<Remembered> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const lines = (text ?? '').split('\n');
  return { exists: text !== undefined, heads: lines.flatMap(headOf), alarms: lines.flatMap(alarmOf) };
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
