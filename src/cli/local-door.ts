/** The door for commands: opens the app without listening, and takes in bundles by the same way as over HTTP. */
import { createApp, type App } from '../app';
import type { Config } from '../config';
import { createLogger } from '../platform/logger';
import { atTheBase } from '../http/handlers/submit';
import { submit, type Submitted } from '../submission/submit';

export interface LocalDoor {
  app: App;
  submit(bytes: Buffer, format: 'json' | 'xml'): Promise<Submitted>;
  close(): Promise<void>;
}

/** @param sender the organisation to act for */
export async function openLocalDoor(config: Config, sender: string): Promise<LocalDoor> {
  const app = await createApp({
    config,
    log: createLogger(config.logLevel === 'info' ? 'warn' : config.logLevel),
  });
  return {
    app,
    submit: (bytes, format) =>
      submit(
        {
          door: 'ingest',
          from: { sender, clientId: 'homeward-cli' },
          bytes,
          contentType: `application/fhir+${format}`,
          format,
          handling: config.handling,
        },
        atTheBase,
        app.submission,
      ),
    close: () => app.stop(),
  };
}
