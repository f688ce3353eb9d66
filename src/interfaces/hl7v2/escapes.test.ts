import { Hl7Context } from '@medplum/core';
import fc from 'fast-check';
import { escape, unescape } from './escapes';

const usual = new Hl7Context();
const meant = (text: string): string => unescape(text, usual, 'utf8');

describe('Escape sequences', () => {
  it('give back every text that was escaped, with any delimiters', () => {
    const delimiters = fc.uniqueArray(fc.constantFrom(...'|^~\\&#!$%*@'), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        delimiters,
        (text, [field, component, repetition, own, sub]) => {
          const context = new Hl7Context('\r', field, component, repetition, own, sub);
          const plain = text.replace(/\r\n?/g, '\n');
          const written = escape(plain, context);
          expect(unescape(written, context, 'utf8')).toBe(plain);
          for (const each of [field!, component!, repetition!, sub!, '\r', '\n'])
            expect(written).not.toContain(each);
        },
      ),
    );
  });

  it.each([
    ['A \\T\\ E', 'A & E'],
    ['\\F\\\\S\\\\R\\\\E\\', '|^~\\'],
    ['one\\.br\\two', 'one\ntwo'],
    ['\\H\\bold\\N\\', 'bold'],
    ['caf\\XC3A9\\', 'café'],
    ['50\\% of C:\\dir', '50\\% of C:\\dir'],
    ['\\Zlocal\\ stays', '\\Zlocal\\ stays'],
    ['ends with \\', 'ends with \\'],
  ])('%s means %s', (written, expected) => {
    expect(meant(written)).toBe(expected);
  });
});
