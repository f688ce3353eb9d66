import { longestRunNormalized } from '../../test/support/work-counts';
import { fold } from '../engines/indexing/fold';
import { compareTexts, normalForm } from './normal-form';

const MARKS = ['\u0301\u0323', '\u0301\uff9e', '\uff9f\u0323', '\u{1d165}\u0301'];

describe('A text with thousands of marks on a letter', () => {
  it.each(MARKS)('is put into a normal form without those after the thirtieth (%j)', (pair) => {
    const few = `e${pair.repeat(15)}x`;
    expect(normalForm('NFKD', `e${pair.repeat(4_000)}x`)).toBe(few.normalize('NFKD'));
    expect(normalForm('NFKD', few)).toBe(few.normalize('NFKD'));
    expect(longestRunNormalized(() => normalForm('NFD', `e${pair.repeat(4_000)}x`))).toBe(30);
  });

  it.each(MARKS)('is compared without them (%j)', (pair) => {
    const compared = jest.spyOn(String.prototype, 'localeCompare');
    expect(compareTexts(`e${pair.repeat(4_000)}x`, `e${pair.repeat(4_000)}y`)).toBeLessThan(0);
    const [other] = compared.mock.calls[0]!;
    expect(Array.from(other)).toHaveLength(32);
    compared.mockRestore();
  });

  it('may have millions', () => {
    expect(normalForm('NFD', `e${'\u0301'.repeat(5_000_000)}`)).toHaveLength(31);
  });

  it('is found as its letters', () => {
    expect(fold(`Zo${'\u0301\u0323'.repeat(4_000)}e'${'\u0301'.repeat(4_000)} B`)).toBe('zoe b');
  });
});
