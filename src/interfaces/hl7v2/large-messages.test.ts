import { charactersLookedThrough, lengthHashed } from '../../../test/support/work-counts';
import { readContent } from './content';
import { summaryOf, type Summary } from './mapping/summary-of';
import type { NewsCode } from './mapping/observations';
import { readMessage, type Message } from './message';
import { remarkBesideBundle } from './remarks';

const HEADER = 'MSH|^~\\&|RPM|TRUST|||20250301101500||MDM^T02|1|P|2.5.1';
const PDF = Buffer.from('%PDF-1.4\n%%EOF\n').toString('base64');
const DOCUMENT = `OBX|1|ED|VW||^AP^PDF^Base64^${PDF}||||||F`;
const COUNT = 500;
const LONG = 'A'.repeat(4 * COUNT);

const pulse: NewsCode = () => ({
  isScore: false,
  code: '78564009',
  display: 'Pulse rate',
  ucumOf: () => '/min',
});

function messageOf(...lines: string[]): Message {
  const read = readMessage([HEADER, ...lines].join('\r'), 'utf8');
  if (!read.ok) throw new Error(read.why);
  return read.message;
}

function summarise(message: Message): Summary {
  const content = readContent(message);
  if (!content.ok || content.content.kind !== 'pdf') throw new Error('no PDF');
  return summaryOf(message, content.content, { odsCode: 'RR8', newsCode: pulse });
}

const readings = (more = ''): string[] =>
  Array.from({ length: COUNT }, (_, at) => `OBX|${at + 2}|NM|8867-4^^LN||7${at}|/min${more}`);

const sizeOf = (lines: readonly string[]): number => lines.join('\r').length;

/** Each character may be looked at some times, but not once for each segment. */
const PASSES = 40;

describe('A message of many segments takes work in proportion to its size', () => {
  it('where they are pieces of one document', () => {
    const lines = Array.from({ length: COUNT }, (_, at) => `OBX|${at}|ED|VW||^AP^PDF^Base64^${LONG}`);
    const message = messageOf(...lines);
    const looked = charactersLookedThrough(() => {
      expect(readContent(message)).toMatchObject({
        ok: false,
        faults: [{ issue: { rule: 'hl7v2-document' } }],
      });
    });
    expect(looked).toBeLessThan(sizeOf(lines) * PASSES);
  });

  it('where a long field of the order is that of each of its readings', () => {
    const lines = [`OBR|1||R1||||${LONG.repeat(20)}`, ...readings(), DOCUMENT];
    const message = messageOf(...lines);
    let summary: Summary | undefined;
    const looked = charactersLookedThrough(() => {
      summary = summarise(message);
    });
    expect(looked).toBeLessThan(sizeOf(lines) * PASSES);
    expect(JSON.stringify(summary!.bundle).length).toBeLessThan(sizeOf(lines) * PASSES);
  });

  it('where one long field of PID is looked at for each NHS number', () => {
    const pid = `PID|||${Array.from({ length: COUNT }, (_, at) => `${at}^^^NHS`).join('~')}${'|'.repeat(29)}${LONG.repeat(20)}`;
    const message = messageOf(pid, DOCUMENT);
    const looked = charactersLookedThrough(() => summarise(message));
    expect(looked).toBeLessThan(pid.length * PASSES);
  });

  it('where the number of the document, from which each id follows, is long', () => {
    const lines = [`TXA||||||||||||${LONG.repeat(20)}`, ...readings(), DOCUMENT];
    const message = messageOf(...lines);
    expect(lengthHashed(() => summarise(message))).toBeLessThan(sizeOf(lines) * PASSES);
  });

  it('where many documents stand beside a Bundle of many', () => {
    const inBundle = Array.from({ length: COUNT }, (_, at) => Buffer.alloc(32, at));
    const others = inBundle.map((bytes) => ({ bytes, isWrong: false }));
    const compared = jest.spyOn(Buffer.prototype, 'equals');
    const { issues } = remarkBesideBundle(messageOf(), others, inBundle);
    expect(compared).not.toHaveBeenCalled();
    expect(issues[0]?.text).toContain(`${COUNT} documents`);
    compared.mockRestore();
  });
});
