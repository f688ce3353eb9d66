/**
 * The statements on the outbox (table `delivery`): what is to be sent to other systems, and what became of it.
 * @see docs/decisions/0053-outbox.md
 */
import type { JsonObject } from '../../fhir/types';
import type { Queryable } from '../../platform/postgres';
import type { PlainWrite } from './commit';

export type DeliveryState = 'waiting' | 'delivered' | 'refused' | 'failed';

export interface NewDeliveryRow {
  id: string;
  name: string;
  submissionId: string;
  createdAt: Date;
  giveUpAt: Date;
  envelope: JsonObject;
  payload?: { bytes: Buffer; contentType: string };
}

/** The row of a new delivery, to be written together with its submission. */
export function newDelivery(delivery: NewDeliveryRow): PlainWrite {
  const row = {
    id: delivery.id,
    name: delivery.name,
    submission_id: delivery.submissionId,
    state: 'waiting',
    created_at: delivery.createdAt.toISOString(),
    try_at: delivery.createdAt.toISOString(),
    give_up_at: delivery.giveUpAt.toISOString(),
    attempts: 0,
    uncertain: false,
    envelope: delivery.envelope as never,
    payload: delivery.payload ? `\\x${delivery.payload.bytes.toString('hex')}` : null,
    payload_type: delivery.payload?.contentType ?? null,
  };
  return { table: 'delivery', columns: Object.keys(row), rows: [row] };
}

/** A delivery as auditors and operators see it. */
export interface ListedDelivery {
  id: string;
  position: string;
  name: string;
  state: DeliveryState;
  submissionId: string;
  attempts: number;
  lastError: string | null;
  createdAt: Date;
  /** When it was delivered, refused or given up. */
  endedAt: Date | null;
}

const LISTED = `delivery.id, delivery.position::text AS position, delivery.name, delivery.state,
  delivery.submission_id AS "submissionId", delivery.attempts, delivery.last_error AS "lastError",
  delivery.created_at AS "createdAt", delivery.ended_at AS "endedAt"`;

/** The delivery of a destination that is next. */
export interface WaitingDelivery extends ListedDelivery {
  tryAt: Date;
  giveUpAt: Date;
  /** When the attempt began that has no answer yet, and the worker that began it. */
  begunAt: Date | null;
  begunBy: string | null;
  envelope: JsonObject;
  /** Whether it has bytes of its own. */
  hasPayload: boolean;
}

export async function nextDelivery(db: Queryable, name: string): Promise<WaitingDelivery | undefined> {
  const [row] = await db.query<WaitingDelivery & Record<string, unknown>>(
    {
      name: 'delivery_next',
      text: `SELECT ${LISTED}, delivery.try_at AS "tryAt", delivery.give_up_at AS "giveUpAt",
          delivery.begun_at AS "begunAt", delivery.begun_by AS "begunBy", delivery.envelope,
          delivery.payload_type IS NOT NULL AS "hasPayload"
        FROM delivery WHERE delivery.name = $1 AND delivery.state = 'waiting'
        ORDER BY delivery.position LIMIT 1`,
    },
    [name],
  );
  return row;
}

/** The bytes of a delivery that has its own. */
export async function readPayload(
  db: Queryable,
  id: string,
): Promise<{ bytes: Buffer; contentType: string } | undefined> {
  const [row] = await db.query<{ bytes: Buffer; contentType: string }>(
    {
      name: 'delivery_payload',
      text: `SELECT payload AS bytes, payload_type AS "contentType" FROM delivery
        WHERE id = $1 AND payload IS NOT NULL`,
    },
    [id],
  );
  return row;
}

/**
 * Notes that an attempt begins.
 * @returns how many there were with it, and whether an earlier one may have arrived; undefined when it no longer waits
 */
