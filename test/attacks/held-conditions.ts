/** Bundles that each wait for a lock on their condition, while the test has it. */
import { plainCondition } from '../../src/use-cases/submitting/conditions/same-conditions';
import { lockOn } from '../../src/use-cases/submitting/locks/take-locks';
import { freshNhsNumber } from '../semantics/sending';
import { bundleOf, put } from '../semantics/transacting';

const NHS = 'https://fhir.nhs.uk/Id/nhs-number';

/** So many Bundles with a conditional update of a Patient each, and the locks that they take. */
export function heldByConditions(
  type: 'batch' | 'transaction',
  count: number,
): { bundles: object[]; locks: Set<string> } {
  const numbers = Array.from({ length: count }, freshNhsNumber);
  const condition = (value: string): string => `identifier=${NHS}|${value}`;
  const bundles = numbers.map((value) =>
    bundleOf(
      type,
      put(`Patient?${condition(value)}`, {
        resourceType: 'Patient',
        identifier: [{ system: NHS, value }],
        birthDate: '1950-01-01',
      }),
    ),
  );
  const locks = numbers.map((value) => lockOn('5-condition', 'Patient', plainCondition(condition(value))));
  return { bundles, locks: new Set(locks) };
}
