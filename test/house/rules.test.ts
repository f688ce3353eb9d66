/**
 * What holds of every rule, row and repair: unique ids, a section that exists, an example that keeps it and one that
 * breaks it, and no row of the guidance without a rule or a reason.
 */
import { common } from '../../src/resources/common';
import { bundle } from '../../src/resources/bundle';
import { composition } from '../../src/resources/composition';
import { documentReference } from '../../src/resources/document-reference';
import { encounter } from '../../src/resources/encounter';
import { excused } from '../../src/resources/excused';
import { messageHeader } from '../../src/resources/message-header';
import { observation } from '../../src/resources/observation';
import { organization } from '../../src/resources/organization';
import { patient } from '../../src/resources/patient';
import type { Handling, RuleExample } from '../../src/definitions/rule';
import { norms } from '../../src/definitions/norms';
import type { Issue } from '../../src/fhir/issue';
import { createStructureValidator } from '../../src/engines/validation/structure/create-structure-validator';
import { createValidator } from '../../src/engines/validation/validate';
import { aSummary } from '../fixtures/summary';
import { guidanceNorms, guidanceRows } from './guidance-rows';

const definitions = [
  bundle,
  patient,
  organization,
  encounter,
  documentReference,
  observation,
  composition,
  messageHeader,
];
const structure = createStructureValidator();
const validators = {
  accept: createValidator(definitions, structure, { testRangeNhsNumbers: 'accept' }, common),
  refuse: createValidator(definitions, structure, { testRangeNhsNumbers: 'refuse' }, common),
};
const NOW = new Date('2025-03-11T09:00:00Z');

const rules = [...definitions.flatMap((definition) => definition.rules), ...common.rules];
const repairs = [...definitions.flatMap((definition) => definition.repairs), ...common.repairs];
const rows = definitions.flatMap(({ type, elements }) => elements.map((row) => ({ type, row })));

/** Rules that can't be broken without breaking others: a contact without anything lacks each thing too. */
const inseparable: Readonly<Record<string, readonly string[]>> = {
  'vw-patient-32': ['vw-patient-34', 'vw-patient-35'],
  'news2-06': ['news2-05'],
  'news2-15': ['vw-gen-10'],
  'news2-17': ['vw-obs-28'],
  'news2-18': ['vw-bundle-09'],
  'ukcore-obs-06': ['vw-obs-18'],
};

/** What is told beside a rule: of messages and documents also that the guidance has a collection. */
function besides(id: string): readonly string[] {
  return /^(?:msg|comp)-/.test(id) ? ['vw-bundle-07'] : (inseparable[id] ?? []);
}

/** What the whole of validation says of the example, in both handlings. */
function judge(example: RuleExample, handling: Handling, id = ''): Issue[] {
  const validator = validators[id === 'vw-patient-08' ? 'refuse' : 'accept'];
  const summary = example(aSummary().build());
  const { issues: repaired, mended } = validator.repair(summary, handling);
  return validator.validateBundle(mended, { handling, now: NOW, repaired }).issues;
}

const told = (issues: readonly Issue[]): string[] => [...new Set(issues.map(({ rule }) => rule))].sort();

describe('the valid summary that examples start from', () => {
  it('has no fault and no remark', () => {
    expect([judge((summary) => summary, 'default'), judge((summary) => summary, 'strict')]).toEqual([[], []]);
  });
});

describe('the ids of rules', () => {
  it('are each used by one rule, or by a rule and rows of one type', () => {
    const owners = new Map<string, Set<string>>();
    const own = (id: string, owner: string): void => {
      owners.set(id, (owners.get(id) ?? new Set()).add(owner));
    };
    for (const { type, row } of rows) own(row.id, type);
    for (const definition of definitions) for (const rule of definition.rules) own(rule.id, definition.type);
    for (const rule of common.rules) own(rule.id, '*');
    expect([...owners].filter(([, types]) => types.size > 1)).toEqual([]);
    expect(duplicatesOf(rules.map(({ id }) => id))).toEqual([]);
  });

  it('have their form', () => {
    const ids = [...rules.map(({ id }) => id), ...rows.map(({ row }) => row.id)];
    expect(
      ids.filter((id) => !/^(?:vw|news2|ukcore|def|msg|comp)-[A-Za-z0-9-]+$|^id[a-z-]+$/.test(id)),
    ).toEqual([]);
  });
});

describe('the source of a rule', () => {
  it('is a section of the guidance, UK Core, NEWS2 or R4', () => {
    const sources = [...rules, ...rows.map(({ row }) => row), ...repairs].map(({ guidance }) => guidance);
    const known = /^(?:3|3\.1|3\.2|3\.4|3\.4\.[1-6]|NEWS2|UK Core|UKCore-[A-Za-z]+|R4)(?: |$)/;
    expect(sources.filter((source) => !known.test(source))).toEqual([]);
  });
});

describe('the rows of the guidance', () => {
  it('are each declared, or excused with a reason', () => {
    const declared = new Set([...rules.map(({ id }) => id), ...rows.map(({ row }) => row.id), ...norms]);
    const reasons = new Set(excused.map(({ id }) => id));
    expect(guidanceRows.filter((id) => !declared.has(id) && !reasons.has(id))).toEqual([]);
    expect(excused.filter(({ id }) => rules.some((rule) => rule.id === id)).map(({ id }) => id)).toEqual([]);
    expect(duplicatesOf(excused.map(({ id }) => id))).toEqual([]);
    expect(excused.filter(({ id }) => !guidanceRows.includes(id))).toEqual([]);
  });

  it('have a repair for each Norm name', () => {
    const known = new Set(repairs.map(({ norm }) => norm));
    expect(guidanceNorms.filter((norm) => !known.has(norm))).toEqual([]);
  });

  it('have a place in the order of repairs for each repair', () => {
    expect(
      repairs.map(({ norm }) => norm).filter((norm) => !(norms as readonly string[]).includes(norm)),
    ).toEqual([]);
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

function duplicatesOf(ids: readonly string[]): string[] {
  return ids.filter((id, index) => ids.indexOf(id) !== index);
}
