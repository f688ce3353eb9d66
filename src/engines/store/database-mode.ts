/**
 * The mark that keeps sandboxes and secured servers apart: a database notes who opened it. Written before anything is
 * served. @see docs/decisions/0019-modes.md
 */
import type { Database, Queryable } from '../../platform/postgres';

export interface Claim {
  mode: 'sandbox' | 'secured';
  /** Whether this site takes patients of the test range, and so the data of a sandbox. */
  acceptsTestData: boolean;
  /** Whether an unmarked database with submissions in it (from before the mark) is known to be a sandbox's. */
  isKnownSandbox: boolean;
}

export type Claimed = { ok: true; remark?: string } | { ok: false; fault: string };

interface Mark {
  mode: 'sandbox' | 'secured';
  sandbox_data: boolean;
}

const OWN = 'Give it a database of its own: another DATABASE_URL, or another DATA_DIR.';
const SECURED =
  `This server is a sandbox, and the database was opened by a secured server before: a sandbox never opens it. ` +
  `${OWN} Or set AUTH_ISSUER, AUTH_AUDIENCE and AUTH_JWKS_URI, or CLIENTS_FILE.`;
const UNKNOWN =
  `This server is a sandbox, and the database holds submissions of an earlier version that did not note its mode. ` +
  `${OWN} If the database is a sandbox’s, start once with SANDBOX=on.`;
const SYNTHETIC =
  `The database holds submissions of a sandbox, and NHS_NUMBER_TEST_RANGE=refuse says that this system is live: ` +
  `its synthetic patients could not be removed. Set DATABASE_URL to another database.`;
const MIXED =
  'the database holds submissions of a sandbox: for a live system use another one, and set NHS_NUMBER_TEST_RANGE=refuse';

/** @throws where the database is away */
export function claimDatabase(database: Database, claim: Claim): Promise<Claimed> {
  return database.transaction(async (tx) => {
    // Two nodes that start at once must not each find it unmarked.
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
  return sandboxData ? { ok: true, remark: MIXED } : { ok: true };
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
