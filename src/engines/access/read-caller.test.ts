/** What counts as the code of the organisation that a token speaks for. */
import { readOdsCode } from './read-caller';

describe('ods_code', () => {
  it.each([
    ['RR8', 'RR8'],
    ['rr8', 'RR8'],
    [' x26 ', 'X26'],
    ['test-ward.1', 'TEST-WARD.1'],
  ])('%p is read as %s', (given, code) => {
    expect(readOdsCode(given)).toBe(code);
  });

  it.each([
    ['an i without its dot', 'ıı8'],
    ['a long s', 'RXſ'],
    ['a sharp s', 'Rß8'],
    ['letters of full width', 'ＲＲ８'],
    ['a space that is none', 'RR8\u00a0'],
    ['a list', 'RR8 RXX'],
    ['nothing', ''],
  ])('of %s is no code: one organisation must not pass for another', (_name, given) => {
    expect(readOdsCode(given)).toBeUndefined();
  });
});
