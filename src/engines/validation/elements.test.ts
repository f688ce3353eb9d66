import { always, stricter, type ElementRow, type Handling } from '../../definitions/rule';
import type { Issue } from '../../fhir/issue';
import type { AnyResource } from '../../fhir/types';
import { compileElements } from './elements';

const row = (path: string, more: Partial<ElementRow>): ElementRow => ({
  id: 'row-1',
  path,
  guidance: `3.4.9 Thing.${path}`,
  optionality: 'mandatory',
  ...more,
});

function issuesOf(
  rows: ElementRow[],
  thing: Record<string, unknown>,
  handling: Handling = 'default',
): Issue[] {
  const issues: Issue[] = [];
  const resource = { resourceType: 'Thing', ...thing } as unknown as AnyResource;
  compileElements('Thing', rows)(resource, 'Bundle.entry[2].resource', handling, issues);
  return issues;
}

const places = (issues: Issue[]): unknown[] => issues.map(({ expression }) => expression);

describe('a row of an element table', () => {
  it('tells of an absence where the element would stand, with what to send', () => {
    expect(
      issuesOf(
        [
          row('status', {
            absent: always('error'),
            codes: { values: ['a', 'b'], otherwise: always('error') },
          }),
        ],
        {},
      ),
    ).toEqual([
      {
        severity: 'error',
        code: 'required',
        rule: 'row-1',
        text: 'Thing.status is missing. Send one of `a`, `b`.',
        expression: 'Bundle.entry[2].resource.status',
        source: '3.4.9 Thing.status',
      },
    ]);
  });

  it('says nothing of a child whose parent is absent', () => {
    expect(issuesOf([row('period.start', { absent: always('error') })], {})).toEqual([]);
  });

  it('looks into every item of a list', () => {
    const identifier = [{ system: 'a' }, {}, { system: 'b' }, { value: '1' }];
    expect(places(issuesOf([row('identifier.system', { absent: always('error') })], { identifier }))).toEqual(
      ['Bundle.entry[2].resource.identifier[1].system', 'Bundle.entry[2].resource.identifier[3].system'],
    );
  });

  it.each([[undefined], [null], [''], [[]], [{}]])('counts %p as absent', (name) => {
    expect(places(issuesOf([row('name', { absent: always('error') })], { name }))).toEqual([
      'Bundle.entry[2].resource.name',
    ]);
  });

  it('counts false and zero as there', () => {
    expect(
      issuesOf([row('active', { absent: always('error') }), row('rank', { absent: always('error') })], {
        active: false,
        rank: 0,
      }),
    ).toEqual([]);
  });

  it('finds a choice element under any of its typed names, and names it as FHIRPath does', () => {
    const value = row('value[x]', { absent: always('error') });
    expect(places(issuesOf([value], { valueQuantity: { value: 1 } }))).toEqual([]);
    expect(places(issuesOf([value], { valueless: 1 }))).toEqual(['Bundle.entry[2].resource.value']);
  });

  it('has a severity for each handling, or none', () => {
    const rows = [
      row('id', { absent: stricter('warning', 'error') }),
      row('date', { absent: stricter(null, 'warning') }),
    ];
    expect(issuesOf(rows, {}).map(({ severity }) => severity)).toEqual(['warning']);
    expect(issuesOf(rows, {}, 'strict').map(({ severity }) => severity)).toEqual(['error', 'warning']);
  });

  it('counts fewer than its minimum as an absence', () => {
    const four = row('entry', { min: 4, absent: always('error') });
    expect(issuesOf([four], { entry: [{}, {}, {}, {}] })).toEqual([]);
    expect(issuesOf([four], { entry: [{}, {}, {}] }).map(({ text }) => text)).toEqual([
      'Thing.entry has fewer than 4 values. Send at least 4.',
    ]);
  });

  it('tells of more than its maximum only where the row says what that is', () => {
    const name = [{}, {}];
    expect(issuesOf([row('name', { max: 1 })], { name })).toEqual([]);
    expect(issuesOf([row('name', { max: 1, excess: always('warning') })], { name })).toMatchObject([
      { severity: 'warning', code: 'structure', text: '`Thing.name` appears 2 times. Send it once.' },
    ]);
  });

  it('compares a fixed value, a canonical without its version, and is content with one of several', () => {
    const profile = row('meta.profile', {
      fixed: { value: 'https://a', canonical: true, otherwise: always('warning') },
    });
    expect(issuesOf([profile], { meta: { profile: ['https://b', 'https://a|2.0.0'] } })).toEqual([]);
    expect(issuesOf([profile], { meta: { profile: ['https://b'] } })).toMatchObject([
      { severity: 'warning', code: 'value', expression: 'Bundle.entry[2].resource.meta.profile' },
    ]);
  });

  it('tells of a code outside its list, at the item of a list', () => {
    const use = row('use', { codes: { values: ['home', 'work'], otherwise: always('error') } });
    expect(issuesOf([use], { use: 'work' })).toEqual([]);
    expect(issuesOf([use], { use: 'office' })).toMatchObject([
      {
        code: 'code-invalid',
        text: '`Thing.use` has a code that is not allowed. Send one of `home`, `work`.',
      },
    ]);
    expect(places(issuesOf([use], { use: ['home', 'office'] }))).toEqual(['Bundle.entry[2].resource.use[1]']);
  });

  it('is silent about shapes that R4 itself refuses', () => {
    const rows = [
      row('period.start', { absent: always('error') }),
      row('use', { codes: { values: ['a'], otherwise: always('error') } }),
    ];
    expect(issuesOf(rows, { period: 'now', use: 7 })).toEqual([]);
  });
});
