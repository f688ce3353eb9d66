/** `homeward serve`: starts the server, prints its address, and stops it gracefully when asked. */
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { extname, join } from 'node:path';
import type { App, AppOptions } from '../../app';
import { version } from '../../app/version';
import { packageRoot } from '../../platform/package-root';
import type { Config } from '../../config';
import { processesOf } from '../../config/workers';
import { openWorkers } from '../../platform/processes/workers';
import { createLogger, standardOutput, type Logger } from '../../platform/logger';
import { banner } from './banner';
import { defineCommand } from './command';
import { settings } from './settings';

export const serve = defineCommand({
  name: 'serve',
  purpose: 'start the server (npm start does this)',
  about: [
    'Without settings it runs as a sandbox on http://127.0.0.1:8080, with an embedded PostgreSQL under .homeward/. All settings are environment variables. docs/configuration.md lists them.',
    'SIGTERM, SIGINT and SIGHUP stop the server. It finishes the requests in progress and stops the embedded PostgreSQL.',
  ],
  options: {},
  examples: ['npx homeward serve', 'PORT=9090 DATA_DIR=/srv/homeward npx homeward serve'],
  run: async (_given, env, stop = new AbortController().signal) => {
    const config = settings(env);
    if (!config) return 78;
    const log = createLogger(config.logLevel, standardOutput());
    const say = speakerOf(config);
    if (isFirstStart(config))
      say(`Preparing the database in ${config.dataDir}. The first start takes a few seconds …\n`);
    log.info({ version, mode: config.mode, node: hostname() }, 'start');
    // npm changes to the package's folder, and INIT_CWD is the folder in which it was called.
    const typedIn = env.INIT_CWD ?? process.cwd();
    const app = await start({ config, log, env, stop, processes: processesFor(config, log) }, say, typedIn);
    if (app === undefined) return stopped(log, say);
    await aborted(stop);
    log.info('stopping');
    await app.stop();
    return stopped(log, say);
  },
});

/** The worker's file is beside `main`, in TypeScript or compiled. */
const WORKER = join(__dirname, '..', '..', `worker${extname(__filename)}`);

function processesFor(config: Config, log: Logger): NonNullable<AppOptions['processes']> {
  const count = processesOf(config);
  return count === 1 ? { count } : { count, workers: openWorkers({ count: count - 1, file: WORKER, log }) };
}

type Speaker = (words: string) => void;

/** Only a sandbox prints text for a person. In other modes standard output contains only the log. */
function speakerOf({ mode }: Config): Speaker {
  return (words) => {
    if (mode === 'sandbox') process.stdout.write(words);
  };
}

const isFirstStart = ({ databaseUrl, dataDir }: Config): boolean =>
  databaseUrl === undefined && !existsSync(join(dataDir, 'postgres'));

/** Undefined when it was stopped during the start; everything that had started has ended then. */
async function start(
  {
    config,
    log,
    env,
    stop,
    processes,
  }: Required<Pick<AppOptions, 'config' | 'log' | 'env' | 'stop' | 'processes'>>,
  say: Speaker,
  typedIn: string,
): Promise<App | undefined> {
  let app: App | undefined;
  try {
    if (stop.aborted) return undefined;
    // Loaded here only, so that no other command waits for it.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { createApp } = require('../../app') as typeof import('../../app');
    app = await createApp({ config, log, env, listens: true, stop, processes });
    stop.throwIfAborted();
    const { url, metricsUrl } = await app.listen();
    say(banner({ app, url, version, root: packageRoot(), typedIn }));
    log.info({ url, baseUrl: config.baseUrl, metricsUrl, database: app.databaseLabel }, 'ready');
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

function stopped(log: Logger, say: Speaker): 0 {
  log.info('stopped');
  say('Homeward has stopped.\n');
  return 0;
}
