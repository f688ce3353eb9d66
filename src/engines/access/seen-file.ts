/** What was read of a file (or an address) that decides who may do what: for the log and the audit trail, no secret. */
import { createHash } from 'node:crypto';

export interface SeenFile {
  /** What it is to operators: `CLIENTS_FILE`, `POLICY_FILE`, `AUTH_JWKS_URI`. */
  name: string;
  /** Of its bytes, in hexadecimal digits. */
  sha256: string;
  /**
   * Its parts by name (a client, a rule, a key): a word that may be shown, and after a space whatever else makes two
   * states of the part differ.
   */
  parts: Readonly<Record<string, string>>;
}

/** Told of each state that is read; resolves when it is noted. */
export type OnRead = (file: SeenFile) => Promise<void>;

export function sha256Of(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
