/** Finds the person of a request by the session cookie. */
import type { Request } from 'express';
import { callerOf, type Person } from '../../engines/access/people/person';
import type { ConsoleDependencies } from './dependencies';
import { formTokenOf } from './form';

type Dependencies = Pick<
  ConsoleDependencies,
  'sessions' | 'cookies' | 'formKey' | 'scopeRules' | 'settlePolicy'
>;

export async function personOfRequest(
  request: Pick<Request, 'headers'>,
  { sessions, cookies, formKey, scopeRules, settlePolicy }: Dependencies,
): Promise<Person | undefined> {
  const { sessionId } = cookies.read(request.headers.cookie);
  const session = sessionId === undefined ? undefined : await sessions.find(sessionId);
  if (sessionId === undefined || !session) return undefined;
  await settlePolicy();
  const { name, roles, reasons, key } = session;
  const formToken = formTokenOf(formKey, sessionId);
  return { name, roles, reasons, sessionId, formToken, caller: callerOf(session, key, scopeRules) };
}
