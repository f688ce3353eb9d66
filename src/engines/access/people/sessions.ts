/**
 * The sessions of people who are signed in. They are in the database, so that every process and node knows them. The
 * database has only the SHA-256 of a session's id, so that a copy of it opens no session.
 * @see docs/console.md
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Queryable } from '../../../platform/postgres';
import type { Role } from './roles';

/** What was found out about a person at sign-in. */
export interface SignedInPerson {
  /** As the audit trail and the pages show it. */
  name: string;
  /** The person's id at the issuer: `sub`. */
  subject: string;
  issuer: string;
  roles: readonly Role[];
  odsCode?: string;
}

export interface Session extends SignedInPerson {
  /** Connects the audit records of one session; it does not open the session. */
  key: string;
  /** The reasons given to break the glass, by patient id. */
  reasons: Readonly<Record<string, string>>;
}

export interface Sessions {
  /** @returns the id of the session, for the cookie, and its key */
  open(person: SignedInPerson): Promise<{ id: string; key: string }>;
  /** The session, if it has not expired. Finding it keeps it from becoming idle. */
  find(id: string): Promise<Session | undefined>;
  close(id: string): Promise<void>;
  /**
   * Keeps the reason why this person reads this patient's data beyond what the policy allows.
   * @returns false when the session has as many reasons as it may have, for other patients
   */
  breakGlass(id: string, patientId: string, reason: string): Promise<boolean>;
}

const MINUTE = 60_000;
export const IDLE_MILLIS = 15 * MINUTE;
export const LONGEST_MILLIS = 8 * 60 * MINUTE;
/** How old `seen_at` may become before it is written again, so that not every request writes. */
const SEEN_EVERY_MILLIS = 30_000;
/** The most records that one session opens with a reason. */
export const MOST_REASONS = 200;
/** The form of an id; nothing else is looked up. */
const ID = /^[A-Za-z0-9_-]{43}$/;

interface Row {
  name: string;
  subject: string;
  issuer: string;
  roles: Role[];
  ods_code: string | null;
  reasons: Record<string, string>;
  seen_at: Date;
}

export interface SessionsOptions {
  now: () => Date;
  /** Who signs people in on this server. A session of another issuer, such as a sandbox's, opens nothing. */
  issuer: string | undefined;
}

export function openSessions(db: Queryable, { now, issuer: ours }: SessionsOptions): Sessions {
  /** A session is over when it was started, or seen last, before these moments. */
  const limits = (): [Date, Date] => {
    const millis = now().getTime();
    return [new Date(millis - LONGEST_MILLIS), new Date(millis - IDLE_MILLIS)];
  };

  return {
    open: async ({ name, subject, issuer, roles, odsCode }) => {
      const id = randomBytes(32).toString('base64url');
      await db.query(
        {
          name: 'console_session_forget',
          text: 'DELETE FROM console_session WHERE started_at <= $1 OR seen_at <= $2',
        },
        limits(),
      );
      await db.query(
        {
          name: 'console_session_open',
          text: `INSERT INTO console_session (id_sha256, name, subject, issuer, roles, ods_code, started_at, seen_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $7)`,
        },
        [sha256(id), name, subject, issuer, roles, odsCode ?? null, now()],
      );
      return { id, key: keyOf(sha256(id)) };
    },
    find: async (id) => {
      if (!ID.test(id)) return undefined;
      const digest = sha256(id);
      const [row] = await db.query<Row>(
        {
          name: 'console_session_find',
          text: `SELECT name, subject, issuer, roles, ods_code, reasons, seen_at FROM console_session
                 WHERE id_sha256 = $1 AND started_at > $2 AND seen_at > $3 AND issuer = $4`,
        },
        [digest, ...limits(), ours],
      );
      if (!row) return undefined;
      if (now().getTime() - row.seen_at.getTime() > SEEN_EVERY_MILLIS)
        await db.query(
          {
            name: 'console_session_seen',
            text: 'UPDATE console_session SET seen_at = $2 WHERE id_sha256 = $1 AND seen_at < $2',
          },
          [digest, now()],
        );
      const { name, subject, issuer, roles, reasons, ods_code: odsCode } = row;
      return {
        ...{ name, subject, issuer, roles, reasons },
        ...(odsCode === null ? {} : { odsCode }),
        key: keyOf(digest),
      };
    },
    close: async (id) => {
      await db.query(
        { name: 'console_session_close', text: 'DELETE FROM console_session WHERE id_sha256 = $1' },
        [sha256(id)],
      );
    },
    breakGlass: async (id, patientId, reason) => {
      const kept = await db.query(
        {
          name: 'console_session_reason',
          text: `UPDATE console_session SET reasons = reasons || jsonb_build_object($2::text, $3::text)
                 WHERE id_sha256 = $1
                   AND (reasons ? $2 OR (SELECT count(*) FROM jsonb_object_keys(reasons)) < $4)
                 RETURNING 1 AS kept`,
        },
        [sha256(id), patientId, reason, MOST_REASONS],
      );
      return kept.length > 0;
    },
  };
}

const keyOf = (digest: Buffer): string => digest.toString('hex').slice(0, 16);
const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
