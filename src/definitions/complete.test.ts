import type { AnyResource } from '../fhir/types';
import { commonSearchParameters } from './common-search-parameters';
import { faultsOfDefinitions } from './complete';
import { peopleNamedIn } from './other-people';
import type { CommonDefinition, ResourceDefinition } from './resource-definition';
import { always, type ReferenceElement, type Rule } from './rule';

const unchanged = (summary: AnyResource): AnyResource => summary;
const rule = (id: string): Rule => ({
  id,
  severity: always('error'),
  code: 'value',
  guidance: '3.4.7',
  claim: 'A claim.',
  check: () => [],
  examples: { keeps: unchanged, breaks: unchanged },
});
const subject: ReferenceElement = {
  path: 'subject',
  targets: ['Patient'],
  meant: 'the Patient of this Bundle',
  guidance: '3.4.7',
  resolvesId: 'vw-plan-02',
  unresolved: always('error'),
  mandatory: true,
  keeps: unchanged,
  breaks: unchanged,
};
const carePlan: ResourceDefinition = {
  type: 'CarePlan',
  guidance: '3.4.7',
  described: true,
  ruleIds: [{ prefix: 'vw-plan', rows: 2 }],
  elements: [],
  rules: [rule('vw-plan-01')],
  repairs: [],
  table: { name: 'care_plan', patient: ['subject'], columns: [] },
  searchParameters: commonSearchParameters,
  withdrawable: true,
};
const common: CommonDefinition = {
  rules: [],
  repairs: [],
  ruleIds: [],
  excused: [],
  people: peopleNamedIn([]),
  typesAboutPatient: new Set(),
  isSummary: () => true,
};

function faultsOf(change: Partial<ResourceDefinition>, ...others: ResourceDefinition[]): string[] {
  const one = { ...carePlan, ...change };
  return faultsOfDefinitions({ guidance: [one], stored: [one, ...others], common });
}

const without = (field: 'table' | 'described' | 'ruleIds'): Partial<ResourceDefinition> =>
  ({ [field]: undefined }) as unknown as Partial<ResourceDefinition>;

describe('a definition', () => {
  it('is accepted where it is complete and there once', () => {
    expect(faultsOf({})).toEqual([]);
  });

  it('is refused where its type is listed among the other types too', () => {
    const again = { ...carePlan, table: { ...carePlan.table, name: 'other_resource', typeColumn: 'type' } };
    expect(faultsOf({}, again)).toEqual([
      'CarePlan is defined twice. Its folder is in src/resources/index.ts, and it is listed there again or in src/resources/other/. Remove one of the two.',
    ]);
  });

  it('is refused where its rules are known and its table is not', () => {
    expect(faultsOfDefinitions({ guidance: [carePlan], stored: [], common })).toEqual([
      'CarePlan has rules but is not a stored type. Add it to the list in src/resources/index.ts.',
    ]);
  });

  const refused: [string, Partial<ResourceDefinition>, string][] = [
    ['without a table', without('table'), 'CarePlan has no table. Add `table` to its definition.'],
    [
      'of a type that R4 does not have',
      { type: 'CarePlans' },
      'CarePlans is defined, but R4 has no such resource type. Correct its name.',
    ],
    [
      'without the search parameters of all types',
      { searchParameters: [] },
      'CarePlan has no search parameter _id. Begin its list with the common search parameters.',
    ],
    [
      'with a search parameter twice',
      { searchParameters: [...commonSearchParameters, commonSearchParameters[0]!] },
      'CarePlan has the search parameter _id twice. Remove one.',
    ],
    [
      'that is described and has no rules',
      { rules: [] },
      'CarePlan is `described` but has no rows and no rules. Add src/resources/<type>/rules.ts, or leave `described` out.',
    ],
    [
      'with a section of the guidance that is not described',
      without('described'),
      'CarePlan names section 3.4.7 of the guidance but is not `described`. Add `described`.',
    ],
    [
      'that does not say how the ids of its rules begin',
      without('ruleIds'),
      'CarePlan has rules but does not say how their ids begin. Add `ruleIds`.',
    ],
    [
      'with an id that begins in another way',
      { rules: [rule('vw-plan-01'), rule('plan-02')] },
      'CarePlan: the id plan-02 does not begin with any of its `ruleIds`. Rename the id, or add its beginning to `ruleIds`.',
    ],
    [
      'with an id twice',
      { rules: [rule('vw-plan-01'), rule('vw-plan-01')] },
      'Two rules have the id vw-plan-01. Give each its own id.',
    ],
    [
      'with a reference that has no rule',
      { references: [subject] },
      'CarePlan.subject is in the list of references, but there is no rule vw-plan-02. Add the rule.',
    ],
    [
      'that excuses a row which a rule holds',
      { excused: [{ id: 'vw-plan-01', reason: 'a permission' }] },
      'The row vw-plan-01 is excused more than once, or is excused and has a rule. Leave one.',
    ],
    [
      'whose scope follows itself',
      { scope: { follows: 'CarePlan' } },
      'The scope of CarePlan names CarePlan itself. Name another type, or leave `scope` out.',
    ],
  ];
  it.each(refused)('is refused %s', (_what, change, sentence) => {
    expect(faultsOf(change)).toEqual([sentence]);
  });

  it('is refused where another type has its table', () => {
    expect(faultsOf({}, { ...carePlan, type: 'CareTeam', rules: [] })).toEqual([
      'CareTeam and CarePlan have the same table, care_plan. Give each its own table.',
    ]);
  });

  it('is refused where another type has a rule of the same id', () => {
    const careTeam = { ...carePlan, type: 'CareTeam', table: { ...carePlan.table, name: 'care_team' } };
    const all = [carePlan, careTeam];
    expect(faultsOfDefinitions({ guidance: all, stored: all, common })).toEqual([
      'CarePlan and CareTeam both use the id vw-plan-01. Give each rule its own id.',
    ]);
  });
});
