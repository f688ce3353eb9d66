/** The state of a file (or an address) that decides access, for the log and the audit trail. It contains no secret. */
import { createHash } from 'node:crypto';

export interface SeenFile {
  /** Its name for operators: `CLIENTS_FILE`, `POLICY_FILE`, `AUTH_JWKS_URI`. */
  name: string;
  /** The SHA-256 of its bytes, in hexadecimal. */
  sha256: string;
  /**
   * Its parts by name (a client, a rule, a key): a word that may be shown and, after a space, anything else that
   * distinguishes two states of the part.
   */
  parts: Readonly<Record<string, string>>;
}

/** Called with each state that is read; resolves when the state is stored. */
export type OnRead = (file: SeenFile) => Promise<void>;

export function sha256Of(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
