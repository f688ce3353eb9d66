/**
 * What holds of every rule, row and repair: unique ids, a section that exists, an example that keeps it and one that
 * breaks it, and no row of the guidance without a rule or a reason.
 */
import { common, guidance, storedResources } from '../../src/resources';
import { faultsOfDefinitions } from '../../src/definitions/complete';
import type { Handling, RuleExample } from '../../src/definitions/rule';
import type { Issue } from '../../src/fhir/issue';
import { createStructureValidator } from '../../src/engines/validation/structure/create-structure-validator';
import { createValidator } from '../../src/engines/validation/validate';
import { aSummary } from '../fixtures/summary';
import { guidanceNorms } from './guidance-norms';

const structure = createStructureValidator();
const validators = {
  accept: createValidator(guidance, structure, { testRangeNhsNumbers: 'accept' }, common),
  refuse: createValidator(guidance, structure, { testRangeNhsNumbers: 'refuse' }, common),
};
const NOW = new Date('2025-03-11T09:00:00Z');

const rules = [...guidance.flatMap((definition) => definition.rules), ...common.rules];
const repairs = [...guidance.flatMap((definition) => definition.repairs), ...common.repairs];
const rows = guidance.flatMap(({ type, elements }) => elements.map((row) => ({ type, row })));

/** Rules that can't be broken without breaking others: a contact without anything lacks each thing too. */
const inseparable: Readonly<Record<string, readonly string[]>> = {
  'vw-patient-32': ['vw-patient-34', 'vw-patient-35'],
  'retracted-stay': ['vw-enc-06'],
  'news2-06': ['news2-05'],
  'news2-15': ['vw-gen-10'],
  'news2-17': ['vw-obs-28'],
  'news2-18': ['vw-bundle-09'],
  'ukcore-obs-06': ['vw-obs-18'],
};

/**
 * What is told beside a rule: of messages and documents also that the guidance has a collection, and of a type that the
 * guidance does not describe that it does not.
 */
function besides(id: string): readonly string[] {
  const owner = guidance.find((definition) => definition.rules.some((rule) => rule.id === id));
  if (owner && !owner.described) return ['vw-bundle-20'];
  return /^(?:msg|comp)-/.test(id) ? ['vw-bundle-07'] : (inseparable[id] ?? []);
}

/** What the whole of validation says of the example, in both handlings. */
function judge(example: RuleExample, handling: Handling, id = ''): Issue[] {
  const validator = validators[id === 'vw-patient-08' ? 'refuse' : 'accept'];
  const summary = example(aSummary().build());
  const { issues: remarks, repaired } = validator.repair(summary, handling);
  return validator.validateBundle(repaired, { handling, now: NOW, repaired: remarks }).issues;
}

const told = (issues: readonly Issue[]): string[] => [...new Set(issues.map(({ rule }) => rule))].sort();

describe('the valid summary that examples start from', () => {
  it('has no fault and no remark', () => {
    expect([judge((summary) => summary, 'default'), judge((summary) => summary, 'strict')]).toEqual([[], []]);
  });
});

describe('the definitions', () => {
  it('are each there once, and complete', () => {
    expect(faultsOfDefinitions({ guidance, stored: storedResources, common })).toEqual([]);
  });
});

/** The sections of the guidance that are about all types; those about one are its definition's. */
const GENERAL = ['3', '3.1', '3.2', '3.4', 'NEWS2', 'UK Core', 'R4'];
const sections = new Set([...GENERAL, ...guidance.flatMap((definition) => definition.guidance ?? [])]);

function isKnownSource(source: string): boolean {
  const isOf = (section: string): boolean => source === section || source.startsWith(`${section} `);
  return /^UKCore-[A-Za-z]+(?: |$)/.test(source) || [...sections].some(isOf);
}

describe('the source of a rule', () => {
  it('is a section of the guidance, UK Core, NEWS2 or R4', () => {
    const sources = [...rules, ...rows.map(({ row }) => row), ...repairs].map((each) => each.guidance);
    expect(sources.filter((source) => !isKnownSource(source))).toEqual([]);
  });

  it('is no section that no definition has', () => {
    expect(['3.4.99 Encounter.period', '3.5', 'UKCore'].filter(isKnownSource)).toEqual([]);
  });
});

/** The id of every row of the guidance's tables, by the number of rows that each table has. */
const guidanceRows = [common, ...guidance]
  .flatMap(({ ruleIds = [] }) => ruleIds)
  .flatMap(({ prefix, rows: count = 0 }) =>
    Array.from({ length: count }, (_, index) => `${prefix}-${String(index + 1).padStart(2, '0')}`),
  );

describe('the rows of the guidance', () => {
  it('are each declared, or excused with a reason', () => {
    const norms = repairs.map(({ norm }) => norm);
    const declared = new Set([...rules.map(({ id }) => id), ...rows.map(({ row }) => row.id), ...norms]);
    const excused = [common, ...guidance].flatMap((definition) => definition.excused ?? []);
    const reasons = new Set(excused.map(({ id }) => id));
    expect(guidanceRows.filter((id) => !declared.has(id) && !reasons.has(id))).toEqual([]);
    expect(excused.filter(({ id }) => !guidanceRows.includes(id))).toEqual([]);
  });

  it('have a repair for each Norm name', () => {
    const known = new Set(repairs.map(({ norm }) => norm));
    expect(guidanceNorms.filter((norm) => !known.has(norm))).toEqual([]);
  });
});

describe.each(rules.map((rule) => [rule.id, rule] as const))('%s', (id, rule) => {
  it(`is kept by its example: ${rule.claim}`, () => {
    expect(told(judge(rule.examples.keeps, 'default', id)).filter((one) => one === id)).toEqual([]);
  });

  it('is broken by its example, and nothing else is', () => {
    const handling = rule.severity.default === null ? 'strict' : 'default';
    expect(told(judge(rule.examples.breaks, handling, id))).toEqual([id, ...besides(id)].sort());
  });
});

describe.each(repairs.map((repair) => [repair.norm, repair] as const))('the repair %s', (norm, repair) => {
  it(`leaves alone what is right: ${repair.claim}`, () => {
    expect(told(judge(repair.examples.keeps, 'default')).filter((one) => one === norm)).toEqual([]);
  });

  it('mends its example, with a warning and no fault left', () => {
    const issues = judge(repair.examples.breaks, 'default');
    expect(told(issues)).toEqual([norm]);
    expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('is an error under strict handling, and changes nothing', () => {
    const summary = repair.examples.breaks(aSummary().build());
    const before = JSON.stringify(summary);
    const { issues, repairs: records } = validators.accept.repair(summary, 'strict');
    expect(issues.map(({ rule, severity }) => ({ rule, severity }))).toContainEqual({
      rule: norm,
      severity: 'error',
    });
    expect(records).toEqual([]);
    expect(JSON.stringify(summary)).toBe(before);
  });
});
