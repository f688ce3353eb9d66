import { inTurn } from './in-turn';
import { DatabaseUnavailable } from './postgres';

const soon = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('work in turn', () => {
  it('does one after the other what shares a key, and side by side what shares none', async () => {
    const log: string[] = [];
    const job = (name: string, keys: string[]): Promise<void> =>
      inTurn(keys, 1_000, async () => {
        log.push(`${name} begins`);
        await soon(10);
        log.push(`${name} ends`);
      });
    await Promise.all([job('a', ['x', 'y']), job('b', ['y']), job('c', ['z'])]);
    expect(log.indexOf('b begins')).toBeGreaterThan(log.indexOf('a ends'));
    expect(log.indexOf('c begins')).toBeLessThan(log.indexOf('a ends'));
  });

  it('cannot stand still where keys are named in other orders', async () => {
    const done = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        inTurn(index % 2 === 0 ? ['x', 'y', 'z'] : ['z', 'y', 'x'], 2_000, async () =>
          soon(1).then(() => index),
        ),
      ),
    );
    expect(done).toHaveLength(50);
  });

  it('gives up in time, and lets no one past who is still at work', async () => {
    let working = true;
    const first = inTurn(['k'], 1_000, async () => {
      await soon(60);
      working = false;
    });
    await expect(inTurn(['k'], 10, async () => undefined)).rejects.toBeInstanceOf(DatabaseUnavailable);
    await inTurn(['k'], 1_000, async () => expect(working).toBe(false));
    await first;
  });

  it('goes on after work that failed', async () => {
    await expect(inTurn(['k'], 100, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await inTurn(['k'], 100, async () => 'yes')).toBe('yes');
  });
});
