import fc from 'fast-check';
import type { AnyResource, JsonObject } from '../../../fhir/types';
import { readContent } from '../content';
import { readMessage, type Message } from '../message';
import { summaryOf, type Summary } from './summary-of';
import type { NewsCode } from './observations';

const PDF = Buffer.from('%PDF-1.4\n%%EOF\n').toString('base64');
const HEADER = 'MSH|^~\\&|RPM|TRUST|||20250301101500||MDM^T02|1|P|2.5.1';

const pulse: NewsCode = (_system, code) =>
  code === '8867-4'
    ? { isScore: false, code: '78564009', display: 'Pulse rate', ucumOf: () => '/min' }
    : undefined;

function messageOf(...lines: string[]): Message {
  const read = readMessage([HEADER, ...lines].join('\r'), 'utf8');
  if (!read.ok) throw new Error(read.why);
  return read.message;
}

const document = `OBX|1|ED|VW||^AP^PDF^Base64^${PDF}||||||F`;

function summarise(...lines: string[]): Summary {
  const message = messageOf(...lines, document);
  const content = readContent(message);
  if (!content.ok || content.content.kind !== 'pdf') throw new Error('no PDF');
  return summaryOf(message, content.content, { odsCode: 'RR8', newsCode: pulse });
}

function resourcesOf({ bundle }: Summary): AnyResource[] {
  return (bundle.entry as JsonObject[]).map(({ resource }) => resource as AnyResource);
}

/** A text that a field can hold, escaped. */
const aField = fc
  .string({ unit: 'grapheme-ascii', maxLength: 20 })
  .map((text) => text.replace(/[|^~\\&\r\n]/g, ''));

describe('A summary made of a message', () => {
  it('has the four entries that the guidance asks for, whatever the segments hold', () => {
    const segments = fc.array(
      fc.tuple(
        fc.constantFrom('PID', 'PV1', 'TXA', 'OBR', 'OBX', 'PD1', 'ZZZ'),
        fc.array(aField, { maxLength: 50 }),
      ),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(segments, (lines) => {
        const summary = summarise(...lines.map(([name, fields]) => [name, ...fields].join('|')));
        expect(
          resourcesOf(summary)
            .slice(0, 4)
            .map(({ resourceType }) => resourceType),
        ).toEqual(['Patient', 'Organization', 'Encounter', 'DocumentReference']);
        expect(JSON.stringify(summary.bundle)).not.toContain('\\u0000');
        for (const entry of [0, 1, 2, 3])
          expect(summary.places(`Bundle.entry[${entry}].resource.identifier[0].value`)).toBeDefined();
      }),
    );
  });

  it('is the same for the same message, and keeps its ids in a correction', () => {
    fc.assert(
      fc.property(aField, aField, (title, family) => {
        const lines = (text: string): string[] => [
          `PID|||9994762788^^^NHS^NH||${family}`,
          `TXA||||20250301||||||||DOC1||||${text}`,
        ];
        const first = summarise(...lines(title));
        expect(summarise(...lines(title)).bundle).toEqual(first.bundle);
        const ids = (summary: Summary): unknown[] => resourcesOf(summary).map(({ id }) => id);
        expect(ids(summarise(...lines(`${title}2`)))).toEqual(ids(first));
      }),
    );
  });

  it('keeps names, places and titles as they were sent', () => {
    fc.assert(
      fc.property(aField, aField, aField, (family, city, title) => {
        const [patient, , , reference] = resourcesOf(
          summarise(`PID|||||${family}||||||^^${city}`, `TXA|||||||||||||||| ${title}`),
        );
        const sent = (text: string): string | undefined =>
          ['', '""'].includes(text.trim()) ? undefined : text.trim();
        expect((patient!.name as JsonObject[] | undefined)?.[0]?.family).toBe(sent(family));
        expect((patient!.address as JsonObject[] | undefined)?.[0]?.city).toBe(sent(city));
        const [content] = reference!.content as { attachment: JsonObject }[];
        expect(content!.attachment.title).toBe(sent(title));
      }),
    );
  });

  it('tells documents of two senders and two namespaces apart', () => {
    const numberOf = (txa: string): unknown => resourcesOf(summarise(txa))[3]!.masterIdentifier;
    expect(numberOf('TXA||||||||||||DOC1')).toEqual({
      system: 'https://homeward.dev/Id/hl7v2/RR8/document',
      value: 'DOC1',
    });
    expect(numberOf('TXA||||||||||||DOC1^RMP A')).toEqual({
      system: 'https://homeward.dev/Id/hl7v2/RR8/document/RMP%20A',
      value: 'DOC1',
    });
    expect(numberOf('TXA||||||||||||DOC1^X^1.2.840.1^ISO')).toEqual({
      system: 'urn:oid:1.2.840.1',
      value: 'DOC1',
    });
  });

  it('has the digits of a reading as they were sent, and the time of its order', () => {
    const summary = summarise(
      'OBR|1||R1||||20250228080000',
      'OBX|2|NM|8867-4^Heart rate^LN||72.50|/min|||||F',
    );
    expect(resourcesOf(summary)[4]).toMatchObject({
      effectiveDateTime: '2025-02-28T08:00:00+00:00',
      valueQuantity: { value: '\u0000#72.50', code: '/min' },
    });
    expect(summary.places('Bundle.entry[4].resource.valueQuantity.value')).toEqual({
      segment: 'OBX',
      sequence: 1,
      field: 5,
    });
  });

  it.each([
    [200, 0],
    [201, 1],
    [140_000, 1],
  ])('keeps the number of a reading, of %d characters, and says when it is too long', (length, tooLong) => {
    const summary = summarise(`OBX|2|NM|8867-4^Heart rate^LN||${'7'.repeat(length)}|/min|||||F`);
    expect(resourcesOf(summary)[4]).toMatchObject({
      valueQuantity: { value: `\u0000#${'7'.repeat(length)}` },
    });
    expect(summary.tooLong.map(({ sequence }) => sequence)).toEqual(tooLong ? [1] : []);
  });

  it.each([
    ['Bundle.entry[0].resource.identifier[0].value', 'PID', 3],
    ['Bundle.entry[2].resource.period.start', 'PV1', 44],
    ['Bundle.entry[2].resource.period', 'PV1', 44],
    ['Bundle.entry[2].resource.period.end', 'PV1', 45],
    ['Bundle.entry[3].resource.masterIdentifier', 'TXA', 12],
    ['Bundle.entry[3].resource.content[0].attachment.creation', 'TXA', 4],
    ['Bundle.entry[3].resource.content[0].attachment.data', 'OBX', 5],
    ['Bundle.meta.lastUpdated', 'MSH', 7],
  ])('%s came from %s-%d', (expression, segment, field) => {
    expect(summarise('TXA|1').places(expression)).toMatchObject({ segment, field });
  });
});
