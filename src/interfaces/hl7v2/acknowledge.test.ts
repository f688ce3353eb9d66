import { Hl7Message } from '@medplum/core';
import fc from 'fast-check';
import { acknowledgement, type Answer } from './acknowledge';
import { fault } from './fault';
import { headOf } from './head';

const options = { now: new Date('2025-03-01T10:15:00Z'), controlId: 'ACK-1' };
const header = (version: string): Buffer =>
  Buffer.from(`MSH|^~\\&|RPM^1.2^ISO|TRUST|HOMEWARD|GP|20250301||MDM^T02^MDM_T02|MSG\\T\\1|T|${version}`);
const written = (version: string, answer: Answer): string =>
  acknowledgement(headOf(header(version)), answer, options).toString('utf8');

describe('An answer', () => {
  it('of a stored message names its submission', () => {
    expect(written('2.5.1', { code: 'AA', submissionId: 'S-1' }).split('\r')).toEqual([
      'MSH|^~\\&|HOMEWARD|GP|RPM^1.2^ISO|TRUST|20250301101500+0000||ACK^T02^ACK|ACK-1|T|2.5.1',
      'MSA|AA|MSG\\T\\1|S-1',
      '',
    ]);
  });

  const refused: Answer = {
    code: 'AE',
    faults: [
      fault('hl7v2-charset', 'Half | of ^ it', { segment: 'MSH', sequence: 1, field: 18 }),
      fault('hl7v2-left-out', 'An information.'),
    ],
  };

  it('has an ERR for each error, and none for less', () => {
    expect(written('2.6', refused).split('\r').slice(1, -1)).toEqual([
      'MSA|AE|MSG\\T\\1|',
      'ERR||MSH^1^18|103^Table value not found^HL70357|E|hl7v2-charset|||Half \\F\\ of \\S\\ it',
    ]);
  });

  it.each(['2.1', '2.3.1', '2.4'])(
    'of version %s has the rule and the sentence in ERR-1 and MSA-3',
    (version) => {
      expect(written(version, refused).split('\r').slice(1, -1)).toEqual([
        'MSA|AE|MSG\\T\\1|hl7v2-charset: Half \\F\\ of \\S\\ it',
        'ERR|MSH^1^18^hl7v2-charset&Half \\F\\ of \\S\\ it',
      ]);
    },
  );

  it('is a message that can be read, whatever the sentence and whatever came', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.uint8Array({ maxLength: 80 }), (sentence, bytes) => {
        for (const start of [header('2.5'), Buffer.alloc(0)]) {
          const head = headOf(Buffer.concat([start, Buffer.from(bytes)]));
          const answer = acknowledgement(
            head,
            { code: 'AR', faults: [fault('hl7v2-type', sentence)] },
            options,
          );
          const read = Hl7Message.parse(answer.toString('latin1'));
          expect(read.getSegment('MSA')?.getField(1).toString()).toBe('AR');
          expect(read.getAllSegments('ERR')).toHaveLength(1);
          expect(answer.includes(0x1c) || answer.includes(0x0b)).toBe(false);
        }
      }),
    );
  });
});
