import { atOnce } from '../../../fhir/slices';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { aSummary } from '../../../../test/fixtures/summary';
import type { AnyResource, Json, JsonObject } from '../../../fhir/types';
import { entriesOf } from '../../../engines/validation/entries';
import { indexReferences } from '../../../engines/validation/resolve-reference';
import { contentHashOf, type Canonical } from './content-hash';

function canonical(bundle: AnyResource): Canonical {
  const entries = entriesOf(bundle);
  const resolveOne = indexReferences(entries, () => []);
  return atOnce(
    contentHashOf(bundle, {
      entries,
      resolve: (reference, from) => {
        const found = resolveOne(reference, from);
        return found.outcome === 'resolved' ? found.entry : undefined;
      },
    }),
  );
}
const digest = (bundle: AnyResource): string => canonical(bundle).sha256.toString('hex');

interface Drawn {
  text: string;
  identifier: string;
  /** What it refers to, and how: by fullUrl, by type and id, or as the address of an attachment. */
  links: { to: number; how: 0 | 1 | 2 }[];
}

const drawn = (texts: fc.Arbitrary<string>, size: { minLength: number; maxLength: number }) =>
  fc
    .array(
      fc.record({
        text: texts,
        identifier: fc.string({ maxLength: 4 }),
        links: fc.array(
          fc.record({ to: fc.nat(100), how: fc.constantFrom(0 as const, 1 as const, 2 as const) }),
          {
            maxLength: 3,
          },
        ),
      }),
      size,
    )
    .map((entries): Drawn[] =>
      entries.map((each) => ({
        ...each,
        links: each.links.map((link) => ({ ...link, to: link.to % entries.length })),
      })),
    );

