import { headText } from './head';
import { headsBeside } from './known-heads';

const headOf = (seal: number): string =>
  headText({
    seal,
    sealedAt: new Date(0).toISOString(),
    previous: null,
    records: 0,
    total: 0,
    root: '0'.repeat(64),
    upto: String(seal),
    shape: '0'.repeat(64),
    key: 'a key',
  });

it('keeps only the heads that are compared, however long the chain is', () => {
  const known = [3, 70].map((seal) => ({ head: headOf(seal), signature: '' }));
  const { note, kept } = headsBeside([...known, { head: 'no head', signature: '' }]);
  for (let seal = 1; seal <= 50; seal += 1) note(seal, headOf(seal));
  expect([...kept]).toEqual([[3, headOf(3)]]);
});
