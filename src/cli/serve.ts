/** `homeward serve`: starts the server, prints where it is, and stops it gently when asked. */
import { createApp, packageRoot, StartFailure, version, type App } from '../app';
import type { Config } from '../config';
import { databaseLabel } from '../platform/database-address';
import { createLogger } from '../platform/logger';
import { EmbeddedPostgresFailure } from '../platform/embedded-postgres';
import { MigrationFailure } from '../store/migrate';
import { banner } from './banner';
import type { Command } from './command';
import { printFaults, settings } from './settings';

export const serve: Command = async (_args, env) => {
  const config = settings(env);
  if (!config) return 78;
  const app = await start(config);
  if (!app) return 78;
  return new Promise((resolve) => {
    let stopping = false;
    const stop = (): void => {
      if (stopping) return;
      stopping = true;
      app.stop().then(
        () => resolve(0),
        () => resolve(1),
      );
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  });
};

async function start(config: Config): Promise<App | undefined> {
  const log = createLogger(config.logLevel);
  let app: App | undefined;
  try {
    app = await createApp({ config, log });
    const { url } = await app.listen();
    process.stdout.write(banner({ app, config, url, version, root: packageRoot() }));
    return app;
  } catch (error) {
    await app?.stop();
    const faults = faultsOf(error, config);
    if (!faults) throw error;
    printFaults(faults);
    return undefined;
  }
}

/** What an operator can mend, in a sentence; anything else is a bug and is thrown on. */
function faultsOf(error: unknown, config: Config): readonly string[] | undefined {
  if (error instanceof StartFailure) return error.faults;
  if (error instanceof EmbeddedPostgresFailure || error instanceof MigrationFailure) return [error.message];
  const { code } = error as { code?: unknown };
  if (code === 'EADDRINUSE')
    return [`Port ${config.port} on ${config.host} is taken by another program; set PORT to a free one.`];
  if (code === 'EACCES')
    return [`Listening on port ${config.port} is not allowed to this user; set PORT to one above 1023.`];
  if (code === 'EADDRNOTAVAIL') return [`HOST ${config.host} is not an address of this machine.`];
  if (config.databaseUrl !== undefined && typeof code === 'string') {
    return [
      `The database at ${databaseLabel(config.databaseUrl)} can’t be used (${code}); check DATABASE_URL.`,
    ];
  }
  return undefined;
}
