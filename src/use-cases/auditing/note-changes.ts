/**
 * Audits changes to clients, policy and keys. The server compares each file that it reads with the state stored in the
 * database. A difference is recorded together with the new state, once for all nodes and their processes. So a change made while no server
 * ran is recorded at the next start. If the database is not available, the server tries again a moment later.
 * @see docs/audit.md
 */
import type { SeenFile } from '../../platform/seen-file';
import { within } from '../../platform/wait-at-most';
import type { Database } from '../../platform/postgres';
import { exchangeAdministeredFile } from '../../engines/store/administered-files';
import { insertAuditRows } from '../../engines/store/audit';
import { administrationFacts, type Administrator } from './administration';
import { AUDIT_COLUMNS } from './audit-record';
import { cleanText } from './clean-text';
import type { Recorder } from './recorder';

export interface ChangeNotes {
  /** Resolves when the state is stored, or after a moment. Never throws. */
  note(file: SeenFile): Promise<void>;
  stop(): void;
}

export interface ChangeNotesOptions {
  database: Database;
  rows: Recorder['rows'];
  by: () => Administrator;
  onProblem: (text: string, error: unknown) => void;
  /** Called for each difference that this process has recorded. */
  onRecorded?: ((file: SeenFile) => void) | undefined;
}

const LONGEST_WAIT_MILLIS = 2_000;
const RETRY_MILLIS = 2_000;

export function createChangeNotes({
  database,
  rows,
  by,
  onProblem,
  onRecorded,
}: ChangeNotesOptions): ChangeNotes {
  let waiting: SeenFile[] = [];
  let writing: Promise<void> | undefined;
  let retry: NodeJS.Timeout | undefined;

  const write = async (): Promise<void> => {
    try {
      for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
        if (await noteFile(database, rows, next, by())) onRecorded?.(next);
        waiting = waiting.slice(1);
      }
    } catch (error) {
      onProblem('could not record a change of clients, policy or keys; the server tries again', error);
      retry ??= setTimeout(() => {
        retry = undefined;
        void flush();
      }, RETRY_MILLIS).unref();
    }
  };
  const flush = (): Promise<void> => {
    writing ??= write().finally(() => {
      writing = undefined;
    });
    return writing;
  };
  return {
    note: (file) => {
      waiting.push(file);
      return within(flush(), LONGEST_WAIT_MILLIS);
    },
    stop: () => clearTimeout(retry),
  };
}

/**
 * Stores one state of a file, and records how it differs from the previous state.
 * @returns whether it differs and was recorded @throws when the database is not available
 */
export async function noteFile(
  database: Database,
  rows: Recorder['rows'],
  file: SeenFile,
  by: Administrator,
): Promise<boolean> {
  return database.transaction(async (tx) => {
    const before = await exchangeAdministeredFile(tx, { ...file, parts: storable(file.parts) });
    if (before === undefined) return false;
    const facts = administrationFacts(
      {
        interaction: '$changed',
        action: 'U',
        target: file.name,
        remark: `${differences(before.parts, storable(file.parts))}; SHA-256 ${file.sha256}, before ${before.sha256}`,
      },
      by,
    );
    await insertAuditRows(tx, AUDIT_COLUMNS, rows(facts).rows);
    return true;
  });
}

/** Removes NUL and unpaired surrogates, which a key in the file may contain and PostgreSQL cannot store. */
function storable(parts: SeenFile['parts']): SeenFile['parts'] {
  const clean = (text: string): string => cleanText(text) ?? '';
  return Object.fromEntries(Object.entries(parts).map(([name, state]) => [clean(name), clean(state)]));
}

const MOST_TOLD = 50;

/** `added ward-b; changed ward-a (enabled → disabled); removed ward-c` */
export function differences(before: SeenFile['parts'], after: SeenFile['parts']): string {
  const told: string[] = [];
  const word = (state: string): string => state.split(' ')[0]!.slice(0, 60);
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [before[name], after[name]];
    if (was === is) continue;
    if (was === undefined) told.push(`added ${name}`);
    else if (is === undefined) told.push(`removed ${name}`);
    else told.push(`changed ${name}${word(was) === word(is) ? '' : ` (${word(was)} → ${word(is)})`}`);
  }
  if (told.length === 0) return 'changed in its form only';
  const more = told.length > MOST_TOLD ? `; and ${told.length - MOST_TOLD} more` : '';
  return told.slice(0, MOST_TOLD).join('; ') + more;
}
