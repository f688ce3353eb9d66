import { sharesOf } from './shares';

const soon = { millis: 5_000 };

describe('a holder', () => {
  it('has so many places, and gets the next one when one is given back, in turn', async () => {
    const shares = sharesOf(2);
    const first = shares.tryTake('RX1')!;
    shares.tryTake('RX1');
    expect(shares.tryTake('RX1')).toBeUndefined();
    const order: number[] = [];
    const waiting = [1, 2].map(async (each) => {
      const leave = await shares.take('RX1', soon);
      order.push(each);
      leave!();
    });
    first();
    await Promise.all(waiting);
    expect(order).toEqual([1, 2]);
    expect(shares.tryTake('RX1')).toBeDefined();
    expect(shares.tryTake('RX1')).toBeUndefined();
  });

  it('does not wait for another', () => {
    const shares = sharesOf(1);
    shares.tryTake('RX1');
    expect(shares.tryTake('RR8')).toBeDefined();
  });

  it('waits no longer than it wants to, and takes no place then', async () => {
    const shares = sharesOf(1);
    const leave = shares.tryTake('RX1')!;
    const gone = new AbortController();
    const aborted = shares.take('RX1', { ...soon, signal: gone.signal });
    gone.abort();
    expect(await aborted).toBeUndefined();
    expect(await shares.take('RX1', { ...soon, signal: gone.signal })).toBeUndefined();
    expect(await shares.take('RX1', { millis: 5 })).toBeUndefined();
    leave();
    expect(shares.tryTake('RX1')).toBeDefined();
  });
});
