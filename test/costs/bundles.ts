/** Bundles of many entries, and of references between them. */
import type { AnyResource, Json, JsonObject } from '../../src/fhir/types';
import { stringify } from '../../src/fhir/decimal';
import { aSummary } from '../fixtures/summary';
import { entriesOf, leadIn, withResource, type Case } from './grown';
import { uuidOf } from './values';

/** The types with rules of the guidance. */
export const GUIDED = [
  'Patient',
  'Encounter',
  'Observation',
  'DocumentReference',
  'Composition',
  'Organization',
  'Practitioner',
  'PractitionerRole',
  'Location',
  'Device',
  'Provenance',
  'QuestionnaireResponse',
  'MessageHeader',
  'Condition',
] as const;

type Make = (n: number) => JsonObject;

/** So many copies of the summary's resource of a type, each with a name of its own. */
export function copies(
  type: string,
  count: number,
  change: Make,
  first = 1,
): { fullUrl: string; resource: AnyResource }[] {
  const { resource } = withResource(type);
  const { identifier: _, masterIdentifier: __, ...rest } = resource;
  return Array.from({ length: count }, (_each, n) => {
    const id = uuidOf(first * 1_000_000 + n);
    return {
      fullUrl: `urn:uuid:${id}`,
      resource: { ...structuredClone(rest), id, ...change(n) } as AnyResource,
    };
  });
}

export const sizeOf = (value: unknown): number => stringify(value as Json).length;

function many(name: string, types: readonly string[], change: (type: string) => Make): Case {
  return {
    name,
    type: types[0]!,
    bundleOf: (size, stay) => {
      const bundle = aSummary()
        .stay(stay ?? 1)
        .build();
      const each = types.reduce((sum, type) => sum + sizeOf(copies(type, 1, change(type))[0]), 0);
      const count = Math.min(Math.max(1, Math.floor(size / each)), Math.floor(9_900 / types.length));
      const base = stay ?? 1;
      for (const [at, type] of types.entries()) {
        const lead = leadIn(bundle)(['Patient'], 1);
        for (const entry of copies(type, count, change(type), base * 20 + at)) {
          if ('subject' in entry.resource && type !== 'Composition') entry.resource.subject = lead;
          entriesOf(bundle).push(entry);
        }
      }
      return bundle;
    },
  };
}

const LIST = 'identifier';
const own =
  (type: string) =>
  (n: number): JsonObject =>
    identifier(type, `own-${n}`);
const shared = (type: string) => (): JsonObject => identifier(type, 'shared');
const none = () => (): JsonObject => ({});

function identifier(type: string, value: string): JsonObject {
  const one = { system: 'https://example.org/ids', value };
  return ['Composition', 'QuestionnaireResponse'].includes(type)
    ? { [LIST]: one }
    : ['Provenance', 'MessageHeader'].includes(type)
      ? {}
      : { [LIST]: [one] };
}

export function entryCases(): Case[] {
  const pairs = GUIDED.flatMap((one, at) => GUIDED.slice(at + 1).map((other) => [one, other]));
  return [
    ...GUIDED.flatMap((type) => [
      many(`N × ${type}`, [type], none),
      many(`N × ${type}, an identifier each`, [type], own),
      many(`N × ${type}, one identifier`, [type], shared),
    ]),
    ...pairs.map((types) => many(`N × ${types.join(' + ')}, an identifier each`, types, own)),
    ...pairs.map((types) => many(`N × ${types.join(' + ')}, one identifier`, types, shared)),
  ];
}

interface Links {
  name: string;
  type: string;
  element: string;
  /** The reference or what holds it, of an entry number n of so many, to another entry's fullUrl. */
  links: (n: number, count: number, url: (n: number) => string) => Json | undefined;
}

const ref = (reference: string): JsonObject => ({ reference });
const chain =
  (wrap: (one: JsonObject) => Json = (one) => one): Links['links'] =>
  (n, count, url) =>
    n + 1 < count ? wrap(ref(url(n + 1))) : undefined;
const ring =
  (wrap: (one: JsonObject) => Json = (one) => one): Links['links'] =>
  (n, count, url) =>
    wrap(ref(url((n + 1) % count)));
const star =
  (wrap: (one: JsonObject) => Json): Links['links'] =>
  (n, count, url) =>
    n === 0 ? Array.from({ length: count - 1 }, (_, at) => wrap(ref(url(at + 1)))) : undefined;
const toFirst =
  (wrap: (one: JsonObject) => Json): Links['links'] =>
  (n, _count, url) =>
    n === 0 ? undefined : wrap(ref(url(0)));
const half =
  (wrap: (one: JsonObject) => Json): Links['links'] =>
  (n, count, url) =>
    n < 30 ? Array.from({ length: count - 30 }, (_, at) => wrap(ref(url(at + 30)))) : undefined;
const list = (one: JsonObject): Json => [one];
const same = (one: JsonObject): Json => one;
const replaces = (target: JsonObject): JsonObject => ({ code: 'replaces', target });

