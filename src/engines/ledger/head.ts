/**
 * The head of a seal, which is signed. Its text is stored exactly as it was signed. The next head contains the SHA-256
 * of that text, so that the heads form a chain.
 * @see docs/ledger.md
 */
import { createHash } from 'node:crypto';

export interface Head {
  seal: number;
  /** An instant. */
  sealedAt: string;
  /** SHA-256 of the text of the previous head, in hexadecimal; null in the first. */
  previous: string | null;
  /** The number of records under this head, and under all heads so far. */
  records: number;
  total: number;
  /** The root of the Merkle tree over its records, in hexadecimal. */
  root: string;
  /** The head covers transactions before this one. */
  upto: string;
  /** SHA-256 of the shape by which the digests were made. */
  shape: string;
  /** The id of the key that signs. */
  key: string;
}

/** A head as it is stored, exported and anchored. */
export interface SignedHead {
  head: string;
  /** Ed25519, base64. */
  signature: string;
}

/** A submission under a head, with what its sender can recognise it by. It names no patient. */
export interface NamedSubmission {
  id: string;
  sender: string;
  status: string;
  /** SHA-256 of the bytes that were sent, in hexadecimal. */
  sha256: string;
}

/** A head as an anchor receives it: with the submissions under it, so that lost ones can be named. */
export interface AnchoredHead extends SignedHead {
  /** Not signed. Heads of earlier versions have no list. */
  submissions?: readonly NamedSubmission[];
}

export function headText(head: Head): string {
  return JSON.stringify({ ledger: 'homeward/1', ...head });
}

export function hashOfHead(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Undefined when the text is not a head. */
export function readHead(text: string): Head | undefined {
  let value: Partial<Record<keyof Head | 'ledger', unknown>>;
  try {
    value = (JSON.parse(text) ?? {}) as typeof value;
  } catch {
    return undefined;
  }
  const numbers = [value.seal, value.records, value.total];
  const texts = [value.sealedAt, value.root, value.upto, value.shape, value.key];
  const isHead =
    value.ledger === 'homeward/1' &&
    numbers.every((each) => Number.isSafeInteger(each)) &&
    texts.every((each) => typeof each === 'string') &&
    /^\d{1,20}$/.test(String(value.upto)) &&
    (value.previous === null || typeof value.previous === 'string');
  return isHead ? (value as unknown as Head) : undefined;
}
