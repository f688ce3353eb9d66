/**
 * Makes values for R4's elements out of chance: mostly as R4 has them, now and then as nobody should send them. What
 * is right about a value is not remembered: whoever judges it finds out.
 */
import type { Random } from '../../src/demo/random';
import { numberOf } from '../../src/fhir/decimal';
import type { Json, JsonObject } from '../../src/fhir/types';
import { codesOf, concreteResources, elementsOf, kindOf, type Element } from './tables';

const GOOD: Readonly<Record<string, readonly string[]>> = {
  string: ['Text', 'Ärztin', '12', 'a line\nand another', 'דוד', '👩‍⚕️', 'x'.repeat(300), ' led by a space'],
  markdown: ['**bold**', 'text'],
  code: ['en', 'final', 'application/pdf', 'a b'],
  id: ['a', 'A-1.b', 'x'.repeat(64)],
  uri: [
    'http://example.org/a',
    'urn:oid:1.2.3',
    'urn:uuid:6f1e2d3c-4b5a-4798-8695-a4b3c2d1e0f9',
    'relative/path',
    '#a',
  ],
  url: ['https://example.org/a?b=c', 'ftp://example.org'],
  canonical: ['http://example.org/StructureDefinition/a|1.0', '#contained'],
  oid: ['urn:oid:2.16.840.1.113883'],
  uuid: ['urn:uuid:c757873d-ec9a-4326-a141-556f43239520'],
  date: ['2025', '2025-03', '2025-03-09', '1899-12-31', '2024-02-29'],
  dateTime: [
    '2025',
    '2025-03',
    '2025-03-09',
    '2025-03-09T10:00:00Z',
    '2025-03-09T10:00:00.123456+01:00',
    '2025-03-09T23:59:60Z',
  ],
  instant: ['2025-03-09T10:00:00Z', '2025-03-09T10:00:00.1-05:00', '2025-03-09T00:00:00+14:00'],
  time: ['10:00:00', '23:59:59.999'],
  base64Binary: ['AAAA', 'aGVsbG8=', 'aGVs\nbG8=', 'aA=='],
};

/** Longer than an index of PostgreSQL takes, and no compression helps. */
const LONG = Array.from({ length: 12_000 }, (_, n) => ((n * n * 7919 + n * 104_729) % 36).toString(36)).join(
  '',
);

const BAD: readonly Json[] = [
  LONG,
  `http://example.org/${LONG}`,
  '',
  ' ',
  '\u0001',
  'a\u0000b',
  'a\ud800b',
  '\u202e',
  '\ufffe',
  '2025-02-30',
  '2025-13-01',
  '0000-01-01',
  '2025-03-09T24:00:00Z',
  '2025-03-09T10:00Z',
  '2025-03-09T10:00:00',
  '2025-03-09T10:00:00+15:00',
  'AAA',
  'A===',
  'two  spaces',
  'trailing ',
  'x'.repeat(65),
  'http://exa mple.org',
  'urn:uuid:not-one',
  'Patient/',
  '../Patient/1',
  '#',
  '__proto__',
  'true',
  'null',
  '1',
  '1.0',
  '-0',
  true,
  false,
  0,
  -1,
  1.5,
  2147483648,
  numberOf('9007199254740993'),
  numberOf('1e400'),
  numberOf('-1E-400'),
  numberOf('0.1000000000000000000000000000000000001'),
  numberOf('12345678901234567890123456789012345678'),
  numberOf('1.0'),
  null,
  [],
  {},
  [[]],
  [null],
  [{}],
  { resourceType: 'Patient' },
  { extension: [] },
  { extension: [{ url: 'http://example.org/e', valueString: 'only an extension' }] },
];

export const bad = (random: Random): Json => structuredClone(random.pick(BAD));

export const badNames: readonly string[] = [
  '__proto__',
  'constructor',
  'toString',
  'resourceType',
  'fhir_comments',
  '_',
  '__id',
  'Status',
  'status ',
  'value[x]',
  'extension',
  'modifierExtension',
  'contained',
  'a.b',
  '',
  '🙂',
  'x'.repeat(300),
];

/** A value for one element, as a list where it may repeat. */
export function valueFor(element: Element, random: Random, depth = 0): Json {
  const one = (): Json => itemFor(element, random, depth);
  if (element.max === 1) return one();
  return Array.from({ length: random.chance(0.7) ? 1 : random.integer(1, 3) }, one);
}