const LINKED: [string, string, (one: JsonObject) => Json, (one: JsonObject) => Json][] = [
  ['Observation', 'hasMember', same, list],
  ['Observation', 'derivedFrom', same, list],
  ['DocumentReference', 'relatesTo', replaces, (one) => [replaces(one)]],
  ['Encounter', 'partOf', same, same],
  ['Organization', 'partOf', same, same],
  ['Location', 'partOf', same, same],
  ['Device', 'parent', same, same],
  ['Provenance', 'target', same, list],
  ['Patient', 'link', (other) => ({ other, type: 'seealso' }), (other) => [{ other, type: 'seealso' }]],
  ['Composition', 'section', (one) => ({ entry: [one] }), (one) => [{ entry: [one] }]],
  ['Condition', 'evidence', (one) => ({ detail: [one] }), (one) => [{ detail: [one] }]],
];

export function linkCases(): Case[] {
  return LINKED.flatMap(([type, element, item, whole]) => [
    linked({ name: 'in a chain', type, element, links: chain(whole) }),
    linked({ name: 'in a ring', type, element, links: ring(whole) }),
    linked({ name: 'all to one', type, element, links: toFirst(whole) }),
    ...(whole === item
      ? []
      : [
          linked({ name: 'one to all', type, element, links: star(item) }),
          linked({ name: 'thirty to all', type, element, links: half(item) }),
        ]),
  ]);
}

function linked({ name, type, element, links }: Links): Case {
  return {
    name: `N × ${type} by ${element} ${name}`,
    type,
    bundleOf: (size, stay) => {
      const bundle = aSummary()
        .stay(stay ?? 1)
        .build();
      const each = sizeOf(copies(type, 1, own(type))[0]) + 150;
      const count = Math.min(9_900, Math.max(40, Math.floor(size / each)));
      const first = (stay ?? 1) * 20;
      const url = (n: number): string => `urn:uuid:${uuidOf(first * 1_000_000 + n)}`;
      const made = copies(
        type,
        count,
        (n) => {
          const value = links(n, count, url);
          return { ...own(type)(n), ...(value === undefined ? {} : { [element]: value }) };
        },
        first,
      );
      for (const entry of made) {
        if ('subject' in entry.resource) entry.resource.subject = leadIn(bundle)(['Patient'], 1);
        entriesOf(bundle).push(entry);
      }
      return bundle;
    },
  };
}

/** Many references of one element to the same, to different entries, by identifier, and to nothing. */
export function referenceCases(): Case[] {
  const places: [string, string, (one: JsonObject) => Json][] = [
    ['Observation', 'performer', same],
    ['Observation', 'hasMember', same],
    ['Encounter', 'participant', (individual) => ({ individual })],
    ['Encounter', 'diagnosis', (condition) => ({ condition })],
    ['DocumentReference', 'author', same],
    ['DocumentReference', 'context', (one) => one],
    ['Patient', 'generalPractitioner', same],
    ['Composition', 'author', same],
    ['Provenance', 'target', same],
    ['List', 'entry', (item) => ({ item })],
    ['MessageHeader', 'focus', same],
    ['QuestionnaireResponse', 'basedOn', same],
  ];
  const kinds: [string, (n: number) => JsonObject][] = [
    ['to the patient', () => ({})],
    ['to nobody', (n) => ref(`urn:uuid:${uuidOf(77_000_000 + n)}`)],
    ['by id', (n) => ref(`Patient/${uuidOf(77_000_000 + n)}`)],
    [
      'by identifier',
      (n) => ({ type: 'Patient', identifier: { system: 'https://example.org/ids', value: `r-${n}` } }),
    ],
    [
      'by NHS number',
      (n) => ({
        type: 'Patient',
        identifier: { system: 'https://fhir.nhs.uk/Id/nhs-number', value: `99900${n}` },
      }),
    ],
    ['by condition', (n) => ref(`Patient?identifier=https://example.org/ids|r-${n}`)],
    ['by the id of an organisation', (n) => ref(`Organization/A${n}`)],
    [
      'by ODS code',
      (n) => ({
        type: 'Organization',
        identifier: { system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: `A${n}` },
      }),
    ],
    ['to contained', (n) => ref(`#c${n}`)],
    ['elsewhere', (n) => ref(`https://example.org/fhir/Patient/${n}`)],
  ];
  return places.flatMap(([type, element, wrap]) =>
    kinds.map(([name, make]) => ({
      name: `${type}.${element} × N ${name}`,
      type,
      bundleOf: (size: number, stay?: number) => {
        const { bundle, resource } = withResource(type, stay);
        const lead = leadIn(bundle)(['Patient'], 1);
        const one = (n: number): Json => wrap(name === 'to the patient' ? lead : make(n));
        const count = Math.floor(size / (sizeOf(one(10_000)) + 1));
        const items = Array.from({ length: count }, (_, n) => one(n));
        resource[element] = element === 'context' ? { related: items } : items;
        return bundle;
      },
    })),
  );
}
