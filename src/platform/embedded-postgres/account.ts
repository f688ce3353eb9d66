/**
 * Chooses the account under which the embedded PostgreSQL runs. An ordinary user runs it under that user's own account.
 * PostgreSQL refuses to run as root, so root uses an existing account (`postgres`, else `nobody`); none is created.
 * @see https://www.postgresql.org/docs/18/postgres-user.html
 */
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { EmbeddedPostgresFailure } from './failure';

export interface Account {
  uid: number;
  gid: number;
}

/**
 * @param clusterFolder the data directory; if it exists and belongs to an ordinary account, that account is used
 * @returns undefined when PostgreSQL runs under the account of this process
 */
export function chooseAccount(clusterFolder: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const owner = statSync(clusterFolder, { throwIfNoEntry: false });
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const accounts = accountsOfThisSystem();
  const account = accounts.get('postgres') ?? accounts.get('nobody');
  if (account) return account;
  throw new EmbeddedPostgresFailure(
    'PostgreSQL does not run as root, and /etc/passwd has no account "postgres" or "nobody" to run it. ' +
      'Start Homeward as an ordinary user, or set DATABASE_URL.',
  );
}

function accountsOfThisSystem(): Map<string, Account> {
  const accounts = new Map<string, Account>();
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (name && uid && gid && Number(uid) > 0) accounts.set(name, { uid: Number(uid), gid: Number(gid) });
  }
  return accounts;
}

/**
 * Whether the account may enter every folder above `path`. Without an account (this process's own) the answer is yes.
 */
export function canReach(account: Account | undefined, path: string): boolean {
  if (!account) return true;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { mode, uid, gid } = statSync(folder);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}
