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
 * Produces a page that fits. When a page turns out too large, it is produced again with fewer bytes of resources.
 * @param draw produces the page with at most this many bytes of resources, and at least one entry
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
