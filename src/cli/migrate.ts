/** `homeward migrate`: brings the database to this version's tables, and ends. */
import { startEmbeddedPostgres } from '../platform/embedded-postgres';
import { migrate, MigrationFailure } from '../store/migrate';
import type { Command } from './command';
import { printFaults, settings } from './settings';

export const migrateCommand: Command = async (_args, env) => {
  const config = settings(env);
  if (!config) return 78;
  const embedded =
    config.databaseUrl === undefined
      ? await startEmbeddedPostgres({ dataDir: config.dataDir, log: () => undefined })
      : undefined;
  try {
    const { applied } = await migrate(
      embedded?.connection ?? { connectionString: config.databaseUrl! },
      () => undefined,
    );
    process.stdout.write(
      applied.length === 0
        ? 'The tables are up to date.\n'
        : applied.map((name) => `applied ${name}\n`).join(''),
    );
    return 0;
  } catch (error) {
    if (!(error instanceof MigrationFailure)) throw error;
    printFaults([error.message]);
    return 1;
  } finally {
    await embedded?.stop();
  }
};
