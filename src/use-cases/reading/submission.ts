/**
 * A submission as a FHIR Bundle, with its inline documents: for its sender, and for an auditor.
 *
 * @example
 * const result = await readSubmission(reader, { id: submissionId }, reading);
 * if (result.ok) send(result.answer.resource);
 * record(result.disclosed);
 */
import { isUuid } from '../../fhir/uuid';
import type { Caller } from '../../engines/access/caller';
import type { TypeView } from '../../engines/access/visibility';
import { stringify } from '../../fhir/decimal';
import { isObject, type AnyResource } from '../../fhir/types';
import type { Queryable } from '../../platform/postgres';
import { findSubmission } from '../../engines/store/submissions';
import { type Answered, answered, disclosing, failed } from '../call/answered';
import { nothing } from '../call/disclosed';
import { tooCostly } from '../call/failures';
import type { Reader } from '../call/reader';
import { summarise } from './summarise';
import type { ReadQuestion } from './read';
import type { ReceivedBundle } from './received-bundle';

export interface SubmissionRead {
  version: number;
  lastUpdated: Date;
  /** Absent when the reader already has it. */
  resource?: AnyResource;
}

export async function readSubmission(
  { caller, room }: Reader,
  { id, version = '1', subset, isKnown }: Omit<ReadQuestion, 'type'>,
  { database, receivedBundle }: { database: Queryable; receivedBundle: ReceivedBundle },
): Promise<Answered<SubmissionRead>> {
  const found = isUuid(id) && version === '1' ? await findSubmission(database, id.toLowerCase()) : undefined;
  const mayRead = found && (found.sender === caller.sender || caller.scopes.allowsAll('AuditEvent', 'r'));
  if (!found || !mayRead || found.status !== 'accepted') {
    return disclosing(
      failed('not-found', {
        code: 'not-found',
        rule: 'http-unknown-resource',
        text: 'This caller may read no accepted submission with this id.',
      }),
      { ...nothing, patients: found?.patients ?? [] },
    );
  }
  const disclosed = { ...nothing, patients: found.patients, resources: [`Bundle/${found.id}`] };
  const stored = { version: 1, lastUpdated: found.storedAt };
  if (isKnown?.(stored) === true) return answered(stored, disclosed);
  if (found.size > room.maxBytes) return disclosing(tooCostly(room.maxBytes), disclosed);
  const whole = await submissionBundle(receivedBundle, found.id, found.storedAt);
  if (!whole) throw new Error('an accepted submission has no bytes');
  return answered({ ...stored, resource: subset ? summarise(whole, subset) : whole }, disclosed);
}

/** Which submissions a caller may read as Bundles: its own, and all of them when a scope names `AuditEvent`. */
export function viewOfSubmissions(
  { scopes, sender }: Caller,
  bundleOf: (id: string) => Promise<AnyResource | undefined>,
): TypeView {
  const contentOf = async (id: string): Promise<string> => stringify(await bundleOf(id));
  return scopes.allowsAll('AuditEvent', 's')
    ? { contentOf }
    : { contentOf, sees: (alias, bind) => `${alias}.sender = ${bind(sender, 'text')}` };
}

/**
 * The Bundle as it was received, except for its id and version, which the server sets.
 * @param receivedBundle the Bundle of a submission by its id
 */
export async function submissionBundle(
  receivedBundle: ReceivedBundle,
  id: string,
  storedAt: Date,
): Promise<AnyResource | undefined> {
  const received = await receivedBundle(id);
  if (!received) return undefined;
  const { resourceType, id: _id, meta, ...rest } = received;
  const { versionId: _versionId, lastUpdated: _lastUpdated, ...kept } = isObject(meta) ? meta : {};
  return {
    resourceType,
    id,
    meta: { versionId: '1', lastUpdated: storedAt.toISOString(), ...kept },
    ...rest,
  };
}
