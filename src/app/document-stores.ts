/**
 * Opens the places of documents that DOCUMENT_STORE names, and keeps them free of objects that nothing needs; and the
 * places of exported months of the audit trail.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config';
import { isAnyOutside } from '../engines/store/document-bytes';
import { openDocuments, type Documents } from '../engines/store/documents';
import { keepLease } from '../engines/store/leases';
import { openMonthFiles, type MonthFiles } from '../engines/store/month-files';
import { sweepDocuments } from '../engines/store/sweep-documents';
import { describeError, type Logger } from '../platform/logger';
import { openObjectStore } from '../platform/object-stores/open-object-store';
import type { Database } from '../platform/postgres';
import { sparing } from '../platform/warn-sparingly';

/** The word for the database in DOCUMENT_STORE. */
const DATABASE = 'database';

export function openDocumentStores({ documentStore }: Pick<Config, 'documentStore'>): Documents {
  const outside = documentStore.filter((place) => place !== DATABASE).map((place) => openObjectStore(place));
  return openDocuments(outside, (documentStore[0] ?? DATABASE) === DATABASE ? 'database' : 'outside');
}

/** The places of exported months of the audit trail. */
export function openAuditMonths({ auditMonthsStore }: Pick<Config, 'auditMonthsStore'>): MonthFiles {
  return openMonthFiles(auditMonthsStore.map((place) => openObjectStore(place, true)));
}

/** A sentence for an operator when documents are outside and no place outside is named. */
export async function placesMissing(database: Database, documents: Documents): Promise<string | undefined> {
  return documents.outside.length === 0 && (await isAnyOutside(database))
    ? 'DOCUMENT_STORE must name the folder or the object store of this database’s documents: some of them are outside of the database.'
    : undefined;
}

const HOUR = 3_600_000;

export interface Sweep {
  start(): void;
  stop(): Promise<void>;
}

/** Sweeps every hour, on one node at a time. */
export function sweepStores(database: Database, documents: Documents, log: Logger, now: () => Date): Sweep {
  const ending = new AbortController();
  const warn = sparing((text, error: unknown) => log.warn({ err: describeError(error) }, text));
  const pause = (signal: AbortSignal): Promise<unknown> =>
    sleep(HOUR, undefined, { signal, ref: false }).catch(() => undefined);
  const sweep = async (held: AbortSignal): Promise<void> => {
    for (const store of documents.outside) {
      const removed = await sweepDocuments(database, store, { now, signal: held });
      if (removed > 0) log.info({ store: store.name, removed }, 'removed documents that nothing needs');
    }
    await pause(held);
  };
  let running: Promise<void> | undefined;
  return {
    start: () => {
      if (documents.outside.length === 0) return;
      running ??= keepLease(database, 'documents', sweep, {
        signal: ending.signal,
        onProblem: (error) => warn('could not look for documents that nothing needs', error),
      });
    },
    stop: async () => {
      ending.abort();
      await running;
    },
  };
}
