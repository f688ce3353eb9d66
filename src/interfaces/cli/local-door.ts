/** The door for commands: opens the app without listening, and takes in bundles by the same way as over HTTP. */
import { operatorCaller } from '../../engines/access/operator';
import { createApp, type App } from '../../app';
import type { Config } from '../../config';
import { atTheBase } from '../../use-cases/submitting/steps';
import { submit, type Submitted } from '../../use-cases/submitting/submit';
import { commandLog, runningDatabase } from './open-database';

export interface LocalDoor {
  app: App;
  submit: SubmitLocally;
  close(): Promise<void>;
}

type SubmitLocally = (bytes: Buffer, format: 'json' | 'xml') => Promise<Submitted>;

/** @param odsCode the organisation to act for, as the operator names it */
export async function openLocalDoor(
  config: Config,
  odsCode: string | undefined,
  stop?: AbortSignal,
): Promise<LocalDoor> {
  const connection = await runningDatabase(config);
  const app = await createApp({
    config,
    log: commandLog(config),
    ...(connection === undefined ? {} : { connection }),
    ...(stop === undefined ? {} : { stop }),
  });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= app.stop());
  // An interrupted command ends its work, and the PostgreSQL that was started for it.
  stop?.addEventListener('abort', () => void close().catch(() => undefined), { once: true });
  return { app, submit: localSubmit(app, odsCode, config.handling), close };
}

/** Submits as the operator: the site's policy holds, as it does over HTTP. */
export function localSubmit(
  { submission, readRestriction }: Pick<App, 'submission' | 'readRestriction'>,
  odsCode: string | undefined,
  handling: Config['handling'],
): SubmitLocally {
  const caller = operatorCaller(odsCode);
  return (bytes, format) =>
    submit(
      {
        door: 'cli',
        caller,
        reach: readRestriction(caller),
        bytes,
        contentType: `application/fhir+${format}`,
        format,
        handling,
      },
      atTheBase,
      submission,
    );
}
