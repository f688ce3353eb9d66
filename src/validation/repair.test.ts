import type { Repair } from '../definitions/rule';
import type { AnyResource } from '../fhir/types';
import { createRepair } from './repair';

const unchanged = (summary: AnyResource): AnyResource => summary;
const examples = { keeps: unchanged, breaks: unchanged };

const about = { defect: 'def-00', guidance: '3.4.9 Thing', claim: 'a claim', examples };
const upperCase: Repair = {
  ...about,
  norm: 'ods-code-case',
  *repair(thing) {
    const before = thing.word;
    if (typeof before !== 'string' || before === before.toUpperCase()) return;
    thing.word = before.toUpperCase();
    yield {
      element: 'word',
      text: 'was in small letters',
      before,
      after: before.toUpperCase(),
      review: 'look at it',
    };
  },
};
const renamed: Repair = {
  ...about,
  norm: 'key-case',
  *repair(thing) {
    const before = thing.WORD;
    if (before === undefined) return;
    thing.word = before;
    delete thing.WORD;
    yield {
      element: 'word',
      text: 'was WORD',
      before: { WORD: before },
      after: { word: before },
      severity: 'information',
    };
  },
};

const repair = createRepair([{ type: 'Thing', elements: [], rules: [], repairs: [upperCase] }], {
  repairs: [renamed],
});
const bundleOf = (...things: object[]): AnyResource => ({
  resourceType: 'Bundle',
  entry: things.map((thing) => ({ resource: { resourceType: 'Thing', ...thing } as AnyResource })),
});

describe('repairing', () => {
  it('mends keys before codes, so that a later repair sees what an earlier one did', () => {
    const bundle = bundleOf({ word: 'A' }, { WORD: 'b' });
    expect(repair(bundle, 'default')).toEqual({
      issues: [
        {
          severity: 'information',
          code: 'value',
          rule: 'key-case',
          text: 'was WORD',
          expression: 'Bundle.entry[1].resource.word',
          source: '3.4.9 Thing',
        },
        {
          severity: 'warning',
          code: 'value',
          rule: 'ods-code-case',
          text: 'was in small letters',
          expression: 'Bundle.entry[1].resource.word',
          source: '3.4.9 Thing',
        },
      ],
      repairs: [
        {
          norm: 'key-case',
          path: 'Bundle.entry[1].resource.word',
          before: { WORD: 'b' },
          after: { word: 'b' },
        },
        { norm: 'ods-code-case', path: 'Bundle.entry[1].resource.word', before: 'b', after: 'B' },
      ],
      review: ['look at it'],
    });
    expect(bundle).toEqual(bundleOf({ word: 'A' }, { word: 'B' }));
  });

  it('changes nothing under strict handling, where each is an error', () => {
    const bundle = bundleOf({ WORD: 'b' });
    const { issues, repairs } = repair(bundle, 'strict');
    expect(issues.map(({ severity, rule }) => [severity, rule])).toEqual([
      ['error', 'key-case'],
      ['error', 'ods-code-case'],
    ]);
    expect(repairs).toEqual([]);
    expect(bundle).toEqual(bundleOf({ WORD: 'b' }));
  });

  it('mends a resource by itself, at places that begin with its type', () => {
    const thing: AnyResource = { resourceType: 'Thing', word: 'c' };
    expect(repair(thing, 'default').repairs).toEqual([
      { norm: 'ods-code-case', path: 'Thing.word', before: 'c', after: 'C' },
    ]);
    expect(thing.word).toBe('C');
  });

  it('leaves other types to the common repairs', () => {
    const bundle: AnyResource = {
      resourceType: 'Bundle',
      entry: [{ resource: { resourceType: 'Other', word: 'd' } }],
    };
    expect(repair(bundle, 'default').issues).toEqual([]);
  });

  it('passes over entries of any shape', () => {
    const bundle: AnyResource = {
      resourceType: 'Bundle',
      entry: [null, 7, {}, { resource: [] }, { resource: {} }],
    };
    expect(repair(bundle, 'default').issues).toEqual([]);
    expect(repair({ resourceType: 'Bundle', entry: 'none' }, 'default').issues).toEqual([]);
  });
});
