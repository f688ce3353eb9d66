/**
 * The files of exported months of the audit trail, in the places that AUDIT_MONTHS_STORE names. The name of a file has a
 * part of its SHA-256, so that nothing is ever overwritten by other bytes.
 * @see docs/audit-months.md
 */
import type { ObjectStore } from '../../platform/object-stores/object-store';
import { readPieces } from '../../platform/object-stores/read-pieces';

export interface MonthFiles {
  /** Where new files go; undefined when no place is configured. */
  place: string | undefined;
  /** Puts a file. One that has its name already has the same bytes, unless it was altered. */
  put(name: string, path: string): Promise<void>;
  /** @returns the bytes, piece by piece; `missing` when no place has the file; `unset` when no place is configured */
  read(name: string): Promise<AsyncGenerator<Buffer> | 'missing' | 'unset'>;
}

/** The name of a month's file: `audit-2026-03-5be1c0a4d2f7e893.jsonl.gz`. */
export function monthFileName(month: string, sha256: Buffer): string {
  return `audit-${month}-${sha256.toString('hex').slice(0, 16)}.jsonl.gz`;
}

export function openMonthFiles(stores: readonly ObjectStore[]): MonthFiles {
  const [first] = stores;
  return {
    place: first?.name,
    put: async (name, path) => {
      if (!first) throw new Error('AUDIT_MONTHS_STORE is not set');
      await first.putFile(name, path);
    },
    read: async (name) => {
      if (!first) return 'unset';
      for (const store of stores) {
        const size = await store.size(name);
        if (size !== undefined) return readPieces(store, name, size);
      }
      return 'missing';
    },
  };
}
