/** A plain right value for an element; the number makes it another. */
import { numberOf } from '../../src/fhir/decimal';
import type { Json, JsonObject } from '../../src/fhir/types';
import { codesOf, elementsOf, kindOf, type Element } from '../fuzz/tables';

const DAY = 86_400_000;
const dayOf = (n: number): string =>
  new Date(Date.UTC(2025, 2, 4) + (n % 5) * DAY).toISOString().slice(0, 10);

const PRIMITIVES: Readonly<Record<string, (n: number) => Json>> = {
  string: (n) => `text ${n}`,
  markdown: (n) => `text ${n}`,
  code: (n) => `c${n}`,
  id: (n) => `id-${n}`,
  uri: (n) => `https://example.org/uri/${n}`,
  url: (n) => `https://example.org/url/${n}`,
  canonical: (n) => `https://example.org/canonical/${n}`,
  oid: (n) => `urn:oid:1.2.${n}`,
  uuid: (n) => `urn:uuid:${uuidOf(n)}`,
  boolean: () => true,
  integer: (n) => n,
  positiveInt: (n) => n + 1,
  unsignedInt: (n) => n,
  decimal: (n) => numberOf(`${n}.5`),
  date: dayOf,
  dateTime: (n) => `${dayOf(n)}T10:${String(n % 60).padStart(2, '0')}:00.${String(n)}Z`,
  instant: (n) => `${dayOf(n)}T10:00:00.${String(n)}Z`,
  time: (n) => `10:00:00.${String(n)}`,
  base64Binary: () => 'QUJD',
  xhtml: (n) => `<div xmlns="http://www.w3.org/1999/xhtml">text ${n}</div>`,
};

export const uuidOf = (n: number): string => `6f1e2d3c-4b5a-4798-8695-${n.toString(16).padStart(12, '0')}`;

/** What a reference to a type leads to. */
export type Lead = (targets: readonly string[] | undefined, n: number) => JsonObject;

export function valueOf(element: Element, n: number, lead: Lead): Json {
  const { type, required } = element;
  const codes = required === undefined ? undefined : codesOf(required);
  const listed = codes && [...codes].flatMap(([system, all]) => [...all].map((code) => ({ system, code })));
  const bound = listed?.[n % listed.length];
  if (type === 'code' && required?.endsWith('/mimetypes')) return 'text/plain';
  if (type === 'code' && required?.endsWith('/languages')) return 'en';
  if (bound && type === 'code') return bound.code;
  if (bound && type === 'Coding') return { ...bound };
  if (bound && type === 'CodeableConcept') return { coding: [{ ...bound }] };
  if (Object.hasOwn(PRIMITIVES, type)) return PRIMITIVES[type]!(n);
  return complexOf(element, n, lead);
}

function complexOf({ type, targets }: Element, n: number, lead: Lead): JsonObject {
  switch (type) {
    case 'Reference':
      return lead(targets, n);
    case 'Extension':
      return { url: `https://example.org/e${n}`, valueString: 'x' };
    case 'Identifier':
      return { system: 'https://example.org/ids', value: `value-${n}` };
    case 'CodeableConcept':
      return { coding: [{ system: 'https://example.org/codes', code: `c${n}` }] };
    case 'Coding':
      return { system: 'https://example.org/codes', code: `c${n}`, display: `Code ${n}` };
    case 'HumanName':
      return { family: `Family${n}`, given: ['Given'] };
    case 'ContactPoint':
      return { system: 'phone', value: `07700 ${n}` };
    case 'Attachment':
      return { contentType: 'text/plain', url: `https://example.org/a/${n}` };
    case 'Period':
      return { start: `${dayOf(n)}T10:00:00.${n}Z` };
    case 'Narrative':
      return { status: 'generated', div: PRIMITIVES.xhtml!(n) };
    case 'Resource':
      return { resourceType: 'Basic', id: `b${n}`, code: { text: 'x' } };
    default:
      return objectOf(type, n, lead);
  }
}

/** What must be there, and otherwise one thing. */
export function objectOf(type: string, n: number, lead: Lead): JsonObject {
  const made: JsonObject = {};
  const elements = [...elementsOf(type).values()].filter(
    ({ json, type: each }) =>
      ![
        'id',
        'extension',
        'modifierExtension',
        'contained',
        'meta',
        'text',
        'language',
        'implicitRules',
      ].includes(json) && kindOf(each) !== undefined,
  );
  const taken = new Set<string>();
  const set = (element: Element): void => {
    if (taken.has(element.name)) return;
    taken.add(element.name);
    const value = valueOf(element, n, lead);
    made[element.json] = element.max > 1 ? [value] : value;
  };
  for (const element of elements) if (element.min > 0) set(element);
  const usual = elements.find((element) => kindOf(element.type) === 'primitive') ?? elements[0];
  if (taken.size === 0 && usual) set(usual);
  return made;
}
