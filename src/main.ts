/** The command line: the only file that reads argv or ends the process. `homeward --help` lists the commands. */
import { run } from './cli/commands';
import { describeError } from './platform/logger';
import { meansDatabaseAway } from './platform/postgres';

run(process.argv.slice(2), process.env).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const isAway = meansDatabaseAway(error);
    process.stderr.write(`homeward: ${isAway ? AWAY : sentenceOf(error)}\n`);
    process.exitCode = isAway ? 69 : 70;
  },
);

const AWAY = 'the database can’t be reached: look whether it runs, and at DATABASE_URL';

/** What PostgreSQL says of an error may quote a row: of its errors the class, the code and the frames are told. */
function sentenceOf(error: unknown): string {
  const { severity, code } = (error ?? {}) as { severity?: unknown; code?: unknown };
  if (typeof severity === 'string') {
    // 28: the login, 3D: the name of the database. @see https://www.postgresql.org/docs/current/errcodes-appendix.html
    const isRefused = typeof code === 'string' && /^(28|3D)/.test(code);
    if (isRefused) return `the database does not let it in (${code}): look at DATABASE_URL`;
    return JSON.stringify(describeError(error));
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
