/**
 * Work in slices: a generator that yields after each small part of its work, so that whoever runs it may do something
 * else in between (`inSlices` of `platform/in-slices.ts`) or not (`atOnce`). What it yields means nothing.
 *
 * A part is a megabyte of bytes in native code, an entry of a Bundle, or so many characters that it takes about a
 * millisecond.
 */
export type Slices<T> = Generator<undefined, T, undefined>;

/** What native code (copying, hashing, base64) handles as one part, in bytes: a millisecond or less. */
export const BYTES_OF_SLICE = 1024 * 1024;

/** Does all of the work now. */
export function atOnce<T>(work: Slices<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}
