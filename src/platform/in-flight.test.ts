import { inFlight } from './in-flight';

const patient = { millis: 1_000, signal: new AbortController().signal };

describe('bytes in flight', () => {
  it('are taken as long as there is room, and those who come later wait in turn', async () => {
    const work = inFlight(100);
    const order: string[] = [];
    const first = await work.take(80, patient);
    const second = work.take(50, patient).then((hold) => (order.push('second'), hold));
    const third = work.take(10, patient).then((hold) => (order.push('third'), hold));
    await Promise.resolve();
    expect(order).toEqual([]);
    first!.release();
    await Promise.all([second, third]);
    expect(order).toEqual(['second', 'third']);
  });

  it('are given back once, however often they are released', async () => {
    const work = inFlight(100);
    const hold = await work.take(100, patient);
    hold!.release();
    hold!.release();
    await work.take(100, patient);
    expect(await work.take(1, { ...patient, millis: 10 })).toBeUndefined();
  });

  it('more than the limit are taken alone', async () => {
    const work = inFlight(100);
    const hold = await work.take(5_000, patient);
    expect(hold).toBeDefined();
    expect(await work.take(1, { ...patient, millis: 10 })).toBeUndefined();
  });

  it('are not waited for by who has gone', async () => {
    const work = inFlight(100);
    await work.take(100, patient);
    const caller = new AbortController();
    const waiting = work.take(1, { millis: 60_000, signal: caller.signal });
    caller.abort();
    expect(await waiting).toBeUndefined();
  });

  it('are let go in part', async () => {
    const work = inFlight(100);
    const hold = await work.take(100, patient);
    hold!.shrinkTo(20);
    expect(await work.take(80, patient)).toBeDefined();
  });

  it('grow only where there is room', () => {
    const work = inFlight(100);
    const hold = work.open();
    expect([hold.grow(60), hold.grow(60), hold.grow(40)]).toEqual([true, false, true]);
  });
});
