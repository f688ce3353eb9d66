/** What comes beside the matches, what a caller may not see, and how bad queries are refused. */
import type { AnyResource } from '../../src/fhir/types';
import { nhsNumberOf } from '../../src/demo/nhs-number';
import { openHarness, type Harness } from './harness';
import { patientIdOf } from './population';

/** A caller who may see everything. */
const all = { allowed: () => true, restrictions: () => null, sees: () => null };
const PATIENT = patientIdOf(nhsNumberOf(1));
const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const subject = { reference: `Patient/${PATIENT}` };

const resources: Record<string, AnyResource> = {
  patient: {
    resourceType: 'Patient',
    id: PATIENT,
    managingOrganization: { reference: `Organization/${id(1)}` },
  },
  trust: {
    resourceType: 'Organization',
    id: id(1),
    name: 'Trust',
    partOf: { reference: `Organization/${id(2)}` },
  },
  region: {
    resourceType: 'Organization',
    id: id(2),
    name: 'Region',
    partOf: { reference: `Organization/${id(3)}` },
  },
  nation: { resourceType: 'Organization', id: id(3), name: 'Nation' },
  stay: {
    resourceType: 'Encounter',
    id: id(4),
    status: 'finished',
    subject,
    serviceProvider: { reference: `Organization/${id(1)}` },
  },
  news: {
    resourceType: 'Observation',
    id: id(5),
    status: 'final',
    code: { coding: [{ code: 'news' }] },
    subject,
    encounter: { reference: `Encounter/${id(4)}` },
    hasMember: [{ reference: `Observation/${id(6)}/_history/1` }],
  },
  rate: {
    resourceType: 'Observation',
    id: id(6),
    status: 'final',
    code: { coding: [{ code: 'rate' }] },
    subject,
    encounter: { reference: `Encounter/${id(4)}` },
  },
  condition: { resourceType: 'Condition', id: id(7), subject },
};
const names = new Map(Object.entries(resources).map(([name, resource]) => [String(resource.id), name]));

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness();
  await harness.store(Object.values(resources));
});
afterAll(() => harness.close());

async function included(type: string, ...params: [string, string][]): Promise<string> {
  const result = await harness.search(type, params);
  return result.included
    .map((each) => names.get(each.id))
    .sort()
    .join(' ');
}

async function faults(type: string, ...params: [string, string][]): Promise<unknown> {
  const answer = await harness.ask(type, params);
  return answer.ok ? answer.result : answer.issues;
}

describe('_include and _revinclude', () => {
  const news: [string, string] = ['_id', id(5)];

  it('bring in what a match refers to', async () => {
    expect(await included('Observation', news, ['_include', 'Observation:encounter'])).toBe('stay');
  });

  it('bring in all that it refers to, for a wildcard', async () => {
    expect(await included('Observation', news, ['_include', '*'])).toBe('patient rate stay');
    expect(await included('Observation', news, ['_include', 'Observation:*'])).toBe('patient rate stay');
  });

  it('bring in only the type that is named', async () => {
    expect(await included('Observation', news, ['_include', 'Observation:subject:Patient'])).toBe('patient');
    expect(await included('Observation', news, ['_include', 'Observation:subject:Device'])).toBe('');
  });

  it('bring in what refers to a match', async () => {
    expect(await included('Encounter', ['_id', id(4)], ['_revinclude', 'Observation:encounter'])).toBe(
      'news rate',
    );
    expect(await included('Patient', ['_id', PATIENT], ['_revinclude', 'Condition:subject'])).toBe(
      'condition',
    );
  });

  it('bring in all that refers to a match, for a wildcard', async () => {
    expect(await included('Patient', ['_id', PATIENT], ['_revinclude', '*'])).toBe(
      'condition news rate stay',
    );
  });

  it('bring in what may refer to anything, for a wildcard', async () => {
    const target = [{ reference: `Encounter/${id(4)}` }];
    const provenance = { resourceType: 'Provenance', id: id(77), target };
    const own = await openHarness();
    try {
      await own.store([...Object.values(resources), provenance]);
      const { included: found } = await own.search('Encounter', [
        ['_id', id(4)],
        ['_revinclude', '*'],
      ]);
      expect(found.map(({ type }) => type).sort()).toEqual(['Observation', 'Observation', 'Provenance']);
    } finally {
      await own.close();
    }
  });

  it('follow what was brought in only where told to iterate', async () => {
    const first: [string, string] = ['_include', 'Observation:encounter'];
    expect(await included('Observation', news, first, ['_include', 'Encounter:service-provider'])).toBe(
      'stay',
    );
    expect(
      await included('Observation', news, first, ['_include:iterate', 'Encounter:service-provider']),
    ).toBe('stay trust');
    expect(
      await included(
        'Encounter',
        ['_id', id(4)],
        ['_include', 'Encounter:service-provider'],
        ['_include:iterate', 'Organization:partof'],
      ),
    ).toBe('nation region trust');
  });

  it('do not bring in a match a second time', async () => {
    expect(await included('Observation', ['_include', 'Observation:has-member'])).toBe('');
  });

  it('are capped, and say so', async () => {
    const small = await openHarness({ limits: { maxIncluded: 1 } });
    try {
      await small.store(Object.values(resources));
      const { included: some, issues } = await small.search('Encounter', [
        ['_revinclude', 'Observation:encounter'],
      ]);
      expect(some).toHaveLength(1);
      expect(issues).toEqual([
        {
          severity: 'warning',
          code: 'incomplete',
          rule: 'search-include-capped',
          text: 'There are more than 1 resources to include. The rest were left out. Request smaller pages with _count.',
        },
      ]);
    } finally {
      await small.close();
    }
  });

  it('are refused where the parameter is none', async () => {
    expect(await faults('Observation', ['_include', 'Observation:code'])).toEqual([
      {
        severity: 'error',
        code: 'invalid',
        rule: 'search-include',
        text: '`_include` names `code`, which is not a reference parameter of Observation.',
      },
    ]);
  });
});

