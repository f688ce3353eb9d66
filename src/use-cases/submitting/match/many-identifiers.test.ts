import { listOf, type AnyResource, type JsonObject } from '../../../fhir/types';
import type { StoredEntry } from '../steps';
import type { StoredResource } from '../stored-before/stored-resource';
import { sameStay } from './agreement';
import { underTheNameOf } from './entries-of-edition';
import type { MatchedEntry, Matching } from './match-input';
import { sharesNoIdentifier } from './other-identifier';
import { remark } from './remark';
import { sameByKey } from './same-by-key';
import { withdrawnBefore } from './withdrawn-before';

const COUNT = 1_000;
/** Whatever the number of identifiers: each resource is looked at a few times. */
const FEW = 20;

const keys = jest.fn((resource: AnyResource): string[] =>
  listOf(resource.identifier as JsonObject[]).map(({ value }) => `s|${String(value)}`),
);

const definition = {
  type: 'Encounter',
  table: { name: 'encounter', patient: ['subject'] },
  identity: { keys, within: ['patient', 'stay or time'], stay: 'encounter', uniqueInBundle: false },
};

const values = (prefix: string, count = COUNT): string[] =>
  Array.from({ length: count }, (_, at) => `${prefix}${at}`);

const resource = (identifiers: readonly string[], more: JsonObject = {}): AnyResource => ({
  resourceType: 'Encounter',
  identifier: identifiers.map((value) => ({ system: 's', value })),
  ...more,
});

const entryOf = (content: AnyResource, index = 0): MatchedEntry =>
  ({
    request: { index, fullUrl: `urn:uuid:${index}`, resource: content },
    definition,
    id: '',
    patientId: 'p',
  }) as unknown as MatchedEntry;

const storedOf = (content: AnyResource, id = 'e'): StoredResource =>
  ({ type: 'Encounter', id, sender: 'RX1', patientId: 'p', content }) as unknown as StoredResource;

function matchingOf({
  stored = [],
  withdrawn = [],
  entries = [],
  resolvesTo,
}: {
  stored?: readonly StoredResource[];
  withdrawn?: readonly StoredResource[];
  entries?: readonly MatchedEntry[];
  resolvesTo?: MatchedEntry;
}): Matching {
  const byKey = new Map<string, StoredResource[]>();
  for (const each of stored)
    for (const { value } of each.content.identifier as { value: string }[])
      byKey.set(`Encounter|s|${value}`, [...(byKey.get(`Encounter|s|${value}`) ?? []), each]);
  return {
    input: {
      before: {
        byKey,
        keysOfOtherPatients: new Set(),
        passedOver: new Set(),
        withdrawn: new Map(withdrawn.map((each) => [`Encounter/${each.id}`, each])),
        resources: new Map(),
      },
      views: new Map(),
      resolve: () => resolvesTo?.request,
      definitionOf: () => definition,
    },
    issues: [],
    review: [],
    claimed: new Set(),
    reserved: new Map(),
    keysInBundle: new Map(),
    byIndex: new Map(
      [...entries, ...(resolvesTo ? [resolvesTo] : [])].map((each) => [each.request.index, each]),
    ),
  } as unknown as Matching;
}

beforeEach(() => keys.mockClear());

describe('A resource with thousands of identifiers', () => {
  it('is compared once with the stored one that has them all', () => {
    const each = entryOf(resource(['own', ...values('n')]));
    const matching = matchingOf({ stored: [storedOf(resource(values('n')))] });
    expect(sameByKey(each, matching)).toBeUndefined();
    expect(keys.mock.calls.length).toBeLessThan(FEW);
  });

  it('shares none with another one by a look at each', () => {
    const includes = jest.spyOn(Array.prototype, 'includes');
    const each = entryOf(resource(values('n')));
    const stored = storedOf(resource(values('m')));
    for (let time = 0; time < FEW; time += 1) expect(sharesNoIdentifier(each, stored)).toBe(true);
    expect(includes.mock.calls.length).toBeLessThan(FEW);
    expect(keys.mock.calls.length).toBeLessThan(FEW);
    includes.mockRestore();
  });

  it('is the stay of thousands of readings, and its identifiers are made once', () => {
    const stay = entryOf(resource(values('n')), COUNT);
    const stored = storedOf(resource(['x'], { encounter: { identifier: { system: 's', value: 'other' } } }));
    const readings = values('r').map((value, at) =>
      entryOf(resource([value], { encounter: { reference: 'urn:uuid:stay' } }), at),
    );
    const matching = matchingOf({ resolvesTo: stay });
    const includes = jest.spyOn(Array.prototype, 'includes');
    for (const reading of readings) expect(sameStay(reading, stored, matching)).toBe(false);
    expect(keys.mock.calls.length).toBeLessThan(FEW);
    expect(includes.mock.calls.length).toBeLessThan(FEW);
    includes.mockRestore();
  });
});

describe('A correction of thousands of entries', () => {
  it('finds each by its fullUrl among those of the earlier edition', () => {
    let looked = 0;
    const edition = values('').map((value): StoredEntry => {
      const entry = { type: 'Encounter', id: value, fullUrl: `urn:uuid:${value}` };
      return Object.defineProperty({ ...entry }, 'fullUrl', {
        get: () => {
          looked += 1;
          return entry.fullUrl;
        },
      }) as unknown as StoredEntry;
    });
    for (let at = 0; at < COUNT; at += 1)
      expect(underTheNameOf(entryOf(resource([]), at), edition)).toEqual([edition[at]]);
    expect(looked).toBeLessThan(COUNT * FEW);
  });

  it('looks for what was withdrawn by its identifier', () => {
    const withdrawn = values('w').map((value) => storedOf(resource([value]), value));
    const entries = values('n').map((value, at) => entryOf(resource([value]), at));
    const matching = matchingOf({ withdrawn, entries });
    for (const each of entries) expect(withdrawnBefore(each, matching)).toBeUndefined();
    expect(keys.mock.calls.length).toBeLessThan(COUNT * FEW);
  });

  it('remarks on each without a look at all remarks', () => {
    const some = jest.spyOn(Array.prototype, 'some');
    const issues: never[] = [];
    for (let index = 0; index < FEW; index += 1) {
      remark(issues, entryOf(resource([]), index).request, 'submission-late', 'It is late.');
      remark(issues, entryOf(resource([]), index).request, 'submission-late', 'It is late.');
    }
    expect(issues).toHaveLength(FEW);
    expect(some).not.toHaveBeenCalled();
    some.mockRestore();
  });
});
