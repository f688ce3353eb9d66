/**
 * Stores heads of the ledger outside the database, so that someone who can change the database cannot change them.
 * `LEDGER_ANCHOR` names a file or an endpoint that receives each head. The stored heads show when the end of the ledger
 * was removed. (`node-memory.ts` is what a node itself remembers.)
 */
import { constants } from 'node:fs';
import { appendFile, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { isLowerCaseUuid } from '../../fhir/uuid';
import { openToRead } from '../../platform/open-to-read';
import { readHead, type AnchoredHead, type NamedSubmission, type SignedHead } from './head';

export interface Anchor {
  /** Its path or address, for operators. */
  name: string;
  /** Stores a head. @throws when it cannot be stored; the head is offered again later */
  keep(head: AnchoredHead): Promise<void>;
  /** The stored heads, if the anchor can return them. */
  heads(): Promise<SignedHead[]>;
}

const NEITHER = 'LEDGER_ANCHOR must be an https: endpoint or a file.';

/** How much of the end of an anchor file is read, about thirty thousand heads. */
const TAIL_BYTES = 16 * 1024 * 1024;

/** @param target a path, a `file:` URL, or an endpoint (`https:`; `http:` to this machine only) */
export function openAnchor(target: string): Anchor {
  if (/^https?:/i.test(target)) {
    if (!URL.canParse(target)) throw new Error(NEITHER);
    return endpoint(new URL(target));
  }
  return fileAnchor(target.startsWith('file:') ? fileURLToPath(target) : target);
}

function endpoint(url: URL): Anchor {
  const isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'https:' && !isLocal) throw new Error(NEITHER);
  return {
    // Without the user, password and query of the address, which can be secret.
    name: `${url.origin}${url.pathname}`,
    keep: async (head) => {
      const response = await fetch(url, {
        method: 'POST',
        redirect: 'error',
        headers: { 'Content-Type': 'application/json' },
        body: anchoredLine(head),
        signal: AbortSignal.timeout(10_000),
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`the anchor answered with status ${response.status}`);
    },
    heads: async () => [],
  };
}

function fileAnchor(path: string): Anchor {
  return {
    name: path,
    keep: async (head) => {
      await mkdir(dirname(path), { recursive: true });
      await appendFile(path, `${anchoredLine(head)}\n`);
    },
    heads: async () => {
      // A pipe has no end to read, and is not waited for.
      const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
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

/** A head as an anchor stores it. */
function anchoredLine({ head, signature, submissions }: AnchoredHead): string {
  return JSON.stringify({ head, signature, ...(submissions ? { submissions } : {}) });
}

/** Every head in a file of anchored heads, with the submissions that it names. @throws when the file cannot be read */
export async function* anchoredHeads(path: string, stop?: AbortSignal): AsyncGenerator<AnchoredHead> {
  const input = await openToRead(path, stop);
  for await (const line of createInterface({ input, crlfDelay: Infinity }))
    for (const head of headOf(line)) {
      const { submissions } = JSON.parse(line) as { submissions?: unknown };
      yield Array.isArray(submissions) ? { ...head, submissions: submissions.filter(isNamed) } : head;
    }
}

function isNamed(value: unknown): value is NamedSubmission {
  const { id, sender, status, sha256 } = (value ?? {}) as Partial<Record<keyof NamedSubmission, unknown>>;
  return (
    isLowerCaseUuid(String(id)) &&
    /^[0-9a-f]{64}$/.test(String(sha256)) &&
    typeof sender === 'string' &&
    typeof status === 'string'
  );
}

/** A head as a line of a file. */
export function lineOf({ head, signature }: SignedHead): string {
  return JSON.stringify({ head, signature });
}

/** The head in a line: a list of one, or empty. */
export function headOf(line: string): SignedHead[] {
  try {
    const { head, signature } = JSON.parse(line) as Partial<SignedHead>;
    return typeof head === 'string' && typeof signature === 'string' && readHead(head)
      ? [{ head, signature }]
      : [];
  } catch {
    return [];
  }
}
