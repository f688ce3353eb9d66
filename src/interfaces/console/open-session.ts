/** Opens the session of a person who has signed in: always a new one, so that no id from before the sign-in is used. */
import { callerOf } from '../../engines/access/people/person';
import type { SignedInPerson } from '../../engines/access/people/sessions';
import type { ConsoleDependencies } from './dependencies';
import type { Visit } from './page';

/** @returns the cookies of the answer */
export async function openSession(
  { context }: Visit,
  person: SignedInPerson,
  { sessions, cookies, scopeRules }: ConsoleDependencies,
): Promise<string[]> {
  const { sessionId: earlier } = cookies.read(context.request.headers.cookie);
  if (earlier !== undefined) await sessions.close(earlier);
  const { id, key } = await sessions.open(person);
  context.caller = callerOf(person, key, scopeRules);
  return [cookies.session(id), cookies.noVisit()];
}
