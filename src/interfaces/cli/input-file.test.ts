import { nameOf } from './input-file';

it('a file is named without the control characters that a terminal would obey', () => {
  expect(nameOf('in/\u001b[2Jsummary\n.json')).toBe('in/\uFFFD[2Jsummary\uFFFD.json');
});
