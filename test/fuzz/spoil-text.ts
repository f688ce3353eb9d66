/**
 * Changes the bytes of a message rather than what it says: cut off, flipped, repeated, names given twice, other white
 * space, other encodings, and for XML what its writers get wrong.
 */
import type { Random } from '../../src/demo/random';

type Spoil = (text: string, random: Random) => string | Buffer;

const at = (text: string, random: Random): number => random.integer(0, Math.max(0, text.length - 1));

const anywhere: readonly (readonly [string, Spoil])[] = [
  ['cuts off', (text, random) => text.slice(0, at(text, random))],
  [
    'cuts out',
    (text, random) => {
      const from = at(text, random);
      return text.slice(0, from) + text.slice(from + random.integer(1, 40));
    },
  ],
  [
    'repeats a piece',
    (text, random) => {
      const from = at(text, random);
      const piece = text.slice(from, from + random.integer(1, 60));
      return text.slice(0, from) + piece + text.slice(from);
    },
  ],
  [
    'flips a byte',
    (text, random) => {
      const bytes = Buffer.from(text);
      const place = random.integer(0, bytes.length - 1);
      bytes[place] = (bytes[place] ?? 0) ^ (1 << random.integer(0, 7));
      return bytes;
    },
  ],
  [
    'puts in',
    (text, random) => {
      const from = at(text, random);
      const piece = random.pick([
        '\u0000',
        '\ufeff',
        '\u2028',
        '"',
        '\\',
        '<',
        '&',
        '}',
        ']]>',
        '\ud800',
        '//',
        '/**/',
        ',',
      ]);
      return text.slice(0, from) + piece + text.slice(from);
    },
  ],
  ['marks the byte order', (text) => `\ufeff${text}`],
  ['encodes as UTF-16', (text) => Buffer.from(`\ufeff${text}`, 'utf16le')],
  ['encodes as Latin-1', (text) => Buffer.from(text, 'latin1')],
  ['surrounds with white space', (text) => `\r\n\t ${text} \r\n`],
  [
    'adds after the end',
    (text, random) => text + random.pick(['x', '{}', '<a/>', '\u0000', text.slice(0, 50)]),
  ],
];

const json: readonly (readonly [string, Spoil])[] = [
  [
    'gives a name twice',
    (text, random) => {
      const names = [...text.matchAll(/"([a-zA-Z]+)":("[^"\\]*"|\d+|true)/g)];
      if (names.length === 0) return text;
      const { 0: member, index } = random.pick(names);
      return `${text.slice(0, index)}${member},${text.slice(index)}`;
    },
  ],
  [
    'writes a number otherwise',
    (text, random) =>
      text.replace(
        /:(\d+(?:\.\d+)?)/,
        `:${random.pick(['1e400', '-0', '01', '1.', '.5', '+1', '0x10', 'NaN', '1E+2', '1e-7', '36.60'])}`,
      ),
  ],
  ['leaves a comma', (text) => text.replace(/\}\]/, '},]')],
  ['escapes', (text) => text.replace(/[A-Za-z]/g, (c) => (c === 'e' ? '\\u0065' : c))],
  [
    'escapes badly',
    (text, random) => text.replace('":"', `":"${random.pick(['\\x', '\\ud800', '\\u00', '\\u0000', '\\'])}`),
  ],
  ['quotes singly', (text) => text.replace(/"/g, "'")],
];

const xml: readonly (readonly [string, Spoil])[] = [
  [
    'swaps neighbours',
    (text, random) => {
      const pairs = [...text.matchAll(/(<(\w+) value="[^"]*"\/>)(<(\w+) value="[^"]*"\/>)/g)];
      if (pairs.length === 0) return text;
      const { 0: both, 1: first, 3: second, index } = random.pick(pairs);
      return text.slice(0, index) + second + first + text.slice(index + both.length);
    },
  ],
  [
    'adds an unknown element',
    (text, random) => {
      const ends = [...text.matchAll(/<\/\w+>/g)];
      const place = ends.length === 0 ? 0 : random.pick(ends).index;
      return `${text.slice(0, place)}<unheardOf value="1"/>${text.slice(place)}`;
    },
  ],
  ['adds an attribute', (text) => text.replace(' value="', ' note="1" value="')],
  ['gives an attribute twice', (text) => text.replace(' value="', ' value="1" value="')],
  [
    'changes the namespace',
    (text, random) =>
      text.replace('http://hl7.org/fhir', random.pick(['', 'http://hl7.org/FHIR', 'urn:hl7-org:v3'])),
  ],
  [
    'declares a prefix',
    (text) =>
      text
        .replace('<Bundle xmlns="http://hl7.org/fhir"', '<f:Bundle xmlns:f="http://hl7.org/fhir"')
        .replace(/<\/Bundle>/, '</f:Bundle>'),
  ],
  ['has a DOCTYPE', (text) => text.replace('<Bundle', '<!DOCTYPE Bundle [<!ENTITY a "b">]><Bundle')],
  ['refers to an entity', (text) => text.replace(' value="', ' value="&a;')],
  ['has comments', (text) => text.replace(/></, '><!-- a comment --><')],
  ['has an instruction', (text) => text.replace(/></, '><?php x?><')],
  ['has CDATA', (text) => text.replace(/></, '><![CDATA[text]]><')],
  ['has text', (text) => text.replace(/></, '>text<')],
  ['removes a value', (text) => text.replace(/ value="[^"]*"/, '')],
  ['empties a value', (text) => text.replace(/ value="[^"]*"/, ' value=""')],
  ['leaves an element open', (text) => text.replace(/<\/\w+>/, '')],
  ['declares another encoding', (text) => text.replace('UTF-8', 'ISO-8859-1')],
  [
    'puts two resources into one',
    (text) => text.replace(/<resource>(<.*?)<\/resource>/s, '<resource>$1$1</resource>'),
  ],
];

/** @returns the bytes to send, and what was done */
export function spoilText(
  text: string,
  format: 'json' | 'xml',
  random: Random,
): { bytes: Buffer; done: string } {
  const [done, spoil] = random.pick([...anywhere, ...(format === 'json' ? json : xml)]);
  const spoilt = spoil(text, random);
  return { bytes: Buffer.isBuffer(spoilt) ? spoilt : Buffer.from(spoilt), done: `${done} (${format})` };
}