export async function beginAttempt(
  db: Queryable,
  { id, by, at }: { id: string; by: string; at: Date },
): Promise<{ attempts: number; uncertain: boolean } | undefined> {
  const [row] = await db.query<{ attempts: number; uncertain: boolean }>(
    {
      name: 'delivery_begin',
      text: `UPDATE delivery SET attempts = attempts + 1, uncertain = uncertain OR begun_at IS NOT NULL,
          begun_at = $3, begun_by = $2
        WHERE id = $1 AND state = 'waiting' RETURNING attempts, uncertain`,
    },
    [id, by, at],
  );
  return row;
}

export interface AttemptEnd {
  id: string;
  /** The worker that made the attempt. */
  by: string;
  at: Date;
  state: DeliveryState;
  error?: string;
  reference?: string;
  /** When to try again, if it still waits. */
  tryAt?: Date;
  /** True when it may have arrived although it still waits. */
  isUncertain?: boolean;
  /** Members to add to the envelope: what the destination has been told. */
  note?: JsonObject;
}

/**
 * Records the answer of an attempt. A delivery that was settled meanwhile is left as it is, and so is one that another
 * worker tries now, unless this attempt has settled it.
 */
export async function endAttempt(db: Queryable, end: AttemptEnd): Promise<void> {
  await db.query(
    {
      name: 'delivery_end',
      text: `UPDATE delivery SET state = $2, last_error = $3, reference = coalesce($4, reference), begun_at = NULL,
          begun_by = NULL, uncertain = CASE WHEN $2 = 'waiting' THEN uncertain OR $8 ELSE false END,
          try_at = coalesce($5::timestamptz, try_at),
          ended_at = CASE WHEN $2 = 'waiting' THEN NULL ELSE $6::timestamptz END,
          failing_since = CASE WHEN $2 = 'waiting' THEN coalesce(failing_since, $6::timestamptz) END,
          envelope = envelope || coalesce($9::jsonb, '{}')
        WHERE id = $1 AND state = 'waiting' AND ($2 <> 'waiting' OR begun_by = $7)`,
    },
    [
      end.id,
      end.state,
      end.error ?? null,
      end.reference ?? null,
      end.tryAt ?? null,
      end.at,
      end.by,
      end.isUncertain === true,
      end.note === undefined ? null : JSON.stringify(end.note),
    ],
  );
}

/** What another delivery of the same destination has noted. */
export interface NotedBefore {
  envelope: JsonObject;
  /** True for a delivery behind this one in the queue. */
  isLater: boolean;
  /** True for another version of the same summary. */
  isOfLineage: boolean;
}

/** What the destination of a delivery was told about these patients, in the order of its queue. */
export async function readNotes(
  db: Queryable,
  id: string,
  patients: readonly string[],
): Promise<NotedBefore[]> {
  return db.query<NotedBefore & Record<string, unknown>>(
    {
      name: 'delivery_notes',
      text: `SELECT other.envelope, other.position > delivery.position AS "isLater",
          coalesce(submission.sender = mine.sender AND submission.bundle_identifier = mine.bundle_identifier, false)
            AS "isOfLineage"
        FROM delivery JOIN submission AS mine ON mine.id = delivery.submission_id
          JOIN submission ON submission.patient_id = ANY ($2::uuid[])
            OR (submission.patients <> '{}' AND submission.patients && $2::uuid[])
          JOIN delivery AS other ON other.submission_id = submission.id AND other.name = delivery.name
        WHERE delivery.id = $1 AND other.id <> delivery.id AND other.envelope ? 'told'
        ORDER BY other.position`,
    },
    [id, patients],
  );
}

/** A submission that was passed on to a destination. */
export interface Edition {
  id: string;
  sender: string;
  bundleIdentifier: string | null;
  stored: readonly { index?: number; type: string; id: string; contentOf?: string }[];
}

