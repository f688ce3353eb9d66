/**
 * semantics "Corrections" 2 and 3: what another current summary carries too is neither withdrawn nor turned into
 * something else by a correction, and nothing is stored twice, however the correction uses its `fullUrl`s again.
 */
import type { AnyResource, Json } from '../../src/fhir/types';
import type { SummaryBuilder } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { names, READING_SYSTEM, searchOf, withReadings } from './readings';
import { accepted, count, freshSummary, read, stored, told, type AnyJson, type Sent } from './sending';
import { at } from './statements';
import { asTransaction, rebuilt, reasons } from './story';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const readingsOf = (value: string): Promise<number> => count(homeward, searchOf(value));
const marked = async (sent: Parameters<typeof reasons>[1]): Promise<boolean> =>
  (await reasons(homeward, sent)) > 0;

const KEYS = [
  ['Encounter', 'Encounter.identifier[0].value'],
  ['DocumentReference', 'DocumentReference.masterIdentifier.value'],
  ['Observation', 'Observation[0].identifier[0].value'],
] as const;

describe('a correction that uses the fullUrl of what another summary carries for something else', () => {
  it.each(KEYS)('stores an %s as new, and leaves the other as it is', async (type, key) => {
    const [value = ''] = names('r');
    const summary = freshSummary().with('Observation[0].identifier', [{ system: READING_SYSTEM, value }]);
    const first = await accepted(homeward, summary);
    await accepted(homeward, rebuilt(summary, 'addendum'));
    const shared = await stored(homeward, first.submissionId, type);
    const before = await read(homeward, shared);

    const sent = await accepted(homeward, summary.correction(2).with(key, 'another'));

    const own = await stored(homeward, sent.submissionId, type);
    expect(own.id).not.toBe(shared.id);
    expect(own).toMatchObject({ version: 1, created: true });
    expect(await read(homeward, shared)).toEqual(before);
    expect(told(sent.json)).toContain(
      `warning submission-fullurl-of-other Bundle.entry[${own.index}].resource`,
    );
    expect(told(sent.json)).toContain('information submission-not-withdrawn');
    expect(await marked(sent)).toBe(true);
  });

  it('has each reading once, where an engine numbers its fullUrls and drops the first', async () => {
    const [a = '', b = ''] = names('a', 'b');
    const summary = withReadings(freshSummary(), a, b);
    await accepted(homeward, summary);
    await accepted(homeward, rebuilt(summary, 'addendum'));
    await accepted(homeward, withReadings(summary.correction(2), b));
    expect([await readingsOf(a), await readingsOf(b)]).toEqual([1, 1]);
  });

  it('has each reading once, where an engine turns two of them round', async () => {
    const [a = '', b = ''] = names('a', 'b');
    const summary = withReadings(freshSummary(), a, b);
    await accepted(homeward, summary);
    await accepted(
      homeward,
      rebuilt(
        withReadings(
          freshSummary().changed(() => summary.build()),
          a,
        ),
        'addendum',
      ),
    );
    await accepted(homeward, withReadings(summary.correction(2), b, a));
    expect([await readingsOf(a), await readingsOf(b)]).toEqual([1, 1]);
  });

  it('has a reading once that only the other summary carried before', async () => {
    const [a = '', b = ''] = names('a', 'b');
    const summary = withReadings(freshSummary(), a);
    await accepted(homeward, summary);
    await accepted(homeward, rebuilt(withReadings(summary, b), 'addendum'));
    await accepted(homeward, withReadings(summary.correction(2), b));
    expect([await readingsOf(a), await readingsOf(b)]).toEqual([0, 1]);
  });

  it('still makes the next version of what nobody else carries, with a warning', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary);
    const sent = await accepted(
      homeward,
      summary.correction(2).with('Encounter.identifier[0].value', 'another'),
    );
    const { id } = await stored(homeward, first.submissionId, 'Encounter');
    expect(await stored(homeward, sent.submissionId, 'Encounter')).toMatchObject({ id, version: 2 });
  });
});

