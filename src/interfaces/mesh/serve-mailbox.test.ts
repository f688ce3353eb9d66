import { pauseAfter } from './look-through-inbox';
import { MeshAway, MeshRefusal } from './mesh-fault';
import { pauseAfterFailure } from './serve-mailbox';

const away = new MeshAway('Nobody listens.', false);
const pauses = (pollSeconds: number, error: unknown = away): number[] =>
  [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((failures) => pauseAfterFailure(failures, pollSeconds, error, 1));

describe('the pause of a mailbox', () => {
  it('doubles while MESH is away, up to the usual pause', () => {
    expect(pauses(300)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
  });

  it('grows to 15 seconds where the usual pause is shorter', () => {
    expect(pauses(1)).toEqual([1, 2, 4, 8, 15, 15, 15, 15, 15, 15]);
  });

  it('is shorter by chance, so that several nodes do not come back in one moment', () => {
    expect(pauseAfterFailure(4, 300, away, 0)).toBe(6);
  });

  it('is long at once when MESH refuses the password', () => {
    expect(pauses(300, new MeshRefusal(403, {}))[0]).toBe(300);
  });

  it('is as long as MESH asks, within an hour', () => {
    expect(pauses(300, new MeshRefusal(429, {}, 900))[0]).toBe(900);
    expect(pauses(300, new MeshRefusal(503, {}, 999_999))[0]).toBe(3600);
  });

  it('of a message that could not be handled doubles from 2 seconds to an hour', () => {
    expect([1, 2, 3, 12, 30].map(pauseAfter)).toEqual([2_000, 4_000, 8_000, 3_600_000, 3_600_000]);
  });
});
