import { batchTurns } from './batch-turns';

it('a sender has four entries in work at once, and another sender does not wait for them', async () => {
  const inOwnTurn = batchTurns();
  const waiting = { millis: 5_000, signal: new AbortController().signal };
  const working = new Map<string, number>();
  let most = 0;
  const entry = (sender: string): Promise<void> =>
    inOwnTurn(sender, waiting, async () => {
      const mine = (working.get(sender) ?? 0) + 1;
      working.set(sender, mine);
      most = Math.max(most, mine);
      await new Promise((later) => setTimeout(later, 10));
      working.set(sender, working.get(sender)! - 1);
    });
  const many = Promise.all(Array.from({ length: 20 }, () => entry('RX1')));
  const began = performance.now();
  await entry('RR8');
  expect(performance.now() - began).toBeLessThan(45);
  await many;
  expect(most).toBe(4);
});

it('an entry that has waited long enough goes on', async () => {
  const inOwnTurn = batchTurns();
  const { signal } = new AbortController();
  let end!: () => void;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const held = Array.from({ length: 4 }, () => inOwnTurn('RX1', { millis: 10, signal }, () => ended));
  expect(await inOwnTurn('RX1', { millis: 10, signal }, () => Promise.resolve('done'))).toBe('done');
  end();
  await Promise.all(held);
});
