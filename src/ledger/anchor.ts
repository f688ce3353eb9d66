/**
 * Heads kept where whoever can change the database cannot: `LEDGER_ANCHOR` (a file, or an endpoint that takes each
 * head), and the last head that this node has seen, in its data directory. A tail that is cut off is found by them.
 */
import { appendFile, mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Queryable } from '../platform/postgres';
import { readHead, type SignedHead } from './head';

export interface Anchor {
  /** Takes a head. @throws where it can't be kept: it is offered again */
  keep(head: SignedHead): Promise<void>;
  /** The heads that it has, as far as it can tell. */
  heads(): Promise<SignedHead[]>;
}

/** How much of an anchor file is read back: its end, some thirty thousand heads. */
const TAIL_BYTES = 16 * 1024 * 1024;

/** @param target a path, a `file:` URL, or an endpoint (`https:`; `http:` to this machine only) */
export function openAnchor(target: string): Anchor {
  if (/^https?:/i.test(target)) return endpoint(new URL(target));
  return fileAnchor(target.startsWith('file:') ? fileURLToPath(target) : target);
}

function endpoint(url: URL): Anchor {
  const isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'https:' && !isLocal)
    throw new Error('LEDGER_ANCHOR must be an https: endpoint or a file.');
  return {
    keep: async (head) => {
      const response = await fetch(url, {
        method: 'POST',
        redirect: 'error',
        headers: { 'Content-Type': 'application/json' },
        body: lineOf(head),
        signal: AbortSignal.timeout(10_000),
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`the anchor answered ${response.status}`);
    },
    heads: async () => [],
  };
}

function fileAnchor(path: string): Anchor {
  return {
    keep: async (head) => {
      await mkdir(dirname(path), { recursive: true });
      await appendFile(path, `${lineOf(head)}\n`);
    },
    heads: async () => {
      const file = await open(path).catch(() => undefined);
      if (!file) return [];
      try {
        const { size } = await file.stat();
        const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
        await file.read(tail, 0, tail.length, size - tail.length);
        return tail.toString('utf8').split('\n').flatMap(headOf);
      } finally {
        await file.close();
      }
    },
  };
}

/** The last head seen, in a file for this database alone: whole, whatever happens while it is written. */
export function lastHeadFile(folder: string, database: string): Anchor {
  const path = join(folder, `ledger-head-${database}.json`);
  return {
    keep: async (head) => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(`${path}.new`, `${lineOf(head)}\n`);
      await rename(`${path}.new`, path);
    },
    heads: async () => (await readFile(path, 'utf8').catch(() => '')).split('\n').flatMap(headOf),
  };
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

function lineOf({ head, signature }: SignedHead): string {
  return JSON.stringify({ head, signature });
}

function headOf(line: string): SignedHead[] {
  try {
    const { head, signature } = JSON.parse(line) as Partial<SignedHead>;
    return typeof head === 'string' && typeof signature === 'string' && readHead(head)
      ? [{ head, signature }]
      : [];
  } catch {
    return [];
  }
}
