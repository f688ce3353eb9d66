/**
 * The invariants of a type or an element as checks: written out where `src/fhir/r4/invariants` has them, FHIRPath
 * otherwise. Those that the walk itself checks (contained resources, extensions, references, Bundles, empty elements,
 * narrative) are not repeated.
 */
import type { Constraint } from '../../../fhir/r4/definitions';
import { dateRange } from '../../../fhir/date';
import { isObject } from '../../../fhir/types';
import { nativeInvariant } from '../../../fhir/r4/invariants';
import type { Json, JsonObject } from '../../../fhir/types';
import type { InvariantCheck } from './compiled-type';
import { expressionCheck } from './fhirpath-invariant';
import type { Visit } from './visit';
import { report } from './visit';

/** Checked by the walk, with a place and a sentence of their own. */
const CHECKED_BY_THE_WALK = new Set([
  'ele-1',
  'ext-1',
  'dom-2',
  'dom-3',
  'dom-4',
  'dom-5',
  'ref-1',
  'txt-1',
  'txt-2',
  'bdl-1',
  'bdl-2',
  'bdl-3',
  'bdl-4',
  'bdl-5',
  'bdl-7',
  'bdl-8',
  'bdl-9',
  'bdl-10',
  'bdl-11',
  'bdl-12',
]);

/** Needs resolve() of references that no Bundle may hold. */
const NEEDS_A_SERVER = new Set(['ctm-1']);

/** R4's list of constraints as checks, for elements at a path such as `Timing.repeat`. */
export function invariantChecks(constraints: readonly Constraint[], base: string): InvariantCheck[] {
  return constraints
    .filter(({ key }) => !CHECKED_BY_THE_WALK.has(key) && !NEEDS_A_SERVER.has(key))
    .map((constraint) => invariantCheck(constraint, base));
}

function invariantCheck({ key, human, expression }: Constraint, base: string): InvariantCheck {
  const native = nativeInvariant(key);
  const sentence = /[.!?]$/.test(human) ? human : `${human}.`;
  const text = native ? `${native.text} (R4 ${key}: ${human})` : `R4 ${key} does not hold: ${sentence}`;
  if (native) return { key, text, holds: (value, visit) => native.holds(value as JsonObject, visit) };
  return { key, text, holds: expressionCheck(expression, base) };
}

/** Reports the invariants that do not hold of a value. */
export function checkInvariants(checks: readonly InvariantCheck[], value: Json, visit: Visit): void {
  for (const check of checks) {
    if (check.key === 'cpt-2' && visit.tolerate.has('telecom-no-system')) continue;
    if (check.holds(value, visit)) continue;
    if (check.key === 'per-1' && visit.tolerate.has('period-precision') && mayBeInOrder(value))
      report(visit, 'r4-invariant', OTHER_PRECISION, { severity: 'warning' });
    else report(visit, 'r4-invariant', check.text);
  }
}

const OTHER_PRECISION =
  'The start and the end of this Period have different precision, so their order cannot be checked. Send both as dates, or both with a time and an offset (R4 per-1).';

/** True of a Period such as 2025-03-10T09:00:00Z to 2025-03-10: all of that day is in it. */
function mayBeInOrder(period: Json): boolean {
  if (!isObject(period) || typeof period.start !== 'string' || typeof period.end !== 'string') return false;
  const [start, end] = [dateRange(period.start), dateRange(period.end)];
  return start !== undefined && end !== undefined && start.start < end.end;
}
