/** Converts a failure into a sentence for the person at the terminal, and an exit code. */
import { StartFailure } from '../../app/start-failure';
import { databaseLabel } from '../../platform/database-address';
import { DatabaseFolderInUse, EmbeddedPostgresFailure } from '../../platform/embedded-postgres';
import { describeError } from '../../platform/logger';
import { meansDatabaseAway } from '../../platform/postgres';
import { MigrationFailure } from '../../engines/store/migrate';
import { faultsText } from './settings';

export interface Exit {
  sentence: string;
  code: 69 | 70 | 78;
}

/** @param databaseUrl the configured address; the sentence names its servers and never the password */
export function exitOf(error: unknown, databaseUrl?: string): Exit {
  if (error instanceof StartFailure) return { sentence: faultsText(error.faults), code: error.exitCode };
  if (error instanceof DatabaseFolderInUse) return { sentence: faultsText([error.message]), code: 69 };
  if (error instanceof EmbeddedPostgresFailure || error instanceof MigrationFailure)
    return { sentence: faultsText([error.message]), code: 78 };
  const { syscall, path } = (error ?? {}) as NodeJS.ErrnoException;
  if (syscall === 'open' && path !== undefined)
    return said(
      `${path} cannot be read. If DATABASE_URL names it, check sslrootcert, sslcert and sslkey there.`,
      78,
    );
  if (meansDatabaseAway(error)) return said(awaySentence(error, databaseUrl), 69);
  // The message of a PostgreSQL error can quote a row, so only the class, the code and the stack are printed.
  const { severity, code } = (error ?? {}) as { severity?: unknown; code?: unknown };
  if (typeof severity === 'string') {
    // 28: the login, 3D: the name of the database. @see https://www.postgresql.org/docs/current/errcodes-appendix.html
    const isRefused = typeof code === 'string' && /^(28|3D)/.test(code);
    if (isRefused)
      return said(
        `the database refused the user, the password or the database name (${code}). Check DATABASE_URL.`,
        78,
      );
    const why = typeof code === 'string' ? NOT_OURS[code] : undefined;
    if (why !== undefined) return said(`${why} (${String(code)}). Check DATABASE_URL.`, 78);
    return said(JSON.stringify(describeError(error)), 70);
  }
  if (error instanceof Error && /does not support SSL|SSL\/TLS|certificate/i.test(error.message))
    return said(
      `the encrypted connection to the database failed: ${error.message}. Check sslmode in DATABASE_URL.`,
      78,
    );
  return said(error instanceof Error ? (error.stack ?? error.message) : String(error), 70);
}

function awaySentence(error: unknown, databaseUrl: string | undefined): string {
  const { code } = (error ?? {}) as { code?: unknown };
  const where = databaseUrl === undefined ? '' : ` at ${databaseLabel(databaseUrl)}`;
  const why = typeof code === 'string' ? ` (${REASONS[code] ?? code})` : '';
  return `cannot reach the database${where}${why}. Check that PostgreSQL is running and that DATABASE_URL is right.`;
}

/** Reasons why Homeward cannot use a database that it can reach. */
const NOT_OURS: Readonly<Record<string, string>> = {
  '42501':
    'the database user is not allowed to create or use the tables. It must own the database or its schema',
  '42P07':
    'the database already has other tables with the same names as Homeward’s. Give Homeward its own database',
  '42723':
    'the database already has other functions with the same names as Homeward’s. Give Homeward its own database',
};

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the host name cannot be looked up now',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'no route to the host',
};

const said = (sentence: string, code: Exit['code']): Exit => ({ sentence: `homeward: ${sentence}\n`, code });
