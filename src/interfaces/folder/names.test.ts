import { isForSubmitting, nameAt, outcomeNameOf } from './names';

const CONTINUED = '\x80'.repeat(240);

describe('the name of a file where it ends', () => {
  it.each([
    ['summary.json', 2, 'summary-2.json'],
    ['summary.xml.gz', 3, 'summary-3.xml.gz'],
    ['stay.json.outcome.json', 2, 'stay.json.outcome-2.json'],
    ['no-extension', 2, 'no-extension-2'],
  ])('%s, time %i, is %s', (name, time, expected) => expect(nameAt(name, time)).toBe(expected));

  it.each([`\xc3${CONTINUED}.json.zzz`, `${CONTINUED}.json`, `\xff${'\xbf'.repeat(250)}`, 'a'.repeat(250)])(
    'is visible, and has room for its outcome and its number',
    (name) => {
      for (const time of [1, 2, 12_345]) {
        const ends = nameAt(name, time);
        expect(isForSubmitting(ends)).toBe(true);
        expect(ends.length).toBeGreaterThan(180);
        expect(outcomeNameOf(ends).length).toBeLessThanOrEqual(255 - 6);
      }
      expect(nameAt(name, 2)).not.toBe(nameAt(name, 3));
    },
  );
});
