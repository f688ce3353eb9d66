/**
 * The codes that an OperationOutcome of another system may have, and that can be shown to operators: the ids of this
 * product's rules and the issue types of FHIR. Another code could be a name or a number of a patient.
 */
import { issues } from '../definitions/issues';
import type { IssueCode } from '../fhir/issue';
import { common, guidance } from '../resources';

/** @see https://hl7.org/fhir/R4/codesystem-issue-type.html */
const ISSUE_TYPES: readonly IssueCode[] = [
  'invalid',
  'structure',
  'required',
  'value',
  'invariant',
  'security',
  'login',
  'unknown',
  'expired',
  'forbidden',
  'suppressed',
  'processing',
  'not-supported',
  'duplicate',
  'multiple-matches',
  'not-found',
  'deleted',
  'too-long',
  'code-invalid',
  'extension',
  'too-costly',
  'business-rule',
  'conflict',
  'transient',
  'lock-error',
  'no-store',
  'exception',
  'timeout',
  'incomplete',
  'throttled',
  'informational',
];

const KNOWN: ReadonlySet<string> = new Set([
  ...Object.keys(issues),
  ...guidance.flatMap(({ rules, elements }) => [...rules, ...elements].map(({ id }) => id)),
  ...[...guidance, common].flatMap(({ repairs }) => repairs.map(({ norm }) => norm)),
  ...common.rules.map(({ id }) => id),
  ...ISSUE_TYPES,
]);

export const isKnownCode = (code: string): boolean => KNOWN.has(code);
