/** Holds back an address that tries to sign in too often. */
import { refused } from '../http/request-context';
import type { ConsoleDependencies } from './dependencies';
import type { Visit } from './page';

/** @throws Refused (429) */
export async function refuseTooMany(
  { context }: Pick<Visit, 'context'>,
  { throttle }: Pick<ConsoleDependencies, 'throttle'>,
): Promise<void> {
  const seconds = await throttle.count(context.address ?? '');
  if (seconds === 0) return;
  throw refused(
    'throttled',
    {
      code: 'throttled',
      rule: 'console-sign-ins',
      text: `There were too many attempts to sign in from this address. Try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`,
    },
    { 'Retry-After': String(seconds) },
  );
}
