/**
 * What a destination is told that is only to learn what was taken back: the newest edition that it has, with the status
 * that its stay and documents have now. So it learns nothing else: not the document that came in the place of another,
 * and nothing that is new of the patient.
 * @see docs/decisions/0091-what-hl7v2-receivers-were-told.md
 */
import { editionsDelivered, type Edition } from '../../engines/store/outbox';
import { readCurrent } from '../../engines/store/read';
import { readSubmissionWhole } from '../../engines/store/submission-register';
import { stringify } from '../../fhir/decimal';
import { isInError } from '../../fhir/in-error';
import { readStored } from '../../fhir/json';
import { isObject, isResource, listOf, type AnyResource, type Json } from '../../fhir/types';
import { documentReference } from '../../resources/document-reference';
import { encounter } from '../../resources/encounter';
import type { Content, Delivery, Destination } from '../../use-cases/forwarding/outbox';
import { isOnlyRetraction } from '../../use-cases/forwarding/outbox';
import type { RoadParts } from '../road';

type Parts = Pick<RoadParts, 'store' | 'useCases'>;

export interface Retraction {
  /** The submission that is the newest edition that the destination has. */
  edition: string;
  /** It, as it was received, with the status of what is taken back. */
  bundle: AnyResource;
  /** The status of what is taken back, by the id of this server. */
  taken: ReadonlyMap<string, string>;
}

/** @returns undefined where the destination has nothing of what the submission takes back */
export async function retractionToSend(
  { id, submission: submissionId }: Pick<Delivery, 'id' | 'submission'>,
  { store: { database }, useCases }: Parts,
): Promise<Retraction | undefined> {
  const submission = await readSubmissionWhole(database, submissionId);
  if (!submission) return undefined;
  const concerned = new Set([...submission.stored, ...submission.withdrawn].map((each) => each.id));
  const editions = await editionsDelivered(database, id, submission.patients);
  for (const { id: edition, stored } of newestOfEach(editions)) {
    if (!stored.some((each) => concerned.has(each.id))) continue;
    const bundle = await useCases.receivedBundle(edition);
    if (!bundle) continue;
    const entries = listOf<Json>(bundle.entry);
    const taken = new Map<string, string>();
    for (const { type, id: resourceId, index, contentOf } of stored) {
      const entry = entries[index ?? -1];
      const sent = isObject(entry) ? entry.resource : undefined;
      if (!isObject(entry) || !isResource(sent) || contentOf !== undefined) continue;
      const status = await statusNow(database, type, resourceId);
      if (status === undefined || isInError(sent) || sent.status === status) continue;
      taken.set(resourceId, status);
      entry.resource = withStatus(sent, status);
    }
    if (![...taken.keys()].some((each) => concerned.has(each))) continue;
    bundle.meta = await editedLike(submissionId, bundle, useCases);
    return { edition, bundle, taken };
  }
  return undefined;
}

/** Of each summary, the edition that was delivered last: what came before it is no longer what the destination has. */
function newestOfEach(editions: readonly Edition[]): Edition[] {
  const seen = new Set<string>();
  return editions.filter(({ id, sender, bundleIdentifier }) => {
    const summary = bundleIdentifier === null ? id : JSON.stringify([sender, bundleIdentifier]);
    return !seen.has(summary) && seen.add(summary);
  });
}

const DEFINITIONS = [documentReference, encounter];
const IN_ERROR = 'entered-in-error';
const SUPERSEDED = 'superseded';

/** The status of what is withdrawn, entered in error or superseded by now; undefined of what still holds. */
async function statusNow(
  database: Parts['store']['database'],
  type: string,
  id: string,
): Promise<string | undefined> {
  const definition = DEFINITIONS.find((each) => each.type === type);
  if (!definition) return undefined;
  const resource = contentOf((await readCurrent(database, definition, type, id))?.content);
  if (!resource || isInError(resource)) return IN_ERROR;
  return resource.status === SUPERSEDED ? SUPERSEDED : undefined;
}

/** The resource with this status; of a document in error, what is in it too. */
export const withStatus = (resource: AnyResource, status: string): AnyResource => ({
  ...resource,
  status,
  ...(status === IN_ERROR && resource.docStatus !== undefined ? { docStatus: status } : {}),
});

/** The version and the time of the submission that takes back, so that receivers put the two in order. */
async function editedLike(
  submissionId: string,
  { meta }: AnyResource,
  useCases: Parts['useCases'],
): Promise<Json> {
  const received = (await useCases.receivedBundle(submissionId))?.meta;
  const { versionId, lastUpdated } = isObject(received) ? received : {};
  return {
    ...(isObject(meta) ? meta : {}),
    ...(versionId === undefined ? {} : { versionId }),
    ...(lastUpdated === undefined ? {} : { lastUpdated }),
  };
}

/** Stored content; a tombstone has none. */
export function contentOf(text: string | undefined): AnyResource | undefined {
  if (text === undefined || text === '') return undefined;
  const resource = readStored(text);
  return isResource(resource) ? resource : undefined;
}

const AWAY = 'away' as const;
const NOTHING = 'nothing that was passed on there is retracted by this submission';

/** The destination, which gets a retraction in the place of the submission where it is to learn no more. */
export const toldOfRetractions = (destination: Destination, parts: Parts): Destination => ({
  ...destination,
  send: async (delivery, signal) => {
    if (!isOnlyRetraction(delivery)) return destination.send(delivery, signal);
    const retraction = await retractionToSend(delivery, parts).catch(() => AWAY);
    if (retraction === AWAY) return { again: 'the submission cannot be read from the database now' };
    if (!retraction) return { delivered: undefined, remark: NOTHING };
    const content = async (): Promise<Content> => ({
      bytes: Buffer.from(stringify(retraction.bundle)),
      contentType: 'application/fhir+json',
    });
    return destination.send({ ...delivery, content }, signal);
  },
});