describe('a correction that drops what another summary carries, under a fullUrl that it uses again', () => {
  const byCondition = (summary: SummaryBuilder): SummaryBuilder =>
    asTransaction(summary).changed((bundle) => {
      for (const { resource, request } of bundle.entry as AnyJson[]) {
        const [identifier] = resource.identifier ?? [];
        if (['Encounter', 'Observation'].includes(resource.resourceType) && identifier)
          request.ifNoneExist = `identifier=${identifier.system}|${identifier.value}`;
      }
    });

  it('does not withdraw a reading, where the other one is found by its condition', async () => {
    const [a = '', b = ''] = names('a', 'b');
    const path = '/FHIR/R4';
    const summary = withReadings(freshSummary(), a, b);
    await accepted(homeward, byCondition(summary), { path });
    await accepted(homeward, rebuilt(summary, 'addendum'));
    await accepted(homeward, byCondition(withReadings(summary.correction(2), b)), { path });
    expect([await readingsOf(a), await readingsOf(b)]).toEqual([1, 1]);
  });

  it('does not withdraw a stay, where another one is named by its id', async () => {
    const path = '/FHIR/R4';
    const summary = freshSummary();
    const first = await accepted(homeward, asTransaction(summary), { path });
    await accepted(homeward, rebuilt(summary, 'addendum'));
    const other = await accepted(
      homeward,
      rebuilt(summary.with('Encounter.identifier[0].value', 'next'), 'next'),
    );
    const [stay, next] = [
      await stored(homeward, first.submissionId, 'Encounter'),
      await stored(homeward, other.submissionId, 'Encounter'),
    ];
    const update = { Encounter: { method: 'PUT', url: `Encounter/${next.id}` } };
    const corrected = summary.correction(2).with('Encounter.identifier[0].value', 'next');
    await accepted(homeward, asTransaction(corrected, update), { path });
    expect((await read(homeward, stay)).id).toBe(stay.id);
  });
});

describe('what a correction drops, where the stored content is what only it said', () => {
  const CHANGES = [
    ['Encounter', 'Encounter.period.end', '2025-03-09T08:00:00+00:00', 'Encounter.identifier[0].value'],
    [
      'DocumentReference',
      'DocumentReference.description',
      'By mistake',
      'DocumentReference.masterIdentifier.value',
    ],
    ['Observation', 'Observation[0].note', [{ text: 'By mistake' }], 'Observation[0].identifier[0].value'],
  ] as const satisfies readonly (readonly [string, string, Json, string])[];
  const KEPT = 'warning submission-kept-as-dropped';
  /** The next edition, under fullUrls of its own, with another resource in the place of the first. */
  const dropping = (summary: SummaryBuilder, key: string): SummaryBuilder =>
    rebuilt(summary.correction(2).with(key, 'of its own')).with(
      'Bundle.identifier',
      summary.build().identifier!,
    );

  it.each(CHANGES)('stays, with a warning and a review mark: an %s', async (type, path, value, key) => {
    const [name = ''] = names('r');
    const summary = freshSummary().with('Observation[0].identifier', [
      { system: READING_SYSTEM, value: name },
    ]);
    const other = await accepted(homeward, rebuilt(summary, 'other'));
    const shared = await stored(homeward, other.submissionId, type);
    const wrong = summary.with(path, value);
    const first = await accepted(homeward, wrong);
    expect((await stored(homeward, first.submissionId, type)).id).toBe(shared.id);

    const sent = await accepted(homeward, dropping(wrong, key));

    expect((await read(homeward, shared)).meta.versionId).toBe('2');
    expect(told(sent.json)).toContain(KEPT);
    expect(await marked(sent)).toBe(true);
  });

  it.each(CHANGES)(
    'is an information where the other said the same: an %s',
    async (type, _path, _value, key) => {
      const [name = ''] = names('r');
      const summary = freshSummary().with('Observation[0].identifier', [
        { system: READING_SYSTEM, value: name },
      ]);
      const other = await accepted(homeward, rebuilt(summary, 'other'));
      const shared = await stored(homeward, other.submissionId, type);
      const first = await accepted(homeward, summary);
      expect((await stored(homeward, first.submissionId, type)).id).toBe(shared.id);
      const sent = await accepted(homeward, dropping(summary, key));
      expect((await read(homeward, shared)).id).toBe(shared.id);
      const of = (sent.json.issue as AnyJson[]).filter(({ diagnostics }) => diagnostics.includes(shared.id));
      expect(of.map(({ severity }) => severity)).toEqual(['information']);
    },
  );

  it('stays after older content of another came late: what it said is still current', async () => {
    const [name = ''] = names('r');
    const summary = freshSummary().with('Observation[0].identifier', [
      { system: READING_SYSTEM, value: name },
    ]);
    const wrong = summary
      .with('Observation[0].note', [{ text: 'By mistake' }])
      .with('Bundle.meta.lastUpdated', '2025-03-11T12:00:00Z');
    const first = await accepted(homeward, wrong);
    const older = rebuilt(summary, 'older').with('Bundle.meta.lastUpdated', '2025-03-11T10:00:00Z');
    await accepted(homeward, older);
    const sent = await accepted(
      homeward,
      dropping(wrong, 'Observation[0].identifier[0].value').with(
        'Bundle.meta.lastUpdated',
        '2025-03-11T13:00:00Z',
      ),
    );
    expect(
      (await read(homeward, await stored(homeward, first.submissionId, 'Observation'))).meta.versionId,
    ).toBe('3');
    expect(told(sent.json)).toContain(KEPT);
  });
});

