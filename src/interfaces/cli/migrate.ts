/** `homeward migrate`: brings the database to this version's tables, and ends. */
import { startEmbeddedPostgres } from '../../platform/embedded-postgres';
import { migrate } from '../../engines/store/migrate';
import { sparing } from '../../platform/warn-sparingly';
import { defineCommand } from './command';
import { runningDatabase } from './open-database';
import { settings } from './settings';

export const migrateCommand = defineCommand({
  name: 'migrate',
  purpose: 'update the tables of the database to this version',
  about: [
    'The server does this at every start. Use this command to do it beforehand, for example with an account that may create tables. If several nodes start it at once, one migrates and the others wait.',
    'The database is the one in DATABASE_URL or, if that is not set, the embedded one under DATA_DIR.',
  ],
  options: {},
  examples: ['DATABASE_URL=postgres://homeward:secret@db/homeward npx homeward migrate'],
  run: async (_given, env, stop) => {
    const config = settings(env);
    if (!config) return 78;
    const running = await runningDatabase(config);
    const embedded =
      config.databaseUrl === undefined && running === undefined
        ? await startEmbeddedPostgres({ dataDir: config.dataDir, log: () => undefined, stop })
        : undefined;
    const connection = running ?? embedded?.connection ?? { connectionString: config.databaseUrl! };
    try {
      const say = sparing((sentence) => process.stderr.write(`homeward: ${sentence}\n`));
      const onWait = (sentence: string | undefined): void => {
        if (sentence !== undefined) say(sentence);
      };
      const { applied } = await migrate(connection, () => undefined, undefined, stop, onWait);
      process.stdout.write(
        applied.length === 0
          ? 'The tables are up to date.\n'
          : applied.map((name) => `applied ${name}\n`).join(''),
      );
      return 0;
    } finally {
      await embedded?.stop();
    }
  },
});
