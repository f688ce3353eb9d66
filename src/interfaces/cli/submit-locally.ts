/** Lets commands submit: opens the application without listening, and submits a Bundle in the same way as over HTTP. */
import { operatorCaller } from '../../engines/access/operator';
import type { App } from '../../app';
import type { Config } from '../../config';
import { atTheBase } from '../../use-cases/submitting/accepted-kinds';
import { inSlices } from '../../platform/in-slices';
import { decode } from '../../use-cases/submitting/decode';
import { receive } from '../../use-cases/submitting/receive';
import { submit, type Submitted } from '../../use-cases/submitting/submit';
import { commandLog, runningDatabase } from './open-database';

export interface LocalSubmitting {
  app: App;
  submit: SubmitBytes;
  close(): Promise<void>;
}

type SubmitBytes = (bytes: Buffer, format: 'json' | 'xml') => Promise<Submitted>;

/**
 * @param env where a file of a road may have its secrets
 * @param odsCode the organisation to act for, as the operator names it
 */
export async function openForSubmitting(
  config: Config,
  env: NodeJS.ProcessEnv,
  odsCode: string | undefined,
  stop?: AbortSignal,
): Promise<LocalSubmitting> {
  const connection = await runningDatabase(config);
  // Loaded here only, so that no other command waits for it.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { createApp } = require('../../app') as typeof import('../../app');
  const app = await createApp({
    config,
    env,
    log: commandLog(config),
    ...(connection === undefined ? {} : { connection }),
    ...(stop === undefined ? {} : { stop }),
  });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= app.stop());
  // An interrupted command ends its work, and the PostgreSQL that was started for it.
  stop?.addEventListener('abort', () => void close().catch(() => undefined), { once: true });
  return { app, submit: submitterFor(app, odsCode, config.handling), close };
}

/** Submits as the operator. The site's policy applies, as it does over HTTP. */
export function submitterFor(
  { submission, readRestriction }: Pick<App, 'submission' | 'readRestriction'>,
  odsCode: string | undefined,
  handling: Config['handling'],
): SubmitBytes {
  const caller = operatorCaller(odsCode);
  const { newId, now } = submission;
  return async (bytes, format) => {
    const received = await inSlices(
      receive(
        {
          door: 'cli',
          caller,
          reach: readRestriction(caller),
          bytes,
          contentType: `application/fhir+${format}`,
          format,
          handling,
        },
        newId,
        now(),
      ),
    );
    return submit(received, await inSlices(decode(received)), atTheBase, submission);
  };
}
