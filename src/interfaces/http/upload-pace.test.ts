import { Pace } from './upload-pace';

const bounds = { minBytesPerSecond: 10_240, idleMillis: 60_000 };

/** The second at which a body of so many bytes a second is given up; undefined where it is not, within ten minutes. */
function givenUpAfter(bytesPerSecond: (second: number) => number, at = bounds): number | undefined {
  const pace = new Pace(at, 0, 0);
  let bytes = 0;
  for (let second = 1; second <= 600; second += 1) {
    bytes += bytesPerSecond(second);
    if (pace.isTooSlow(second * 1000, bytes)) return second;
  }
  return undefined;
}

describe('the pace of a body', () => {
  it('of 15 kB a second is kept up for as long as it takes', () => {
    expect(givenUpAfter(() => 15_000)).toBeUndefined();
  });

  it('of a byte a second is given up after half a minute', () => {
    expect(givenUpAfter(() => 1)).toBe(30);
  });

  it('that falls is given up within half a minute', () => {
    expect(givenUpAfter((second) => (second <= 100 ? 100_000 : 100))).toBe(127);
  });

  it('that stops for a moment and makes up for it is kept', () => {
    expect(givenUpAfter((second) => (second % 20 === 0 ? 400_000 : 0))).toBeUndefined();
  });

  it('of nothing is given up when a request may wait no longer', () => {
    expect(givenUpAfter((second) => (second === 1 ? 1_000_000 : 0), { ...bounds, idleMillis: 5_000 })).toBe(
      7,
    );
  });

  it('is not held against a sender while the server was not looking', () => {
    const pace = new Pace(bounds, 0, 0);
    pace.pass(100_000);
    expect(pace.isTooSlow(101_000, 20_000)).toBe(false);
  });
});
