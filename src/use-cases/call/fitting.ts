/**
 * Keeps each page within the largest size of an answer. A page that would be too large ends early, and its `next` link
 * continues after it.
 */
import { type Answered, disclosing, type Failed } from './answered';
import type { Disclosed } from './disclosed';
import { tooCostly } from './failures';
import type { Room } from './reader';

/** A page as it would be sent. */
export interface Draft<T extends { json: string }> {
  /** Absent when the page was abandoned because it would be too large. */
  answer?: T;
  disclosed: Disclosed;
  /** The number of entries after which another page could begin. */
  entries: number;
}

/**
 * Where a page turns out larger than there is room for, it is drawn again with less on it.
 * @param draw gives the page with resources of so many bytes at most, and one entry at least
 */
export async function fitting<T extends { json: string }>(
  { maxBytes: room, bytesOf }: Room,
  draw: (maxBytes: number) => Promise<({ ok: true } & Draft<T>) | Failed>,
): Promise<Answered<T>> {
  for (let maxBytes = room; ;) {
    const draft = await draw(maxBytes);
    if (!draft.ok) return disclosing(draft);
    const { answer, disclosed, entries } = draft;
    const bytes = answer === undefined ? 2 * room : bytesOf(answer.json);
    if (answer !== undefined && bytes <= room) return { ok: true, answer, disclosed };
    if (entries <= 1) return disclosing(tooCostly(room), disclosed);
    maxBytes = Math.floor(Math.min(maxBytes / 2, (0.9 * maxBytes * room) / bytes));
  }
}