export function itemFor(element: Element, random: Random, depth = 0): Json {
  if (random.chance(0.03)) return bad(random);
  const { type, required } = element;
  if (required !== undefined && random.chance(0.93)) {
    const bound = boundValue(required, type, random);
    if (bound !== undefined) return bound;
  }
  return ofType(type, element, random, depth);
}

function boundValue(valueSet: string, type: string, random: Random): Json | undefined {
  const codes = codesOf(valueSet);
  if (!codes) return valueSet.endsWith('/mimetypes') && type === 'code' ? 'application/pdf' : undefined;
  const [system, values] = random.pick([...codes]);
  const code = random.pick([...values]);
  if (type === 'CodeableConcept') return { coding: [{ system, code }] };
  return type === 'Coding' ? { system, code } : code;
}

function ofType(type: string, element: Element, random: Random, depth: number): Json {
  switch (type) {
    case 'boolean':
      return random.chance(0.5);
    case 'integer':
      return random.pick([0, 1, -1, 120, 2147483647, -2147483648]);
    case 'positiveInt':
      return random.pick([1, 2, 2147483647]);
    case 'unsignedInt':
      return random.pick([0, 1, 2147483647]);
    case 'decimal':
      return numberOf(
        random.pick(['36.50', '0', '-1', '1e3', '1.0E-9', '0.10', '100000000000000000000', '12']),
      );
    case 'xhtml':
      return random.pick([
        '<div xmlns="http://www.w3.org/1999/xhtml">text</div>',
        '<div xmlns="http://www.w3.org/1999/xhtml"><p>a &amp; b</p><table><tr><td>1</td></tr></table></div>',
        '<div>text</div>',
        '<div xmlns="http://www.w3.org/1999/xhtml"><script>x</script></div>',
        '<div xmlns="http://www.w3.org/1999/xhtml"> </div>',
      ]);
    case 'Reference':
      return referenceTo(element, random);
    case 'Extension':
      return extension(random, depth);
    case 'Resource':
      return { resourceType: random.pick(concreteResources), id: random.pick(GOOD.id!) };
    default:
      return GOOD[type] ? random.pick(GOOD[type]) : objectOf(type, random, depth);
  }
}

function referenceTo({ targets }: Element, random: Random): JsonObject {
  const target = targets && random.chance(0.85) ? random.pick(targets) : random.pick(concreteResources);
  return random.pick<() => JsonObject>([
    () => ({ display: 'someone' }),
    () => ({ type: target, identifier: { system: 'http://example.org/ids', value: '1' } }),
    () => ({ reference: `https://example.org/fhir/${target}/1`, type: target }),
    () => ({ reference: `https://example.org/fhir/${target}/1/_history/2` }),
    () => ({ reference: `${target}/1` }),
    () => ({ reference: 'urn:uuid:5c1f6ef8-91b2-4cb5-93b0-2f4f3f1b9a10' }),
    () => ({ reference: '#nobody' }),
    () => ({ reference: 'not a reference' }),
  ])();
}

function extension(random: Random, depth: number): JsonObject {
  const url = random.chance(0.9)
    ? 'https://example.org/StructureDefinition/e'
    : random.pick(['e', '', 'http://a|1']);
  if (depth > 2 || random.chance(0.1)) return { url, valueString: 'x' };
  if (random.chance(0.1)) return { url, extension: [extension(random, depth + 1)] };
  const values = [...elementsOf('Extension').values()].filter(({ name }) => name === 'value[x]');
  const element = random.pick(values);
  return { url, [element.json]: itemFor(element, random, depth + 1) };
}

/** What must be there, and a few of the others. */
function objectOf(type: string, random: Random, depth: number): JsonObject {
  const made: JsonObject = {};
  const taken = new Set<string>();
  const elements = [...elementsOf(type).values()].filter(({ json }) => json !== 'id' && json !== 'extension');
  const few = depth > 3 ? 0.05 : 0.35;
  for (const element of elements) {
    if (taken.has(element.name) || kindOf(element.type) === undefined) continue;
    if (element.min === 0 && !random.chance(few)) continue;
    const choice = random.pick(elements.filter(({ name }) => name === element.name));
    taken.add(element.name);
    made[choice.json] = valueFor(choice, random, depth + 1);
  }
  const [first] = elements;
  if (Object.keys(made).length === 0 && first) made[first.json] = valueFor(first, random, depth + 1);
  return made;
}
