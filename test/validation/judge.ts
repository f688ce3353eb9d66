/** What the whole of validation says of a summary, for tests that hold rules and repairs to the guidance. */
import type { Handling } from '../../src/definitions/rule';
import type { Issue } from '../../src/fhir/issue';
import type { AnyResource } from '../../src/fhir/types';
import { common, guidance } from '../../src/resources';
import type { RepairRecord } from '../../src/engines/validation/repair';
import { createStructureValidator } from '../../src/engines/validation/structure/create-structure-validator';
import { createValidator } from '../../src/engines/validation/validate';

const NOW = new Date('2025-03-11T09:00:00Z');
const structure = createStructureValidator();

const validators = {
  accept: createValidator(guidance, structure, { testRangeNhsNumbers: 'accept' }, common),
  refuse: createValidator(guidance, structure, { testRangeNhsNumbers: 'refuse' }, common),
};

export interface Judgement {
  /** `error vw-patient-07 Bundle.entry[0].resource.identifier[0].value` */
  told: string[];
  issues: Issue[];
  repairs: RepairRecord[];
  review: string[];
}

/** Repairs the Bundle in place and validates it, as a submission is. */
export function judge(
  bundle: AnyResource,
  handling: Handling = 'default',
  testRangeNhsNumbers: 'accept' | 'refuse' = 'accept',
): Judgement {
  const validator = validators[testRangeNhsNumbers];
  const repaired = validator.repair(bundle, handling);
  const { issues, review } = validator.validateBundle(repaired.repaired, {
    handling,
    now: NOW,
    repaired: repaired.issues,
  });
  return {
    told: issues.map(({ severity, rule, expression }) => `${severity} ${rule} ${expression ?? ''}`),
    issues,
    repairs: repaired.repairs,
    review: [...repaired.review, ...review],
  };
}
