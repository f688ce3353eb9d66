/** One resource with a long list, and as many entries or references that lead to it: what each of them looks through. */
import type { AnyResource, Json, JsonObject } from '../../src/fhir/types';
import { copies, sizeOf } from './bundles';
import { entriesOf, withResource, type Case } from './grown';

const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';
const IDS = 'https://example.org/ids';

/** Numbers with a right check digit, in the range of tests. */
function nhsNumber(n: number): string {
  for (let serial = n * 2; ; serial += 1) {
    const nine = `999${String(serial).padStart(6, '0')}`;
    const sum = [...nine].reduce((total, digit, at) => total + Number(digit) * (10 - at), 0);
    const check = (11 - (sum % 11)) % 11;
    if (check < 10) return `${nine}${check}`;
  }
}

const LISTS: [string, string, (n: number) => Json][] = [
  ['Patient', 'NHS numbers', (n) => ({ system: NHS_NUMBER, value: nhsNumber(n) })],
  ['Patient', 'identifiers', (n) => ({ system: IDS, value: `i-${n}` })],
  ['Patient', 'systems', (n) => ({ system: `${IDS}/${n}`, value: 'x' })],
  ['Organization', 'identifiers', (n) => ({ system: IDS, value: `i-${n}` })],
  [
    'Organization',
    'codes',
    (n) => ({ system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: `A${n}` }),
  ],
  ['Encounter', 'identifiers', (n) => ({ system: IDS, value: `i-${n}` })],
  ['Practitioner', 'identifiers', (n) => ({ system: IDS, value: `i-${n}` })],
  ['DocumentReference', 'identifiers', (n) => ({ system: IDS, value: `i-${n}` })],
];

const REFERENCES: [string, (url: string, type: string) => (n: number) => JsonObject][] = [
  ['plain', (reference) => () => ({ reference })],
  [
    'with identifier',
    (reference, type) => (n) => ({ reference, type, identifier: { system: IDS, value: `i-${n}` } }),
  ],
  [
    'with NHS number',
    (reference, type) => (n) => ({
      reference,
      type,
      identifier: { system: NHS_NUMBER, value: nhsNumber(n) },
    }),
  ],
  ['by identifier', (_, type) => (n) => ({ type, identifier: { system: IDS, value: `i-${n}` } })],
  ['by another identifier', (_, type) => (n) => ({ type, identifier: { system: IDS, value: `o-${n}` } })],
  ['by NHS number', (_, type) => (n) => ({ type, identifier: { system: NHS_NUMBER, value: nhsNumber(n) } })],
  [
    'by code',
    (_, type) => (n) => ({
      type,
      identifier: { system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: `A${n}` },
    }),
  ],
];

const FROM: Readonly<Record<string, readonly [string, string][]>> = {
  Patient: [
    ['Observation', 'subject'],
    ['Encounter', 'subject'],
    ['DocumentReference', 'subject'],
    ['Observation', 'performer'],
    ['Provenance', 'target'],
    ['Condition', 'subject'],
  ],
  Organization: [
    ['Observation', 'performer'],
    ['Encounter', 'serviceProvider'],
    ['DocumentReference', 'custodian'],
    ['DocumentReference', 'author'],
    ['Organization', 'partOf'],
  ],
  Encounter: [
    ['Observation', 'encounter'],
    ['DocumentReference', 'context'],
    ['Condition', 'encounter'],
    ['Encounter', 'partOf'],
  ],
  Practitioner: [
    ['Observation', 'performer'],
    ['PractitionerRole', 'practitioner'],
    ['DocumentReference', 'author'],
  ],
  DocumentReference: [
    ['DocumentReference', 'relatesTo'],
    ['MessageHeader', 'focus'],
    ['Provenance', 'target'],
  ],
};

const WRAPS: Readonly<Record<string, (one: Json) => Json>> = {
  performer: (one) => [one],
  author: (one) => [one],
  target: (one) => [one],
  focus: (one) => [one],
  context: (one) => ({ encounter: [one] }),
  relatesTo: (target) => [{ code: 'replaces', target }],
};

export function crossedCases(): Case[] {
  return ['collection', 'transaction'].flatMap((kind) =>
    LISTS.flatMap(([type, list, item]) =>
      FROM[type]!.flatMap(([from, element]) =>
        REFERENCES.map(([how, make]) => ({
          name: `${kind}: ${type} of N ${list} and N × ${from}.${element} ${how}`,
          type,
          bundleOf: (size: number, stay = 1): AnyResource => {
            const { bundle, resource } = withResource(type, stay);
            const { fullUrl } = entriesOf(bundle).find((each) => each.resource === resource)!;
            const many = Math.floor(size / 2 / sizeOf(item(10_000)));
            const old = Array.isArray(resource.identifier) ? resource.identifier : [];
            resource.identifier = [...old, ...Array.from({ length: many }, (_, n) => item(n))];
            const reference = make(fullUrl, type);
            const wrap = WRAPS[element] ?? ((one: Json): Json => one);
            const change = (n: number): JsonObject => ({ [element]: wrap(reference(n)) });
            const count = Math.min(9_900, Math.floor(size / 2 / sizeOf(copies(from, 1, change)[0])));
            entriesOf(bundle).push(...copies(from, count, change, stay * 20 + 7));
            if (kind === 'transaction') asTransaction(bundle);
            return bundle;
          },
        })),
      ),
    ),
  );
}

export function asTransaction(bundle: AnyResource): void {
  bundle.type = 'transaction';
  for (const entry of bundle.entry as JsonObject[])
    entry.request = { method: 'POST', url: (entry.resource as AnyResource).resourceType };
}
