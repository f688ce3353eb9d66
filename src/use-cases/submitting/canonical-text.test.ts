import { canonicalText } from './canonical-text';

describe('the canonical text of a JSON value', () => {
  it('is the same however its keys are ordered', () => {
    expect(canonicalText({ b: 1, a: ['x', null], c: undefined })).toBe(
      canonicalText({ a: ['x', null], b: 1 }),
    );
  });

  it('differs where the values do, however they run into each other', () => {
    const values = [
      { a: '1' },
      { a: 1 },
      { a: ['1'] },
      { a: 'x', b: 'y' },
      { a: 'x,"b":"y' },
      ['a', 'b'],
      ['a,b'],
    ];
    expect(new Set(values.map((value) => canonicalText(value))).size).toBe(values.length);
  });

  it('has a replacement in place of a text, and of a member by its name', () => {
    const replacements = {
      text: (text: string) => (text === 'long' ? '#1' : undefined),
      member: (name: string) => (name === 'reference' ? '@' : undefined),
    };
    expect(canonicalText({ reference: 'x', data: 'long' }, replacements)).toBe('{"data":#1,"reference":@,}');
  });
});
