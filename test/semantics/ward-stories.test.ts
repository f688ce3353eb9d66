/**
 * What happens on wards, in the engines of trusts and at suppliers, as a clinical safety officer would try it: no data
 * of one patient on the record of another, nothing lost, doubled, moved or changed without a word.
 * @see semantics "Who is who", "Corrections", "One submission, one patient"
 */
import { startHomeward, type Homeward } from '../support/homeward';
import { storiesOfCorrections } from './stories-of-corrections';
import { storiesOfIdentity } from './stories-of-identity';
import { storiesOfReferences } from './stories-of-references';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

describe.each([
  ['who a summary is about', storiesOfIdentity],
  ['what is sent again, corrected and retracted', storiesOfCorrections],
  ['what refers to another patient', storiesOfReferences],
])('%s', (_what, stories) => {
  it.each(stories)('$name', async ({ tell, right }) => {
    expect(await tell(homeward)).toEqual(right);
  });
});
