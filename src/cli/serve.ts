/** `homeward serve`: starts the server, says where it is, and stops it gently when asked. */
import { hostname } from 'node:os';
import { createApp, packageRoot, version, type App } from '../app';
import type { Config } from '../config';
import { createLogger, standardOutput, type Logger } from '../platform/logger';
import { banner } from './banner';
import type { Command } from './command';
import { settings } from './settings';

export const serve: Command = async (args, env, stop = new AbortController().signal) => {
  if (args.length > 0) {
    process.stderr.write('homeward: serve takes no arguments; settings are environment variables\n');
    return 64;
  }
  const config = settings(env);
  if (!config) return 78;
  const log = createLogger(config.logLevel, standardOutput());
  log.info({ version, mode: config.mode, node: hostname() }, 'start');
  const app = await start(config, log, stop);
  if (app === undefined) return stopped(log, config);
  await aborted(stop);
  log.info('stopping');
  await app.stop();
  return stopped(log, config);
};

/** Undefined where it was stopped while it started: then everything that was started has ended. */
async function start(config: Config, log: Logger, stop: AbortSignal): Promise<App | undefined> {
  let app: App | undefined;
  try {
    if (stop.aborted) return undefined;
    app = await createApp({ config, log, listens: true, stop });
    stop.throwIfAborted();
    const { url } = await app.listen();
    // Only a sandbox is started by a person who reads along: elsewhere there is nothing but the log.
    if (config.mode === 'sandbox')
      process.stdout.write(banner({ app, url, version, root: packageRoot() }));
    log.info({ url, baseUrl: config.baseUrl, database: app.databaseLabel }, 'ready');
    return app;
  } catch (error) {
    await app?.stop();
    if (stop.aborted) return undefined;
    throw error;
  }
}

function aborted(stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) resolve();
    stop.addEventListener('abort', () => resolve(), { once: true });
  });
}

function stopped(log: Logger, { mode }: Config): 0 {
  log.info('stopped');
  if (mode === 'sandbox') process.stdout.write('Homeward has stopped.\n');
  return 0;
}
