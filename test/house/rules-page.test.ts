/** `docs/rules.md` says what the definitions say: run `npm run docs:rules` where this fails. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rulesPage } from '../../src/interfaces/cli/rules-page';
import { common, guidance } from '../../src/resources';
import { issues, issueSections } from '../../src/definitions/issues';
import { statusOf } from '../../src/interfaces/http/status';

const page = rulesPage({ guidance, common, sections: issueSections, statusOf });

describe('docs/rules.md', () => {
  it('is as the definitions are', () => {
    expect(readFileSync(join(__dirname, '..', '..', 'docs', 'rules.md'), 'utf8')).toBe(page);
  });

  it('has a line for every rule, row, repair and issue', () => {
    const ids = [
      ...guidance.flatMap(({ rules, elements }) => [...rules, ...elements].map(({ id }) => id)),
      ...guidance.flatMap(({ repairs }) => repairs.map(({ norm }) => norm)),
      ...common.rules.map(({ id }) => id),
      ...common.repairs.map(({ norm }) => norm),
      ...Object.keys(issues),
    ];
    expect(ids.filter((id) => !page.includes(`| \`${id}\` |`))).toEqual([]);
  });
});