/** A UUID that the seed and number give. */
function uuid(seed: number, index: number): string {
  const hex = createHash('sha256').update(`${seed} ${index}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The drawn entries as a Bundle, their names made from a seed, in the given order. */
function bundleOf(drawing: readonly Drawn[], seed: number, order: readonly number[]): AnyResource {
  const entries = drawing.map((each, index): JsonObject => {
    const point = ({ to, how }: Drawn['links'][number]): JsonObject =>
      how === 0
        ? { reference: `urn:uuid:${uuid(seed, to)}` }
        : how === 1
          ? { reference: `Basic/${uuid(seed + 1, to)}` }
          : { contentType: 'application/pdf', url: `urn:uuid:${uuid(seed, to)}` };
    return {
      fullUrl: `urn:uuid:${uuid(seed, index)}`,
      resource: {
        resourceType: 'Basic',
        id: uuid(seed + 1, index),
        meta: { versionId: String(seed), lastUpdated: '2025-03-01T10:00:00Z', source: 'urn:system' },
        identifier: [{ system: 'urn:ietf:rfc:3986', value: `urn:uuid:${each.identifier}` }],
        code: { text: each.text },
        extension: each.links.map((link) => ({ url: 'http://x', link: point(link) })),
      },
    };
  });
  return {
    resourceType: 'Bundle',
    id: uuid(seed, -1),
    type: 'collection',
    identifier: { system: 'urn:system', value: 'one' },
    timestamp: `2025-03-01T10:00:${String(seed % 60).padStart(2, '0')}Z`,
    meta: { versionId: '1', lastUpdated: `2025-03-01T10:00:${String(seed % 60).padStart(2, '0')}Z` },
    entry: order.map((index) => entries[index]!),
  };
}

const inOrder = (drawing: readonly Drawn[]): number[] => drawing.map((_, index) => index);
/** Few texts: many entries are alike. */
const alike = drawn(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 12 }).map((drawing) =>
  drawing.map((each) => ({ ...each, identifier: 'same' })),
);
/** No two entries are alike. */
const unlike = drawn(fc.string(), { minLength: 2, maxLength: 8 }).map((drawing) =>
  drawing.map((each, index) => ({ ...each, text: `${index} ${each.text}` })),
);

describe('the content of a Bundle', () => {
  it('is the same under other fullUrls and ids, with its entries in another order', () => {
    fc.assert(
      fc.property(
        fc.oneof(alike, unlike).chain((drawing) =>
          fc.record({
            drawing: fc.constant(drawing),
            seed: fc.integer({ min: 100, max: 10_000 }),
            order: fc.shuffledSubarray(inOrder(drawing), { minLength: drawing.length }),
          }),
        ),
        ({ drawing, seed, order }) => {
          const first = canonical(bundleOf(drawing, 1, inOrder(drawing)));
          const again = canonical(bundleOf(drawing, seed, order));
          expect(again.sha256).toEqual(first.sha256);
          // Entries in one place of both say the same.
          const textAt = new Map(first.positions.map((position, index) => [position, drawing[index]!.text]));
          again.positions.forEach((position, index) =>
            expect(drawing[order[index]!]!.text).toBe(textAt.get(position)),
          );
        },
      ),
      { seed: 10, numRuns: 300 },
    );
  });

  it('is another when a value, a link or a business identifier is', () => {
    fc.assert(
      fc.property(unlike, fc.nat(), fc.nat(), fc.string({ minLength: 1 }), (drawing, which, other, more) => {
        const index = which % drawing.length;
        const before = digest(bundleOf(drawing, 1, inOrder(drawing)));
        const changed = (change: (each: Drawn) => Drawn): string => {
          const after = drawing.map((each, at) => (at === index ? change(each) : each));
          return digest(bundleOf(after, 2, inOrder(drawing)));
        };
        expect(changed((each) => each)).toBe(before);
        expect(changed((each) => ({ ...each, text: each.text + more }))).not.toBe(before);
        expect(changed((each) => ({ ...each, identifier: each.identifier + more }))).not.toBe(before);
        const link = { to: other % drawing.length, how: 0 as const };
        expect(changed((each) => ({ ...each, links: [...each.links, link] }))).not.toBe(before);
        if (drawing[index]!.links.length === 0) return;
        const turned = changed((each) => ({
          ...each,
          links: each.links.map((each_, at) =>
            at === 0
              ? { ...each_, to: (each_.to + 1 + (other % (drawing.length - 1))) % drawing.length }
              : each_,
          ),
        }));
        expect(turned).not.toBe(before);
      }),
      { seed: 10, numRuns: 300 },
    );
  });

  it('tells two links to one of two equal entries from a link to each', () => {
    const entry = (text: string, ...links: number[]): Drawn => ({
      text,
      identifier: 'x',
      links: links.map((to) => ({ to, how: 0 })),
    });
    const [one, each] = [
      [entry('document', 1, 1), entry('reading'), entry('reading')],
      [entry('document', 1, 2), entry('reading'), entry('reading')],
    ].map((drawing) => digest(bundleOf(drawing, 1, [0, 1, 2])));
    expect(one).not.toBe(each);
  });

  it('is the same under other names of contained resources', () => {
    const holding = (name: string): AnyResource =>
      aSummary()
        .with('DocumentReference.contained', [{ resourceType: 'Practitioner', id: name, active: true }])
        .with('DocumentReference.author', [{ reference: `#${name}` }])
        .build();
    expect(digest(holding('p1'))).toBe(digest(holding('q')));
  });

  it.each<[string, string, Json]>([
    ['Bundle.meta.versionId', 'Bundle.meta.versionId', '7'],
    ['Bundle.identifier', 'Bundle.identifier.value', 'another'],
    ['the masterIdentifier', 'DocumentReference.masterIdentifier.value', 'another'],
    ['the NHS number', 'Patient.identifier[0].value', '9990000026'],
    ['what a reference displays', 'Encounter.subject.display', 'Somebody'],
    ['a reference to what is not in the Bundle', 'Encounter.partOf', { reference: 'Encounter/unknown' }],
    ['a profile', 'Encounter.meta.profile', ['http://example.org/profile']],
  ])('is another with another value of %s', (_what, path, value) => {
    expect(digest(aSummary().with(path, value).build())).not.toBe(digest(aSummary().build()));
  });

  it.each<[string, string, Json]>([
    ['Bundle.id', 'Bundle.id', 'another'],
    ['Bundle.timestamp', 'Bundle.timestamp', '2025-06-01T10:00:00Z'],
    ['Bundle.meta.lastUpdated', 'Bundle.meta.lastUpdated', '2025-06-01T10:00:00Z'],
    ['meta.lastUpdated of a resource', 'Encounter.meta.lastUpdated', '2025-06-01T10:00:00Z'],
    ['meta.versionId of a resource', 'Encounter.meta.versionId', '9'],
  ])('is the same with another value of %s', (_what, path, value) => {
    expect(digest(aSummary().with(path, value).build())).toBe(digest(aSummary().build()));
  });

  it('is found in less than a second for a thousand equal entries that refer to each other in a chain', () => {
    const chain = Array.from({ length: 1000 }, (_, index): Drawn => ({
      text: 'reading',
      identifier: 'x',
      links: index === 0 ? [] : [{ to: index - 1, how: 0 }],
    }));
    const bundle = bundleOf(chain, 1, inOrder(chain));
    const began = performance.now();
    digest(bundle);
    expect(performance.now() - began).toBeLessThan(1000);
  });
});
