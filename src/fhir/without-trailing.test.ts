import { withoutTrailing } from './without-trailing';

it('cuts the characters of one kind at the end, and no others', () => {
  expect(['1500', '0', '', '050', '15'].map((text) => withoutTrailing('0', text))).toEqual([
    '15',
    '',
    '',
    '05',
    '15',
  ]);
});
