/** What takes long of a large message is done in slices, and gives the same as in one piece. */
import { createHash } from 'node:crypto';
import type { Slices } from '../../fhir/slices';
import { readContentInSlices } from './content';
import { readMessage } from './message';
import { statementOf } from './statement';

const MIB = 1024 * 1024;

function sliced<T>(work: Slices<T>): { result: T; slices: number } {
  for (let slices = 1; ; slices += 1) {
    const step = work.next();
    if (step.done === true) return { result: step.value, slices };
  }
}

/** The SHA-256 that the text has as Latin-1. */
const hashOf = (text: string): string => createHash('sha256').update(text, 'latin1').digest('hex');
const statement = (text: string): string =>
  sliced(statementOf(Buffer.from(text, 'latin1'))).result.toString('hex');

describe('the statement of a message', () => {
  it('is its bytes without what its sender changes when it sends it again', () => {
    const [msh, evn] = ['MSH|^~\\&|RPM|TRUST|||', 'EVN|T02|'];
    const rest = '|BOB\r\n\r\nPID|||1\xe9\nOBX|7|10|13';
    expect(statement(`${msh}2025||MDM^T02|ID1|P|2.5.1|7|x\r${evn}2025${rest}`)).toBe(
      hashOf(`${msh}||MDM^T02||P|2.5.1||x\r${evn}${rest}`),
    );
    expect(statement(`\xef\xbb\xbf${msh}2025\rEVN|T02|1\r\n`)).toBe(hashOf(`${msh}\rEVN|T02|\r\n`));
    expect(statement('MSH#^~\\&#A\rEVN|T02|1\rEVN#T02#1\r')).toBe(
      hashOf('MSH#^~\\&#A\rEVN|T02|1\rEVN#T02#\r'),
    );
  });

  it('is made in slices', () => {
    const text = `MSH|^~\\&|RPM\rOBX|1|ED|${'A'.repeat(4 * MIB)}\r`;
    const { result, slices } = sliced(statementOf(Buffer.from(text)));
    expect(result.toString('hex')).toBe(hashOf(text));
    expect(slices).toBeGreaterThan(4);
  });
});

describe('a large document in a message', () => {
  const pdf = Buffer.concat([Buffer.from('%PDF-1.4\n'), Buffer.alloc(3 * MIB, 'Homeward')]);
  const base64 = pdf.toString('base64');
  const wrapped = (every: number, end: string): string =>
    Array.from({ length: Math.ceil(base64.length / every) }, (_, at) =>
      base64.slice(at * every, (at + 1) * every),
    ).join(end);

  // Lines of these lengths have their ends at, before and after the end of a slice.
  it.each([
    ['without breaks', base64],
    ...[59, 60, 61, 64, 76].flatMap((every) => [
      [`with a break after ${every} characters`, wrapped(every, '\\.br\\')],
      [`with a line feed after ${every} characters`, wrapped(every, '\n')],
    ]),
  ])('%s is read whole, in slices', (_, data) => {
    const read = readMessage(`MSH|^~\\&|RPM\rOBX|1|ED|VW||^AP^PDF^Base64^${data}`, 'utf8');
    if (!read.ok) throw new Error(read.why);
    const { result, slices } = sliced(readContentInSlices(read.message));
    expect(result.ok && result.content.kind === 'pdf' && result.content.bytes.equals(pdf)).toBe(true);
    expect(slices).toBeGreaterThan(6);
  });
});
