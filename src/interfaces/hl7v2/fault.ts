/** A fault of a message, with the field that it is about. It becomes an ERR segment. */
import { issues, type RegisteredId } from '../../definitions/issues';
import type { Issue } from '../../fhir/issue';
import type { Place } from './message';

export interface Fault {
  issue: Issue;
  place?: Place | undefined;
}

/** @param text names the field, such as `MSH-18` */
export function fault(rule: RegisteredId, text: string, place?: Place): Fault {
  const { severity, code, source } = issues[rule];
  return { issue: { severity, code, rule, text, source }, place };
}
