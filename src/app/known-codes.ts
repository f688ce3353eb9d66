/**
 * The codes that an OperationOutcome of another system may have, and that can be shown to operators: the ids of this
 * product's rules and the issue types of FHIR. Another code could be a name or a number of a patient.
 */
import { issues } from '../definitions/issues';
import { ISSUE_CODES } from '../fhir/issue';
import { common, guidance } from '../resources';

const KNOWN: ReadonlySet<string> = new Set([
  ...Object.keys(issues),
  ...guidance.flatMap(({ rules, elements }) => [...rules, ...elements].map(({ id }) => id)),
  ...[...guidance, common].flatMap(({ repairs }) => repairs.map(({ norm }) => norm)),
  ...common.rules.map(({ id }) => id),
  ...ISSUE_CODES,
]);

export const isKnownCode = (code: string): boolean => KNOWN.has(code);