/** The submissions about these patients that the destination of a delivery got before it, newest first. */
export async function editionsDelivered(
  db: Queryable,
  id: string,
  patients: readonly string[],
): Promise<Edition[]> {
  return db.query<Edition & Record<string, unknown>>(
    {
      name: 'delivery_editions',
      text: `SELECT submission.id, submission.sender, submission.bundle_identifier AS "bundleIdentifier",
          submission.stored
        FROM delivery JOIN submission ON submission.patient_id = ANY ($2::uuid[])
            OR (submission.patients <> '{}' AND submission.patients && $2::uuid[])
          JOIN delivery AS other ON other.submission_id = submission.id AND other.name = delivery.name
        WHERE delivery.id = $1 AND other.position < delivery.position AND NOT other.envelope ? '${TAKEN_BACK}'
          AND (other.state = 'delivered' OR other.envelope ? 'told')
        ORDER BY other.position DESC`,
    },
    [id, patients],
  );
}

/** A destination that was told of a submission, or of another edition of the same summary. */
export interface Reached {
  name: string;
  /** True where it has the newest edition, and not only to learn what was taken back. */
  hasNewest: boolean;
}

/** In the envelope of a delivery whose destination is only to learn what was taken back. */
export const TAKEN_BACK = 'takenBack';

/** In the envelope of a submission that says something else than what is stored: it is not passed on. */
export const NOT_STORED = 'notStored';

/** The destinations that have a delivery of one of these submissions, or of another edition of one. */
export async function destinationsReached(db: Queryable, submissions: readonly string[]): Promise<Reached[]> {
  return db.query<Reached & Record<string, unknown>>(
    {
      name: 'delivery_destinations',
      text: `WITH given AS (SELECT id, sender, bundle_identifier FROM submission WHERE id = ANY ($1::uuid[])),
        edition AS (
          SELECT id, true AS is_newest FROM given WHERE bundle_identifier IS NULL
          UNION ALL
          SELECT submission.id, submission.lineage_position = max(submission.lineage_position)
              OVER (PARTITION BY submission.sender, submission.bundle_identifier)
            FROM (SELECT DISTINCT sender, bundle_identifier FROM given WHERE bundle_identifier IS NOT NULL) AS lineage
              JOIN submission ON submission.sender = lineage.sender
                AND submission.bundle_identifier = lineage.bundle_identifier AND submission.status = 'accepted'
        )
        SELECT delivery.name,
          coalesce(bool_or(edition.is_newest AND NOT delivery.envelope ? '${TAKEN_BACK}'), false) AS "hasNewest"
        FROM edition JOIN delivery ON delivery.submission_id = edition.id GROUP BY delivery.name`,
    },
    [submissions],
  );
}

/**
 * Turns a delivered delivery into a refused one, when its destination says later that it did not accept it.
 * @param reference what the destination calls it, such as the id of a MESH message, which no other delivery has
 * @returns false when there is no such delivery
 */
export async function refuseDelivered(
  db: Queryable,
  { reference, error, at }: { reference: string; error: string; at: Date },
): Promise<boolean> {
  const rows = await db.query(
    {
      name: 'delivery_refused_later',
      text: `UPDATE delivery SET state = 'refused', last_error = $2, ended_at = $3
        WHERE reference = $1 AND state = 'delivered' RETURNING 1 AS one`,
    },
    [reference, error, at],
  );
  return rows.length > 0;
}

/** Makes a delivery due now. A delivered one is left as it is. @returns it, as it is now */
export async function retryDelivery(
  db: Queryable,
  { id, at, giveUpAt }: { id: string; at: Date; giveUpAt: Date },
): Promise<{ delivery: ListedDelivery; isRetried: boolean } | undefined> {
  const [retried] = await db.query<ListedDelivery & Record<string, unknown>>(
    {
      name: 'delivery_retry',
      text: `UPDATE delivery SET state = 'waiting', try_at = $2, give_up_at = $3, ended_at = NULL
        WHERE id = $1 AND state <> 'delivered' RETURNING ${LISTED}`,
    },
    [id, at, giveUpAt],
  );
  if (retried) return { delivery: retried, isRetried: true };
  const [found] = await db.query<ListedDelivery & Record<string, unknown>>(
    { name: 'delivery_read', text: `SELECT ${LISTED} FROM delivery WHERE delivery.id = $1` },
    [id],
  );
  return found && { delivery: found, isRetried: false };
}

