import { sentOf } from './destination';

const isKnownCode = (code: string): boolean => code === 'vw-enc-06';
const answer = (...errors: string[]): Buffer =>
  Buffer.from(
    ['MSH|^~\\&|TIE|RYY|||20260101||ACK^T02^ACK|1|P|2.5.1', 'MSA|AE|ID1', ...errors, ''].join('\r'),
  );

describe('what an operator reads of the answer of a listener', () => {
  it.each([
    ['the rule', ['ERR||PV1^1^44|101^Required^HL70357|E|vw-enc-06|||Jane Smith'], ' (vw-enc-06)'],
    ['the code of the table, of another rule', ['ERR||PID^1^5|101^Required^HL70357|E|SMITH'], ' (101)'],
    ['the code of the table alone', ['ERR||PID^1^5|0^Accepted^HL70357|I', 'ERR||PID|207'], ' (0, 207)'],
    ['no other code', ['ERR||PID^1^5|SMITH|E|NHS9990000018', 'ERR||PID^1^5|208|E|2070'], ''],
  ])('is %s', (_what, errors, shown) => {
    expect(sentOf(answer(...errors), 'ID1', isKnownCode)).toEqual({
      refused: `the destination answered AE${shown}`,
    });
  });
});
