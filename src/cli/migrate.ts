/** `homeward migrate`: brings the database to this version's tables, and ends. */
import { startEmbeddedPostgres } from '../platform/embedded-postgres';
import { migrate } from '../store/migrate';
import type { Command } from './command';
import { runningDatabase } from './open-database';
import { settings } from './settings';

export const migrateCommand: Command = async (args, env, stop) => {
  if (args.length > 0) {
    process.stderr.write('homeward: usage: homeward migrate\n');
    return 64;
  }
  const config = settings(env);
  if (!config) return 78;
  const running = await runningDatabase(config);
  const embedded =
    config.databaseUrl === undefined && running === undefined
      ? await startEmbeddedPostgres({ dataDir: config.dataDir, log: () => undefined, stop })
      : undefined;
  const connection = running ?? embedded?.connection ?? { connectionString: config.databaseUrl! };
  try {
    const { applied } = await migrate(connection, () => undefined, undefined, stop);
    process.stdout.write(
      applied.length === 0
        ? 'The tables are up to date.\n'
        : applied.map((name) => `applied ${name}\n`).join(''),
    );
    return 0;
  } finally {
    await embedded?.stop();
  }
};
