/**
 * The deliveries for auditors and operators: a list, and another attempt.
 *
 * @example
 * const page = await listOfDeliveries(reader, { state: 'failed', limit: 50 }, auditing);
 * const again = await tryAgain(reader, deliveryId, auditing);
 */
import {
  listDeliveries,
  retryDelivery,
  type DeliveryQuery,
  type DeliveryState,
  type ListedDelivery,
} from '../../engines/store/outbox';
import { findSubmission } from '../../engines/store/submissions';
import { isUuid } from '../../fhir/uuid';
import type { Database } from '../../platform/postgres';
import { type Answered, answered, disclosing, failed, type Failed } from '../call/answered';
import { type Disclosed, nothing } from '../call/disclosed';
import type { Reader } from '../call/reader';
import { TRIED_FOR_MILLIS } from './outbox';

/** A delivery as it is answered. It says nothing of the patient. */
export interface DeliveryEntry {
  id: string;
  /** The destination. */
  name: string;
  state: DeliveryState;
  /** The id of the submission. */
  submission: string;
  attempts: number;
  lastError: string | null;
  createdAt: string;
  deliveredAt: string | null;
}

export interface DeliveriesPage {
  deliveries: DeliveryEntry[];
  /** The cursor of the next page; null on the last. */
  next: string | null;
}

/** A page of deliveries, newest first. */
export async function listOfDeliveries(
  _reader: Reader,
  query: DeliveryQuery,
  { database }: { database: Database },
): Promise<Answered<DeliveriesPage>> {
  const found = await listDeliveries(database, { ...query, limit: query.limit + 1 });
  const page = found.slice(0, query.limit);
  const last = page.at(-1);
  const next = found.length > page.length && last ? last.position : null;
  return answered({ deliveries: page.map(entryOf), next }, nothing);
}

/** Makes a delivery due at once, and gives it another 7 days. */
export async function tryAgain(
  { now }: Reader,
  id: string,
  { database }: { database: Database },
): Promise<Answered<DeliveryEntry>> {
  if (!isUuid(id)) return disclosing(unknownDelivery());
  const giveUpAt = new Date(now.getTime() + TRIED_FOR_MILLIS);
  const found = await retryDelivery(database, { id: id.toLowerCase(), at: now, giveUpAt });
  if (!found) return disclosing(unknownDelivery());
  const disclosed = await disclosedOf(found.delivery, database);
  return found.isRetried
    ? answered(entryOf(found.delivery), disclosed)
    : disclosing(alreadyDelivered(), disclosed);
}

function entryOf(listed: ListedDelivery): DeliveryEntry {
  const { id, name, state, submissionId, attempts, lastError, createdAt, endedAt } = listed;
  return {
    id,
    name,
    state,
    submission: submissionId,
    attempts,
    lastError,
    createdAt: createdAt.toISOString(),
    deliveredAt: state === 'delivered' ? (endedAt?.toISOString() ?? null) : null,
  };
}

/** An attempt sends a patient's data, so the record of asking for one names the patient. */
async function disclosedOf({ submissionId }: ListedDelivery, database: Database): Promise<Disclosed> {
  const submission = await findSubmission(database, submissionId);
  return { ...nothing, patients: submission?.patients ?? [], resources: [`Bundle/${submissionId}`] };
}

const unknownDelivery = (): Failed =>
  failed('not-found', {
    code: 'not-found',
    rule: 'http-unknown-resource',
    text: 'There is no delivery with this id.',
  });

const alreadyDelivered = (): Failed =>
  failed('conflict', {
    code: 'conflict',
    rule: 'delivery-delivered',
    text: 'The delivery has arrived, so it is not sent again.',
  });
