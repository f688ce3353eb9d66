import fc from 'fast-check';
import { contextOf, readMessage, type Message } from './message';

const HEADER = 'MSH|^~\\&|RPM|TRUST|||20250301||MDM^T02|1|P|2.5.1';

function read(...lines: string[]): Message {
  const result = readMessage([HEADER, ...lines].join('\r'), 'utf8');
  if (!result.ok) throw new Error(result.why);
  return result.message;
}

describe('A message', () => {
  it('has its segments by name and number, and MSH counts its separator', () => {
    const message = read('OBX|1|NM', 'OBX|2|ED');
    expect(message.header.text(3)).toBe('RPM');
    expect(message.header.text(9, 2)).toBe('T02');
    expect(message.all('OBX').map(({ sequence }) => sequence)).toEqual([1, 2]);
  });

  it('has repetitions, components and sub-components, without escapes and control characters', () => {
    const pid = read('PID|||1^^^NHS&2.16&ISO^NH~2^^^RR8^MR||O\\T\\N\u0007eill^Ann').first('PID')!;
    expect(pid.repetitions(3)).toBe(2);
    expect([pid.first(3, 4), pid.subcomponent(3, 4, 2), pid.text(3, 5, 2)]).toEqual(['NHS', '2.16', 'MR']);
    expect(pid.text(5)).toBe('O&Neill');
  });

  it('has nothing for an empty field, for the null of HL7, and for a field that is not there', () => {
    const pid = read('PID||""| |').first('PID')!;
    expect([pid.text(1), pid.text(2), pid.text(3), pid.text(30), pid.text(3, 4, 9)]).toEqual(
      Array(5).fill(undefined),
    );
    expect(pid.repetitions(1)).toBe(0);
  });

  it.each(['\r', '\n', '\r\n'])('may end its segments with %j, and wrap a long field', (ending) => {
    const result = readMessage(
      [HEADER, 'OBX|1|ED|||^AP^PDF^Base64^AAAA', 'BBBB', 'CC==||F', 'NTE|1'].join(ending),
      'utf8',
    );
    const obx = result.ok ? result.message.first('OBX')! : undefined;
    expect(obx?.raw(5, 5)).toBe('AAAA\nBBBB\nCC==');
    expect(result.ok && result.message.segments.map(({ name }) => name)).toEqual(['MSH', 'OBX', 'NTE']);
  });

  it.each([
    ['no MSH', 'PID|1', 'no-header'],
    ['delimiters that are the same', 'MSH|^^\\&|A', 'no-header'],
    ['delimiters that are letters', 'MSH|abcd|A', 'no-header'],
    ['too few delimiters', 'MSH|^~|A', 'no-header'],
    ['a second start of a frame', `${HEADER}\rPID|1\u000b${HEADER}`, 'control-characters'],
    ['a null byte', `${HEADER}\rPID|\u0000#1`, 'control-characters'],
    ['very many fields', `${HEADER}\rPID${'|'.repeat(500_001)}`, 'too-many-fields'],
    ['very many segments', `${HEADER}${'\rNTE|'.repeat(50_001)}`, 'too-many-fields'],
  ])('is not read with %s', (_what, text, why) => {
    expect(readMessage(text, 'utf8')).toEqual({ ok: false, why });
  });

  it('with a fifth delimiter of version 2.7 is read', () => {
    expect(contextOf('MSH|^~\\&#|A')).toMatchObject({ subcomponentSeparator: '&' });
  });

  it('is read, or refused, whatever its text is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        for (const each of [text, `${HEADER}\r${text}`]) {
          const result = readMessage(each, 'utf8');
          if (!result.ok) continue;
          for (const segment of result.message.segments)
            for (let field = 1; field < 6; field += 1) segment.text(field, 2, segment.repetitions(field));
        }
      }),
    );
  });
});