describe('what two corrections drop, one after the other', () => {
  const said = ({ json }: Sent): string[] =>
    told(json)
      .filter((line) => /submission-(kept-as-dropped|not-withdrawn)/.test(line))
      .map((line) => line.split(' ').slice(0, 2).join(' '));

  it.each<[string, readonly [number, number], string]>([
    ['the earlier first', [0, 1], 'final'],
    ['the later first', [1, 0], 'final'],
    ['the later first, where the third enters it in error', [1, 0], 'entered-in-error'],
  ])('stays with a warning and a mark, because no summary says it: %s', async (_what, order, state) => {
    const [kept = '', name = ''] = names('a', 'b');
    const base = freshSummary();
    const third = rebuilt(withReadings(base, name), 'third').with('Observation[0].status', state);
    await accepted(homeward, at(third, '01'));
    const wrong = ['first', 'second'].map((each) =>
      rebuilt(withReadings(base, kept, name), each).with('Observation[1].note', [{ text: 'By mistake' }]),
    );
    for (const [index, summary] of wrong.entries()) await accepted(homeward, at(summary, `0${index + 2}`));
    const sent: Sent[] = [];
    for (const [index, which] of order.entries())
      sent.push(await accepted(homeward, at(withReadings(wrong[which]!, kept), `0${index + 4}`)));
    expect(sent.map((each) => said(each).filter((line) => line.includes('kept')))).toEqual([
      [],
      ['warning submission-kept-as-dropped'],
    ]);
    expect([await marked(sent[0]!), await marked(sent[1]!)]).toEqual([false, true]);
    expect(await readingsOf(name)).toBe(1);
  });

  it('is an information where an update by the sender says it', async () => {
    const [kept = '', name = ''] = names('a', 'b');
    const base = freshSummary();
    await accepted(homeward, at(rebuilt(withReadings(base, name), 'other'), '01'));
    const summary = rebuilt(withReadings(base, kept, name), 'first');
    const first = await accepted(homeward, at(summary, '02'));
    const reading = await read(homeward, await stored(homeward, first.submissionId, 'Observation', 1));
    const entry = {
      resource: { ...reading, note: [{ text: 'At rest' }] },
      request: { method: 'PUT', url: `Observation/${reading.id}` },
    };
    const update = { resourceType: 'Bundle', type: 'batch', entry: [entry] };
    const updated = await homeward.call('POST', '/FHIR/R4', { body: Buffer.from(JSON.stringify(update)) });
    expect(updated.json.entry[0].response.status).toMatch(/^200/);
    const sent = await accepted(homeward, at(withReadings(summary, kept), '04'));
    expect(said(sent)).toContain('information submission-not-withdrawn');
    expect(said(sent).join()).not.toContain('kept-as-dropped');
  });
});

describe('what was withdrawn and another summary has brought anew', () => {
  it.each(KEYS)('is one %s when the first summary brings it back', async (type, key) => {
    const [value = ''] = names('r');
    const without = (summary: SummaryBuilder): SummaryBuilder =>
      rebuilt(summary.with(key, 'of its own')).with('Bundle.identifier', summary.build().identifier!);
    const summary = freshSummary().with('Observation[0].identifier', [{ system: READING_SYSTEM, value }]);
    const first = await accepted(homeward, summary);
    const gone = await stored(homeward, first.submissionId, type);
    await accepted(homeward, without(summary.correction(2)));
    expect(await read(homeward, gone)).toBe(410);
    const addendum = await accepted(homeward, rebuilt(summary, 'addendum'));
    const anew = await stored(homeward, addendum.submissionId, type);

    const back = await accepted(homeward, summary.correction(3));

    expect((await stored(homeward, back.submissionId, type)).id).toBe(anew.id);
    const asTheFirst = (summary.build().entry as AnyJson[]).map(({ resource }) => resource as AnyResource);
    const sent = asTheFirst.find(({ resourceType }) => resourceType === type) as AnyJson;
    const { system, value: named } = sent.masterIdentifier ?? sent.identifier[0];
    expect(await count(homeward, `${type}?identifier=${encodeURIComponent(`${system}|${named}`)}`)).toBe(1);
  });
});
