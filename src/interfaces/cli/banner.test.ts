/** The line to paste names the sample summary as the shell in which it is pasted can find it. */
import { join, resolve } from 'node:path';
import { banner, type BannerFacts } from './banner';

const root = resolve(__dirname, '..', '..', '..');
const textIn = (typedIn: string): string => {
  const app = {
    sandbox: { token: () => 'ey' },
    databaseLabel: '',
    standbyWarning: undefined,
    patients: { nhsNumbersIn: () => ['9990000018'] },
  } as unknown as BannerFacts['app'];
  return banner({ app, url: 'http://127.0.0.1:8080', version: '0.1.0', root, typedIn });
};
const lineIn = (typedIn: string): string => /--data-binary @(\S+)/.exec(textIn(typedIn))![1]!;

it('a sandbox says where its pages are', () => {
  expect(textIn(root)).toContain('http://127.0.0.1:8080/console/ ');
});

describe('the line to paste', () => {
  it('names the sample by its place in the folder', () => {
    expect(lineIn(root)).toBe(join('examples', 'summary.json'));
  });

  it('names it whole where npm was called from another folder', () => {
    expect(lineIn(join(root, 'docs'))).toBe(join(root, 'examples', 'summary.json'));
  });
});
