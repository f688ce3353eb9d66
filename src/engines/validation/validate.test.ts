import { peopleNamedIn } from '../../definitions/other-people';
import type { CommonDefinition, GuidanceDefinition } from '../../definitions/resource-definition';
import { always, stricter, type Rule } from '../../definitions/rule';
import { guidanceId, type Issue } from '../../fhir/issue';
import type { AnyResource } from '../../fhir/types';
import type { StructureValidator } from './structure/create-structure-validator';
import { createValidator, type ValidationOptions } from './validate';

const NOW = new Date('2025-03-11T09:00:00Z');
const examples = { keeps: (summary: AnyResource) => summary, breaks: (summary: AnyResource) => summary };
const rule = (id: string, more: Partial<Rule>): Rule => ({
  id,
  severity: always('error'),
  code: 'business-rule',
  guidance: '3.4.9',
  claim: 'a claim',
  check: () => [{ element: '', text: id }],
  examples,
  ...more,
});
const none: GuidanceDefinition = { type: 'None', elements: [], rules: [], repairs: [] };
const ofBundle: GuidanceDefinition = { ...none, type: 'Bundle', rules: [rule('of-bundle', {})] };
const ofPatient: GuidanceDefinition = {
  ...none,
  type: 'Patient',
  elements: [
    { id: 'row-1', path: 'gender', guidance: '3.4.9', optionality: 'mandatory', absent: always('warning') },
  ],
  rules: [
    rule('of-patient', {
      severity: stricter('information', 'error'),
      check: () => [
        { element: 'birthDate', text: 'one', review: 'look' },
        { element: 'birthDate', text: 'two', severity: stricter(null, 'error'), review: 'look' },
      ],
    }),
  ],
  tolerances: [{ path: 'telecom', structure: 'r4-invariant', instead: 'telecom-no-system' }],
};
const common: CommonDefinition = {
  rules: [rule('of-all', { severity: always('information') })],
  repairs: [],
  ruleIds: [],
  excused: [],
  people: peopleNamedIn([]),
  typesAboutPatient: new Set(),
  isSummary: ({ type }) => type === 'collection',
};
const bundleOf = (type: string, ...resources: AnyResource[]): AnyResource => ({
  resourceType: 'Bundle',
  type,
  entry: resources.map((resource) => ({ resource })),
});

/** A check of R4 that finds this. */
const found = (issues: Issue[]): StructureValidator => ({
  validate: () => issues,
  // eslint-disable-next-line require-yield -- it is done at once
  *validateInSlices() {
    return issues;
  },
});

function validate(bundle: AnyResource, structure: Issue[] = [], options: Partial<ValidationOptions> = {}) {
  const settings = { testRangeNhsNumbers: 'accept' } as const;
  const validator = createValidator([ofBundle, ofPatient], found(structure), settings, common);
  return validator.validateBundle(bundle, { handling: 'default', now: NOW, ...options });
}

const patient: AnyResource = { resourceType: 'Patient', telecom: [{ value: '1' }] };
const told = (issues: Issue[]): unknown[] =>
  issues.map(({ rule: id, severity, expression }) => [id, severity, expression]);

describe('validating a Bundle', () => {
  it('runs the rules of the Bundle, of each type and of all, and tells each at its place', () => {
    expect(told(validate(bundleOf('collection', patient)).issues)).toEqual([
      ['of-bundle', 'error', 'Bundle'],
      ['of-all', 'information', 'Bundle.entry[0].resource'],
      ['row-1', 'warning', 'Bundle.entry[0].resource.gender'],
      ['of-patient', 'information', 'Bundle.entry[0].resource.birthDate'],
    ]);
  });

  it('holds only a summary to the rules of the Bundle', () => {
    expect(told(validate(bundleOf('batch', patient)).issues)).not.toContainEqual([
      'of-bundle',
      'error',
      'Bundle',
    ]);
  });

  it('is as severe as the handling asks for, finding by finding', () => {
    const { issues } = validate(bundleOf('batch', patient), [], { handling: 'strict' });
    expect(
      issues.filter(({ rule: id }) => id === 'of-patient').map(({ severity, text }) => [severity, text]),
    ).toEqual([
      ['error', 'one'],
      ['error', 'two'],
    ]);
  });

  it('gathers why a reviewer should look at it, each reason once', () => {
    expect(validate(bundleOf('batch', patient)).review).toEqual(['look']);
  });

  it('drops what R4 says where the guidance tolerates it, at that element of that type only', () => {
    const cpt2 = (expression: string): Issue => ({
      severity: 'error',
      code: 'invariant',
      rule: 'r4-invariant',
      text: 'cpt-2',
      expression,
    });
    const bundle = bundleOf('batch', patient, { resourceType: 'Organization', telecom: [{ value: '1' }] });
    const { issues } = validate(bundle, [
      cpt2('Bundle.entry[0].resource.telecom[0]'),
      cpt2('Bundle.entry[1].resource.telecom[0]'),
    ]);
    expect(told(issues.filter(({ rule: id }) => id === 'r4-invariant'))).toEqual([
      ['r4-invariant', 'error', 'Bundle.entry[1].resource.telecom[0]'],
    ]);
  });

  it('merges what the repair step said', () => {
    const repaired: Issue[] = [
      {
        severity: 'warning',
        code: 'value',
        rule: guidanceId('key-case'),
        text: 'a',
        expression: 'Bundle.entry[0].resource.telecom[0]',
      },
    ];
    expect(told(validate(bundleOf('batch', patient), [], { repaired }).issues)).toContainEqual([
      'key-case',
      'warning',
      'Bundle.entry[0].resource.telecom[0]',
    ]);
  });

  it('meets entries of any shape', () => {
    expect(
      validate({ resourceType: 'Bundle', type: 'batch', entry: [null, [], { resource: 7 }] }).issues,
    ).toEqual([]);
  });
});

describe('validating a resource by itself', () => {
  it('names places from its type, and applies no rule of summaries', () => {
    const settings = { testRangeNhsNumbers: 'accept' } as const;
    const validator = createValidator([ofBundle, ofPatient], found([]), settings, common);
    expect(told(validator.validateResource(patient, { handling: 'default', now: NOW }).issues)).toEqual([
      ['of-all', 'information', 'Patient'],
      ['row-1', 'warning', 'Patient.gender'],
      ['of-patient', 'information', 'Patient.birthDate'],
    ]);
  });
});
