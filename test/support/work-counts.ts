/** Counts work, so that a test of its amount does not depend on the speed of the machine. */
import { createHash } from 'node:crypto';

/** Does the work, and removes the spy whatever comes of it. */
function spiedOn(spy: jest.SpyInstance, work: () => void): void {
  try {
    work();
  } finally {
    spy.mockRestore();
  }
}

/** How many characters are given to regular expressions, once for each time that one begins to look. */
export function charactersLookedThrough(work: () => void): number {
  let count = 0;
  const { exec } = RegExp.prototype;
  const spy = jest.spyOn(RegExp.prototype, 'exec').mockImplementation(function (this: RegExp, text) {
    count += text.length - (this.global || this.sticky ? this.lastIndex : 0);
    return exec.call(this, text);
  });
  spiedOn(spy, work);
  return count;
}

/** How many characters or bytes are hashed. */
export function lengthHashed(work: () => void): number {
  let count = 0;
  const hash = Object.getPrototypeOf(createHash('sha256')) as { update(data: string | Buffer): unknown };
  const { update } = hash;
  const spy = jest.spyOn(hash, 'update').mockImplementation(function (this: unknown, data) {
    count += data.length;
    return update.call(this, data);
  });
  spiedOn(spy, work);
  return count;
}

/** How many combining marks stand side by side at most in what is put into a normal form of Unicode. */
export function longestRunNormalized(work: () => void): number {
  let longest = 0;
  const { normalize } = String.prototype;
  const spy = jest.spyOn(String.prototype, 'normalize').mockImplementation(function (this: string, form) {
    let run = 0;
    for (const character of this) {
      run = /[\p{M}\uff9e\uff9f]/u.test(character) ? run + 1 : 0;
      longest = Math.max(longest, run);
    }
    return normalize.call(this, form);
  });
  spiedOn(spy, work);
  return longest;
}
