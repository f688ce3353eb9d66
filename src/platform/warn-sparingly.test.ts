import { sparing } from './warn-sparingly';

describe('a sparing report', () => {
  it('says the same once a minute, and something else at once', () => {
    const said: string[] = [];
    let now = 0;
    const report = sparing(
      (text: string) => said.push(text),
      () => now,
    );
    for (now = 0; now < 60_000; now += 1_000) report('a');
    report('b');
    now = 60_000;
    report('a');
    expect(said).toEqual(['a', 'b', 'a']);
  });
});
