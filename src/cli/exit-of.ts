/** What a failure means for whoever runs the command: a sentence, and the exit code. */
import { StartFailure } from '../app/start-failure';
import { DatabaseFolderInUse, EmbeddedPostgresFailure } from '../platform/embedded-postgres';
import { describeError } from '../platform/logger';
import { meansDatabaseAway } from '../platform/postgres';
import { MigrationFailure } from '../store/migrate';
import { faultsText } from './settings';

export interface Exit {
  sentence: string;
  code: 69 | 70 | 78;
}

const AWAY = 'the database can’t be reached: look whether it runs, and at DATABASE_URL';

export function exitOf(error: unknown): Exit {
  if (error instanceof StartFailure) return { sentence: faultsText(error.faults), code: error.exitCode };
  if (error instanceof DatabaseFolderInUse) return { sentence: faultsText([error.message]), code: 69 };
  if (error instanceof EmbeddedPostgresFailure || error instanceof MigrationFailure)
    return { sentence: faultsText([error.message]), code: 78 };
  if (meansDatabaseAway(error)) return said(AWAY, 69);
  // What PostgreSQL says of an error may quote a row: of its errors the class, the code and the frames are told.
  const { severity, code } = (error ?? {}) as { severity?: unknown; code?: unknown };
  if (typeof severity === 'string') {
    // 28: the login, 3D: the name of the database. @see https://www.postgresql.org/docs/current/errcodes-appendix.html
    const isRefused = typeof code === 'string' && /^(28|3D)/.test(code);
    if (isRefused) return said(`the database does not let it in (${code}): look at DATABASE_URL`, 78);
    return said(JSON.stringify(describeError(error)), 70);
  }
  return said(error instanceof Error ? (error.stack ?? error.message) : String(error), 70);
}

const said = (sentence: string, code: Exit['code']): Exit => ({ sentence: `homeward: ${sentence}\n`, code });