export interface DeliveryQuery {
  state?: DeliveryState;
  name?: string;
  /** The position where the previous page ended. */
  before?: string;
  limit: number;
}

/** Newest first. */
export async function listDeliveries(db: Queryable, query: DeliveryQuery): Promise<ListedDelivery[]> {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const where = ['true'];
  if (query.state !== undefined) where.push(`state = ${bind(query.state)}`);
  // The index of unsettled deliveries is used only where the query excludes the others.
  if (query.state !== undefined && query.state !== 'delivered') where.push("state <> 'delivered'");
  if (query.name !== undefined) where.push(`name = ${bind(query.name)}`);
  if (query.before !== undefined) where.push(`position < ${bind(query.before)}::bigint`);
  return db.query<ListedDelivery & Record<string, unknown>>(
    {
      text: `SELECT ${LISTED} FROM delivery WHERE ${where.join(' AND ')}
        ORDER BY delivery.position DESC LIMIT ${bind(query.limit)}`,
    },
    values,
  );
}

export interface DeliveryCount {
  name: string;
  state: DeliveryState;
  count: number;
}

export async function countDeliveries(db: Queryable): Promise<DeliveryCount[]> {
  return db.query<DeliveryCount & Record<string, unknown>>({
    name: 'delivery_counts',
    text: `SELECT name, state, count(*)::integer AS count FROM delivery GROUP BY name, state ORDER BY name, state`,
  });
}

/** The state of one destination's queue. */
export interface QueueState {
  name: string;
  waiting: number;
  /** When the oldest waiting delivery was written. */
  oldest: Date | null;
  /** Since when the attempts fail, and the last error. */
  failingSince: Date | null;
  lastError: string | null;
  /** Refused or given up since the time that was asked. */
  refused: number;
  failed: number;
  /** The error of the newest of these. */
  endedWith: string | null;
}

/** The queues that have waiting deliveries, or deliveries that were refused or given up since then. */
export async function queueStates(db: Queryable, since: Date): Promise<QueueState[]> {
  return db.query<QueueState & Record<string, unknown>>(
    {
      name: 'delivery_queues',
      text: `SELECT name, count(*) FILTER (WHERE state = 'waiting')::integer AS waiting,
          min(created_at) FILTER (WHERE state = 'waiting') AS oldest,
          min(failing_since) FILTER (WHERE state = 'waiting') AS "failingSince",
          (array_agg(last_error ORDER BY position) FILTER (WHERE state = 'waiting'))[1] AS "lastError",
          count(*) FILTER (WHERE state = 'refused')::integer AS refused,
          count(*) FILTER (WHERE state = 'failed')::integer AS failed,
          (array_agg(last_error ORDER BY ended_at DESC) FILTER (WHERE state <> 'waiting'))[1] AS "endedWith"
        FROM delivery WHERE state <> 'delivered' AND (state = 'waiting' OR ended_at >= $1)
        GROUP BY name ORDER BY name`,
    },
    [since],
  );
}

/** Gives up waiting deliveries that are overdue and whose destination no node knows any more. */
export async function giveUpUnknown(
  db: Queryable,
  { known, at, error }: { known: readonly string[]; at: Date; error: string },
): Promise<void> {
  await db.query(
    {
      name: 'delivery_unknown',
      text: `UPDATE delivery SET state = 'failed', ended_at = $2, last_error = coalesce(last_error, $3)
        WHERE state = 'waiting' AND state <> 'delivered' AND give_up_at <= $2 AND name <> ALL($1::text[])`,
    },
    [known, at, error],
  );
}
