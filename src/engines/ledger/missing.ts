/**
 * Finds what a database has lost, for example because it was restored to an earlier moment: the heads that anchors have
 * and the database does not, and the submissions under them.
 */
import type { Database } from '../../platform/postgres';
import { readHead, type AnchoredHead, type NamedSubmission } from './head';
import { missingSeals, type MissingSpan } from './missing-seals';

export interface Missing {
  /** How many anchored heads were compared. */
  compared: number;
  /** Heads of another ledger, or with a wrong signature. */
  foreign: number;
  /** The seals that the database does not have as they were anchored; absent when it has all. */
  seals?: {
    spans: MissingSpan[];
    /** Heads of an earlier version, which did not name their submissions. */
    unnamed: number;
    /** Seals of the spans that no anchor has. */
    notAnchored: number;
  };
  /** Accepted submissions that are lost, and have not been sent again. */
  submissions: NamedSubmission[];
  /** Lost submissions whose bytes their sender has sent again. */
  sentAgain: number;
  /** Lost submissions that had been refused. */
  refused: number;
  /** When the last anchored head was made. Later records are in no anchor. */
  anchoredThrough: string | null;
}

const AT_ONCE = 1_000;

/** @param isSigned whether this ledger's key has signed a head */
export async function findMissing(
  database: Database,
  heads: AsyncIterable<AnchoredHead>,
  isSigned: (head: AnchoredHead) => boolean,
): Promise<Missing> {
  const missing: Missing = {
    compared: 0,
    foreign: 0,
    submissions: [],
    sentAgain: 0,
    refused: 0,
    anchoredThrough: null,
  };
  const lost = new Set<string>();
  let unnamed = 0;
  for await (const some of inParts(heads)) {
    const signed = some.filter(isSigned);
    missing.compared += signed.length;
    missing.foreign += some.length - signed.length;
    const gone = await notThere(database, signed);
    for (const each of signed) noteTime(missing, each);
    for (const { head, submissions } of gone) {
      lost.add(head);
      if (submissions === undefined) unnamed += 1;
    }
    await compareSubmissions(database, gone, missing);
  }
  if (lost.size === 0) return missing;
  const spans = await missingSeals(lost, (seal) => headAt(database, seal));
  const notAnchored = spans.reduce((sum, span) => sum + span.notAnchored, 0);
  return { ...missing, seals: { spans, unnamed, notAnchored } };
}

async function headAt(database: Database, seal: number): Promise<string | undefined> {
  const rows = await database.query<{ head: string }>(
    { name: 'ledger_head_at', text: 'SELECT head FROM ledger_seal WHERE seal = $1' },
    [seal],
  );
  return rows[0]?.head;
}

async function* inParts(heads: AsyncIterable<AnchoredHead>): AsyncGenerator<AnchoredHead[]> {
  // A head that several anchors have is compared once.
  const seen = new Set<string>();
  let part: AnchoredHead[] = [];
  for await (const each of heads) {
    if (seen.has(each.signature)) continue;
    seen.add(each.signature);
    if (part.push(each) < AT_ONCE) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

/** The heads that the database does not have, or has another one in place of. */
async function notThere(database: Database, heads: readonly AnchoredHead[]): Promise<AnchoredHead[]> {
  const rows = await database.query<{ head: string }>(
    {
      name: 'ledger_anchored_heads',
      text: 'SELECT head FROM ledger_seal WHERE head = ANY ($1) AND seal = ANY ($2)',
    },
    [heads.map(({ head }) => head), heads.map(({ head }) => readHead(head)!.seal)],
  );
  const there = new Set(rows.map(({ head }) => head));
  return heads.filter(({ head }) => !there.has(head));
}

function noteTime(missing: Missing, { head }: AnchoredHead): void {
  const { sealedAt } = readHead(head)!;
  if (missing.anchoredThrough === null || sealedAt > missing.anchoredThrough)
    missing.anchoredThrough = sealedAt;
}

async function compareSubmissions(
  database: Database,
  gone: readonly AnchoredHead[],
  missing: Missing,
): Promise<void> {
  const named = gone.flatMap(({ submissions = [] }) => submissions);
  if (named.length === 0) return;
  const rows = await database.query<{ id: string; kept: boolean; again: boolean }>(
    {
      name: 'ledger_lost_submissions',
      text: `SELECT named.id, EXISTS (SELECT 1 FROM submission WHERE submission.id = named.id) AS kept,
          EXISTS (SELECT 1 FROM submission WHERE submission.sender = named.sender
            AND submission.sha256 = decode(named.sha256, 'hex') AND submission.status = 'accepted') AS again
        FROM unnest($1::uuid[], $2::text[], $3::text[]) AS named (id, sender, sha256)`,
    },
    [named.map(({ id }) => id), named.map(({ sender }) => sender), named.map(({ sha256 }) => sha256)],
  );
  const found = new Map(rows.map((row) => [row.id, row]));
  for (const each of named) {
    const { kept, again } = found.get(each.id)!;
    if (kept) continue;
    if (each.status !== 'accepted') missing.refused += 1;
    else if (again) missing.sentAgain += 1;
    else missing.submissions.push(each);
  }
}