describe('what a caller may not see', () => {
  const onlyObservations = { allowed: (type: string) => type === 'Observation' };
  const refused = [
    {
      severity: 'error',
      code: 'forbidden',
      rule: 'search-scope',
      text: 'This search uses Patient. It needs a scope such as system/Patient.rs.',
    },
  ];

  it.each([
    ['patient.name', 'x'],
    ['_include', 'Observation:patient'],
  ])('is not reached by %s', async (name, value) => {
    for (const handling of ['strict', 'lenient'] as const)
      expect(await harness.ask('Observation', [[name, value]], { ...onlyObservations, handling })).toEqual({
        ok: false,
        issues: refused,
      });
  });

  it('is not reached by _has or _revinclude', async () => {
    const onlyPatients = { allowed: (type: string) => type === 'Patient' };
    for (const [name, value] of [
      ['_has:Observation:patient:code', 'news'],
      ['_revinclude', 'Observation:patient'],
    ] as const)
      expect((await harness.ask('Patient', [[name, value]], onlyPatients)).ok).toBe(false);
  });

  it('is left out of a wildcard', async () => {
    const { included: some } = await harness.search('Observation', [['_include', '*']], onlyObservations);
    expect(some).toEqual([]);
  });

  it('is left out of matches, chains and includes, where a scope is restricted by a query', async () => {
    const restricted = {
      restrictions: (type: string) =>
        type === 'Observation' ? ['code=rate', 'status=entered-in-error'] : null,
    };
    const matches = await harness.search('Observation', [], restricted);
    expect(matches.matches.map((each) => names.get(each.id))).toEqual(['rate']);
    const byNews = await harness.search('Patient', [['_has:Observation:patient:code', 'news']], restricted);
    const byRate = await harness.search('Patient', [['_has:Observation:patient:code', 'rate']], restricted);
    expect([byNews.total, byRate.total]).toEqual([0, 1]);
    const stay = await harness.search('Encounter', [['_revinclude', 'Observation:encounter']], restricted);
    expect(stay.included.map((each) => names.get(each.id))).toEqual(['rate']);
  });

  it('is everything, where a restriction cannot be read', async () => {
    for (const queries of [['nonsense=1'], []])
      expect((await harness.search('Observation', [], { restrictions: () => queries })).total).toBe(0);
  });

  it('is decided for one resource by the same queries', async () => {
    const { engine, database } = harness;
    const who = { ...all, restrictions: () => ['code=rate'] };
    expect(await engine.seenVersions(database, 'Observation', id(6), who)).toEqual(new Set([1]));
    expect(await engine.seenVersions(database, 'Observation', id(5), who)).toEqual(new Set());
  });

  it('can be narrowed by a condition of the server', async () => {
    const { total } = await harness.search('Observation', [], {
      extraCondition: (row, bind) => `${row}.sender = ${bind('another', 'text')}`,
    });
    expect(total).toBe(0);
  });
});

