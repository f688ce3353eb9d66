/**
 * Which seals a database lacks, from the anchored heads that it does not have. A database that was restored twice can
 * lack two spans of seals (30 to 37, and 79 to 82) and have those between them. It can also have other seals with the
 * same numbers. So the heads are followed from each to the one before it.
 */
import { hashOfHead, readHead, type Head } from './head';

/** Missing seals that follow one another. */
export interface MissingSpan {
  first: number;
  last: number;
  /** When the first and the last of its anchored heads were made. */
  sealedFrom: string;
  sealedThrough: string;
  /** How many records were under them, also under those that no anchor has. */
  records: number;
  /** Seals of the span that no anchor has. */
  notAnchored: number;
}

/** The text of the head that the database has with this number. */
type HeadAt = (seal: number) => Promise<string | undefined>;

/** A span, with its last head so far. */
interface Growing {
  span: MissingSpan;
  end: Head;
  hash: string;
}

/** What a head follows: a missing one, or one that the database has. */
type Before = Pick<Head, 'seal' | 'total'> & { hash?: string };

const START: Before = { seal: 0, total: 0 };

/** @param texts the anchored heads that the database does not have */
export async function missingSeals(texts: Iterable<string>, headAt: HeadAt): Promise<MissingSpan[]> {
  const heads = new Map([...texts].map((text) => [hashOfHead(text), readHead(text)!]));
  const inOrder = [...heads].sort(
    ([, a], [, b]) => a.seal - b.seal || Date.parse(a.sealedAt) - Date.parse(b.sealedAt),
  );
  const growing: Growing[] = [];
  for (const [hash, head] of inOrder) {
    const previous = heads.get(head.previous ?? '');
    const before: Before = previous
      ? { ...previous, hash: head.previous! }
      : await nearestBefore(head, growing, headAt);
    const continued = growing.find((each) => each.hash === before.hash);
    const span: MissingSpan = continued?.span ?? {
      first: before.seal + 1,
      last: head.seal,
      sealedFrom: head.sealedAt,
      sealedThrough: head.sealedAt,
      records: 0,
      notAnchored: 0,
    };
    span.last = head.seal;
    span.sealedThrough = head.sealedAt;
    span.records += head.total - before.total;
    span.notAnchored += head.seal - before.seal - 1;
    if (continued) Object.assign(continued, { end: head, hash });
    else growing.push({ span, end: head, hash });
  }
  return growing.map(({ span }) => span);
}

/**
 * What a head follows when no anchor has the head before it. What the database has and is not newer belongs to the same
 * history, because everything that it sealed after a restore is newer than what the restore removed.
 */
async function nearestBefore(head: Head, growing: readonly Growing[], headAt: HeadAt): Promise<Before> {
  if (head.previous === null) return START;
  const text = await headAt(head.seal - 1);
  if (text !== undefined && hashOfHead(text) === head.previous) return readHead(text) ?? START;
  let nearest: Growing | undefined;
  for (const each of growing) {
    const { seal, sealedAt } = each.end;
    if (seal >= head.seal || sealedAt > head.sealedAt) continue;
    if (nearest === undefined || sealedAt > nearest.end.sealedAt) nearest = each;
  }
  const kept = await newestKept(nearest?.end.seal ?? 0, head, headAt);
  return kept ?? (nearest ? { ...nearest.end, hash: nearest.hash } : START);
}

/** The last head of the database after this number, before this head, and not newer. The heads are in order of time. */
async function newestKept(after: number, head: Head, headAt: HeadAt): Promise<Head | undefined> {
  let found: Head | undefined;
  let [low, high] = [after + 1, head.seal - 1];
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const kept = readHead((await headAt(middle)) ?? '');
    const isEarlier = kept !== undefined && kept.sealedAt <= head.sealedAt;
    if (isEarlier) found = kept;
    [low, high] = isEarlier ? [middle + 1, high] : [low, middle - 1];
  }
  return found;
}
