/** Counts what senders sent, and what was wrong with it: for their operators, for auditors and for the site. */
import type { Queryable } from '../../platform/postgres';
import { CLOSED } from './submission-register';

/** Half-open. */
export interface StatisticsSpan {
  from: Date;
  to: Date;
}

export interface SenderCounts {
  sender: string;
  accepted: number;
  refused: number;
  lastReceived: Date;
}

/** The most senders of a list. */
const MOST_SENDERS = 1_000;

/** In the order of their names. */
export async function countBySender(db: Queryable, { from, to }: StatisticsSpan): Promise<SenderCounts[]> {
  return db.query<SenderCounts & Record<string, unknown>>(
    {
      name: 'count_by_sender',
      text: `SELECT sender, count(*) FILTER (WHERE status = 'accepted')::integer AS accepted,
          count(*) FILTER (WHERE status = 'refused')::integer AS refused, max(received_at) AS "lastReceived"
        FROM submission WHERE received_at >= $1 AND received_at < $2
        GROUP BY sender ORDER BY sender LIMIT ${MOST_SENDERS}`,
    },
    [from, to],
  );
}

/** Counts of submissions, with those that were refused and whose review is not closed. */
export interface Counts {
  accepted: number;
  refused: number;
  waiting: number;
}

const COUNTS = `count(*) FILTER (WHERE status = 'accepted')::integer AS accepted,
  count(*) FILTER (WHERE status = 'refused')::integer AS refused,
  count(*) FILTER (WHERE status = 'refused' AND NOT ${CLOSED})::integer AS waiting`;

/** In UK civil time. */
const DAY = `to_char(received_at AT TIME ZONE 'Europe/London', 'YYYY-MM-DD')`;

/** What all senders sent, newest day first; days without a submission are left out. */
export async function countAllByDay(
  db: Queryable,
  { from, to }: StatisticsSpan,
): Promise<(Counts & { day: string })[]> {
  return db.query<Counts & { day: string } & Record<string, unknown>>(
    {
      name: 'count_all_by_day',
      text: `SELECT ${DAY} AS day, ${COUNTS}
        FROM submission WHERE received_at >= $1 AND received_at < $2 GROUP BY 1 ORDER BY 1 DESC`,
    },
    [from, to],
  );
}

/** What each sender sent, in the order of their names. */
export async function countAllBySender(
  db: Queryable,
  { from, to }: StatisticsSpan,
): Promise<(Counts & { sender: string })[]> {
  return db.query<Counts & { sender: string } & Record<string, unknown>>(
    {
      name: 'count_all_by_sender',
      text: `SELECT sender, ${COUNTS} FROM submission WHERE received_at >= $1 AND received_at < $2
        GROUP BY sender ORDER BY sender LIMIT ${MOST_SENDERS}`,
    },
    [from, to],
  );
}

export interface DayCounts {
  /** `2026-11-28`, in UK civil time. */
  day: string;
  accepted: number;
  refused: number;
}

/** What a sender sent, newest first; days without a submission are left out. */
export async function countByDay(
  db: Queryable,
  sender: string,
  { from, to }: StatisticsSpan,
): Promise<DayCounts[]> {
  return db.query<DayCounts & Record<string, unknown>>(
    {
      name: 'count_by_day',
      text: `SELECT ${DAY} AS day,
          count(*) FILTER (WHERE status = 'accepted')::integer AS accepted,
          count(*) FILTER (WHERE status = 'refused')::integer AS refused
        FROM submission WHERE received_at >= $1 AND received_at < $2 AND sender = $3
        GROUP BY 1 ORDER BY 1 DESC`,
    },
    [from, to, sender],
  );
}

export interface RuleCounts {
  rule: string;
  /** The worst that it had. */
  severity: 'fatal' | 'error' | 'warning' | 'information';
  /** A sentence of the rule, as one of the submissions got it. */
  text: string;
  /** The section of the guidance, or the page that the rule comes from. */
  section: string | null;
  /** Submissions that broke it. */
  submissions: number;
  /** The newest of them, at most three. */
  examples: string[];
}

/** The newest submissions of the span that are looked at. */
const MOST_SUBMISSIONS = 10_000;

const SEVERITIES = `ARRAY['fatal', 'error', 'warning', 'information']`;

/** The rules that the selected submissions broke, most often first: errors, then warnings, then information. */
const countRules = (where: string): string => `WITH sent AS MATERIALIZED (
    SELECT id, received_at, outcome::jsonb AS issues FROM submission
    WHERE received_at >= $1 AND received_at < $2 AND outcome <> '[]'${where}
    ORDER BY received_at DESC, id DESC LIMIT ${MOST_SUBMISSIONS}),
  found AS (
    SELECT issue ->> 'rule' AS rule, sent.id, sent.received_at, min(issue ->> 'text') AS text,
      min(issue ->> 'source') AS section, min(array_position(${SEVERITIES}, issue ->> 'severity')) AS severity
    FROM sent, jsonb_array_elements(sent.issues) AS issue
    GROUP BY 1, 2, 3)
  SELECT rule, (${SEVERITIES})[min(severity)] AS severity, (array_agg(text ORDER BY received_at DESC))[1] AS text,
    (array_agg(section ORDER BY received_at DESC))[1] AS section, count(*)::integer AS submissions,
    (array_agg(id::text ORDER BY received_at DESC, id DESC))[1:3] AS examples
  FROM found GROUP BY rule ORDER BY min(severity), count(*) DESC, rule`;

/** What a sender gets wrong. */
export async function countByRule(
  db: Queryable,
  sender: string,
  { from, to }: StatisticsSpan,
): Promise<RuleCounts[]> {
  return db.query<RuleCounts & Record<string, unknown>>(
    { name: 'count_by_rule', text: countRules(' AND sender = $3') },
    [from, to, sender],
  );
}

/** What all senders get wrong. */
export async function countAllByRule(db: Queryable, { from, to }: StatisticsSpan): Promise<RuleCounts[]> {
  return db.query<RuleCounts & Record<string, unknown>>({ name: 'count_all_by_rule', text: countRules('') }, [
    from,
    to,
  ]);
}

export interface DoorCounts {
  door: string;
  accepted: number;
  refused: number;
  lastAccepted: Date | null;
}

/** What came by each road since a time. */
export async function countByDoor(db: Queryable, since: Date): Promise<DoorCounts[]> {
  return db.query<DoorCounts & Record<string, unknown>>(
    {
      name: 'count_by_door',
      text: `SELECT door, count(*) FILTER (WHERE status = 'accepted')::integer AS accepted,
          count(*) FILTER (WHERE status = 'refused')::integer AS refused,
          max(received_at) FILTER (WHERE status = 'accepted') AS "lastAccepted"
        FROM submission WHERE received_at >= $1 GROUP BY door ORDER BY door`,
    },
    [since],
  );
}