describe('a query that cannot be read', () => {
  const value = (name: string, sentence: string): unknown => [
    {
      severity: 'error',
      code: 'invalid',
      rule: 'search-value',
      text: `The search parameter \`${name}\` ${sentence}.`,
    },
  ];

  it.each<[string, string, string]>([
    [
      'date',
      '2023-13',
      'cannot be read: a date is YYYY, YYYY-MM, YYYY-MM-DD or a time with its time zone, after an optional prefix (eq, ne, gt, lt, ge, le, sa, eb, ap)',
    ],
    [
      'value-quantity',
      'many',
      'cannot be read: a number is digits with an optional decimal point and exponent, after an optional prefix (eq, ne, gt, lt, ge, le, sa, eb, ap); a quantity adds |system|code',
    ],
    ['code', 'a|b|c', 'cannot be read: a token is `code`, `system|code`, `system|` or `|code`'],
    ['code', '', 'has no value'],
    ['subject', 'Patient/1/2', 'cannot be read: a reference is `Type/id`, an id, or an absolute address'],
    ['code-value-quantity', '86290005', 'needs 2 values separated by $, for code and value-quantity'],
  ])('%s=%s: says what would be right', async (name, text, sentence) => {
    expect(await faults('Observation', [name, text])).toEqual(value(name, sentence));
  });

  it.each<[string, string]>([
    ['code:in', 'http://x'],
    ['date:exact', '2023'],
    ['value-string:above', 'x'],
    ['subject:Nonsense', '1'],
    ['subject:Practitioner', '1'],
    ['code:missing', 'perhaps'],
    ['_sort', 'nonsense'],
    ['_count', '-1'],
    ['_total', 'some'],
    ['_summary', 'most'],
    ['_elements', '(select 1)'],
    ['_elements', 'id,'.repeat(1_000) + 'id'],
    ['_contained', 'true'],
    ['_filter', 'x eq 1'],
    ['_list', '1'],
    ['_has:Observation:code', '1'],
    ['patient.nonsense', '1'],
    ['code.text', '1'],
    ['_sort', ''],
    ['subject.subject.subject.subject.subject.subject', '1'],
    ['code', 'a\u0000b'],
    ['code', Array.from({ length: 201 }, (_, n) => n).join(',')],
  ])('refuses %s=%s', async (name, text) => {
    const answer = await harness.ask('Observation', [[name, text]]);
    expect(answer.ok).toBe(false);
  });

  it('names all its faults at once, and repeats no value', async () => {
    const answer = await harness.ask('Observation', [
      ['nonsense', '9990000018'],
      ['9990000018', 'x'],
      ['date', '9990000018'],
    ]);
    const issues = answer.ok ? [] : answer.issues;
    expect(issues.map(({ rule }) => rule)).toEqual([
      'search-unknown-parameter',
      'search-unknown-parameter',
      'search-value',
    ]);
    expect(JSON.stringify(issues)).not.toContain('9990000018');
  });

  it('is answered without the parameter, and with a warning, where lenient handling was asked for', async () => {
    const { issues, self, total } = await harness.search(
      'Encounter',
      [
        ['nonsense', '1'],
        ['status', 'finished'],
        ['_filter', 'x'],
        ['_count', '5'],
      ],
      { handling: 'lenient' },
    );
    expect(self).toEqual([
      ['status', 'finished'],
      ['_count', '5'],
    ]);
    expect(issues.map(({ severity, rule }) => ({ severity, rule }))).toEqual([
      { severity: 'warning', rule: 'search-unknown-parameter' },
      { severity: 'warning', rule: 'search-not-offered' },
    ]);
    expect(total).toBe(1);
  });

  it.each(["'; DROP TABLE patient; --", "x') OR 1=1 --", '\\', "a'b", '$1', '\u0027'])(
    'is no way into SQL: %s',
    async (text) => {
      for (const name of [
        'code',
        'identifier',
        'value-string',
        'status',
        'subject.name',
        '_profile:below',
        'code:text',
      ])
        expect(await harness.ask('Observation', [[name, text]])).toMatchObject({
          ok: true,
          result: { total: 0 },
        });
      for (const name of ['name', 'name:exact', 'name:contains', 'phonetic'])
        expect((await harness.ask('Patient', [[name, text]])).ok).toBeDefined();
      expect((await harness.search('Patient', [])).total).toBe(1);
    },
  );
});

describe('a conditional request', () => {
  it('finds at most two ids', async () => {
    const { engine, database } = harness;
    expect(await engine.findIds(database, 'Observation', 'code=rate', all)).toMatchObject({
      ok: true,
      ids: [id(6)],
    });
    expect(await engine.findIds(database, 'Observation', 'status=final', all)).toMatchObject({
      ok: true,
      ids: [id(5), id(6)],
    });
  });

  it('needs a parameter that can be read', async () => {
    for (const query of ['', 'nonsense=1', '_sort=code'])
      expect((await harness.engine.findIds(harness.database, 'Observation', query, all)).ok).toBe(false);
  });
});
