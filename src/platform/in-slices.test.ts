import { inSlices } from './in-slices';

/** The clock moves by so many milliseconds each time that somebody looks. */
function clockMovingBy(millis: number): void {
  let now = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => (now += millis));
}
const turn = (): Promise<void> => new Promise((next) => setImmediate(next));

// The turn in which the test before worked has ended.
beforeEach(async () => {
  await turn();
  await turn();
});
afterEach(() => jest.restoreAllMocks());

function* parts(name: string, count: number, done: string[]): Generator<undefined, string, undefined> {
  for (let part = 1; part <= count; part += 1) {
    done.push(`${name}${part}`);
    yield;
  }
  return name;
}

describe('work in slices', () => {
  it('gives the result of the work, and its error', async () => {
    expect(await inSlices(parts('a', 3, []))).toBe('a');
    const failing = (function* (): Generator<undefined, void, undefined> {
      yield;
      throw new Error('no');
    })();
    await expect(inSlices(failing)).rejects.toThrow('no');
  });

  it('is not interrupted where it is short', async () => {
    clockMovingBy(0);
    const done: string[] = [];
    const work = inSlices(parts('a', 500, done));
    expect(done).toHaveLength(500);
    await work;
  });

  it('lets others run where it is long, at each end of a turn', async () => {
    clockMovingBy(5);
    const done: string[] = [];
    const work = inSlices(parts('a', 40, done));
    const lengths: number[] = [];
    while (done.length < 40) {
      lengths.push(done.length);
      await turn();
    }
    await work;
    expect(lengths.length).toBeGreaterThan(15);
    expect(Math.max(...lengths.map((length, index) => length - (lengths[index - 1] ?? 0)))).toBeLessThan(5);
  });

  it('shares the turns with other work, so that several do not add up', async () => {
    clockMovingBy(5);
    const done: string[] = [];
    const works = ['a', 'b', 'c'].map((name) => inSlices(parts(name, 20, done)));
    let most = 0;
    let before = done.length;
    while (done.length < 60) {
      await turn();
      most = Math.max(most, done.length - before);
      before = done.length;
    }
    await Promise.all(works);
    expect(most).toBeLessThan(5);
    const [a, b, c] = ['a20', 'b20', 'c20'].map((last) => done.indexOf(last)) as [number, number, number];
    expect(Math.min(a, b, c)).toBeGreaterThan(45);
  });

  it('shares the turns with work that comes while others wait', async () => {
    clockMovingBy(5);
    const done: string[] = [];
    const works: Promise<string>[] = [];
    let most = 0;
    for (let before = 0; works.length < 20; before = done.length) {
      works.push(inSlices(parts(`w${works.length}-`, 20, done)));
      await turn();
      most = Math.max(most, done.length - before);
    }
    expect(most).toBeLessThan(5);
    await Promise.all(works);
  });
});
