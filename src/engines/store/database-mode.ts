/**
 * Keeps sandboxes and secured servers apart: marks a database with the kind of server that opened it. Written before
 * anything is
 * served. @see docs/decisions/0019-modes.md
 */
import type { Database, Queryable } from '../../platform/postgres';

export interface Claim {
  mode: 'sandbox' | 'secured';
  /** Whether this site accepts patients of the test range, and so the data of a sandbox. */
  acceptsTestData: boolean;
  /**
   * Whether an unmarked database that contains submissions (from before the mark existed) is known to be a sandbox's.
   */
  isKnownSandbox: boolean;
}

export type Claimed =
  | {
      ok: true;
      remark?: string;
      /** True when the database was a sandbox's until now: a sandbox may still be using it. */
      takenOver?: true;
    }
  | { ok: false; fault: string };

interface Mark {
  mode: 'sandbox' | 'secured';
  sandbox_data: boolean;
}

const OWN = 'Give it its own database: set another DATABASE_URL or another DATA_DIR.';
const SECURED =
  `This server is a sandbox, and a secured server has used this database. A sandbox cannot use it. ` +
  `${OWN} Or set AUTH_ISSUER, AUTH_AUDIENCE and AUTH_JWKS_URI, or CLIENTS_FILE.`;
const UNKNOWN =
  `This server is a sandbox, and the database contains submissions from an earlier version that did not record its mode. ` +
  `${OWN} If the database belongs to a sandbox, start once with SANDBOX=on.`;
const SYNTHETIC =
  `The database contains submissions from a sandbox, but NHS_NUMBER_TEST_RANGE=refuse says that this system is live. ` +
  `The synthetic patients cannot be removed. Set DATABASE_URL to another database.`;
/** The text that a sandbox logs and answers after a secured server has opened its database. */
export const TAKEN_OVER =
  'This server is a sandbox, and a secured server has opened its database since: it answers nothing from it any more. Stop it, and start it again on a database of its own.';
const MIXED =
  'the database contains submissions from a sandbox: for a live system, use another database and set NHS_NUMBER_TEST_RANGE=refuse';

/** @throws where the database is not available */
export function claimDatabase(database: Database, claim: Claim): Promise<Claimed> {
  return database.transaction(async (tx) => {
    // The lock prevents two nodes that start at once from both finding no mark.
    await tx.query({ text: 'LOCK TABLE database_mode IN SHARE ROW EXCLUSIVE MODE' });
    const mark = await readMark(tx);
    return claim.mode === 'sandbox' ? claimAsSandbox(tx, mark, claim) : claimAsSecured(tx, mark, claim);
  });
}

async function claimAsSandbox(tx: Queryable, mark: Mark | undefined, claim: Claim): Promise<Claimed> {
  if (mark?.mode === 'secured') return { ok: false, fault: SECURED };
  if (mark !== undefined) return { ok: true };
  if (!claim.isKnownSandbox && (await holdsSubmissions(tx))) return { ok: false, fault: UNKNOWN };
  await tx.query({ text: "INSERT INTO database_mode (mode, sandbox_since) VALUES ('sandbox', now())" });
  return { ok: true };
}

async function claimAsSecured(tx: Queryable, mark: Mark | undefined, claim: Claim): Promise<Claimed> {
  const sandboxData = mark?.mode === 'sandbox' ? await holdsSubmissions(tx) : mark?.sandbox_data === true;
  if (sandboxData && !claim.acceptsTestData) return { ok: false, fault: SYNTHETIC };
  if (mark?.mode !== 'secured')
    await tx.query(
      {
        text: `INSERT INTO database_mode (mode, secured_since, sandbox_data) VALUES ('secured', now(), $1)
          ON CONFLICT (singleton) DO UPDATE SET mode = 'secured', secured_since = now(), sandbox_data = $1`,
      },
      [sandboxData],
    );
  return {
    ok: true,
    ...(sandboxData ? { remark: MIXED } : {}),
    ...(mark?.mode === 'sandbox' ? { takenOver: true } : {}),
  };
}

/** How long a sandbox uses the result of its last check before it checks again. */
const ASKED_AGAIN_AFTER_MILLIS = 1_000;

/**
 * How long a secured server waits before it serves after taking over a sandbox's database. After this time no sandbox
 * answers from that database any more.
 */
export const SANDBOX_ENDS_WITHIN_MILLIS = 2 * ASKED_AGAIN_AFTER_MILLIS;

/**
 * Wraps a database so that nothing is read or written after a secured server has taken it over, for submissions of
 * every interface.
 */
export function onlyWhileOurs(database: Database, watch: SandboxWatch, lost: () => Error): Database {
  const whileOurs = async <T>(work: () => Promise<T>): Promise<T> => {
    if (!(await watch.isOurs())) throw lost();
    return work();
  };
  return {
    ...database,
    query: (statement, values) =>
      watch.isKnownOurs()
        ? database.query(statement, values)
        : whileOurs(() => database.query(statement, values)),
    bytes: (select) =>
      watch.isKnownOurs() ? database.bytes(select) : whileOurs(() => database.bytes(select)),
    transaction: (work) =>
      watch.isKnownOurs() ? database.transaction(work) : whileOurs(() => database.transaction(work)),
  };
}

export interface SandboxWatch {
  /**
   * Whether the database is still a sandbox's; after false it never changes back.
   * @throws when the database is not available
   */
  isOurs(): Promise<boolean>;
  /** True when a recent check found that it is, so that no request needs to wait for another. */
  isKnownOurs(): boolean;
  /** Whether a check has found that the database is not a sandbox's any more. */
  readonly isLost: boolean;
}

/**
 * Checks whether a secured server has opened the database since this sandbox did. All requests of a second share one
 * statement.
 * @param onLost called once, when it has
 */
export function watchSandbox(
  database: Queryable,
  onLost: () => void,
  now: () => number = () => performance.now(),
): SandboxWatch {
  let isLost = false;
  let askedAt = now();
  let asking: Promise<void> | undefined;
  const ask = async (): Promise<void> => {
    const begun = now();
    const mark = await readMark(database);
    askedAt = begun;
    if (mark?.mode !== 'secured' || isLost) return;
    isLost = true;
    onLost();
  };
  const isKnownOurs = (): boolean => !isLost && now() - askedAt < ASKED_AGAIN_AFTER_MILLIS;
  return {
    get isLost() {
      return isLost;
    },
    isKnownOurs,
    isOurs: async () => {
      if (!isLost && !isKnownOurs()) {
        asking ??= ask().finally(() => (asking = undefined));
        await asking;
      }
      return !isLost;
    },
  };
}

async function readMark(db: Queryable): Promise<Mark | undefined> {
  const [mark] = await db.query<Mark>({ text: 'SELECT mode, sandbox_data FROM database_mode' });
  return mark;
}

async function holdsSubmissions(db: Queryable): Promise<boolean> {
  const [found] = await db.query<{ holds: boolean }>({
    text: 'SELECT EXISTS (SELECT FROM submission) AS holds',
  });
  return found?.holds === true;
}
