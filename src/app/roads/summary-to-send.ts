/** Reads what HL7 v2 messages say of a submission that is passed on: as it is stored, and what was told before. */
import { readCurrent, readVersion } from '../../engines/store/read';
import { readNotes } from '../../engines/store/outbox';
import { entriesOf } from '../../engines/validation/entries';
import { readSubmissionWhole, type WholeSubmission } from '../../engines/store/submission-register';
import { isInError } from '../../fhir/in-error';
import { isObject, isResource, listOf, type AnyResource, type JsonObject } from '../../fhir/types';
import {
  documentOf,
  toldIn,
  type DocumentToSend,
  type SummaryToSend,
} from '../../interfaces/hl7v2/sending/summary-to-send';
import { common } from '../../resources';
import { practiceIn } from '../../resources/bundle/named-organisations';
import { documentReference } from '../../resources/document-reference';
import { encounter } from '../../resources/encounter';
import { patient } from '../../resources/patient';
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { isOnlyRetraction, type Delivery } from '../../use-cases/forwarding/outbox';
import type { RoadParts } from '../road';
import { contentOf, retractionToSend, withStatus } from './retraction-to-send';

type Parts = Pick<RoadParts, 'store' | 'useCases'>;

/**
 * Where the destination is only to learn what was taken back, it is the edition that it has, with what is taken back.
 * @returns undefined when the submission is no longer stored
 */
export async function summaryToSend(
  delivery: Pick<Delivery, 'id' | 'submission' | 'createdAt' | 'envelope'>,
  parts: Parts,
): Promise<SummaryToSend | undefined> {
  const { id, createdAt } = delivery;
  const { database } = parts.store;
  const retraction = isOnlyRetraction(delivery) ? await retractionToSend(delivery, parts) : undefined;
  const submissionId = retraction?.edition ?? delivery.submission;
  const submission = await readSubmissionWhole(database, submissionId);
  const bundle = retraction?.bundle ?? (await parts.useCases.receivedBundle(submissionId));
  if (!submission || !bundle) return undefined;
  const read = readerOf(submission, database);
  const notes = await readNotes(database, id, submission.patients);
  const documents = (await documentsOf(submission, bundle, read)).map((each) => {
    const status = retraction?.taken.get(each.id);
    return status === undefined ? each : { ...each, resource: withStatus(each.resource, status) };
  });
  const told = notes.flatMap(({ envelope, isLater, isOfLineage }) =>
    toldIn(envelope).map((each) => ({ ...each, isLater, isOfLineage })),
  );
  const earlier = new Set(
    told
      .filter(({ isLater, isOfLineage, is }) => (isOfLineage || retraction) && !isLater && is === 'current')
      .map(({ document }) => documentOf(document)),
  );
  for (const { id: now } of documents) earlier.delete(now);
  return {
    bundle,
    submission: submissionId,
    sender: submission.sender,
    isSummary: common.isSummary(bundle),
    patient: (await read.patient()) ?? firstPatientIn(bundle),
    practice: practiceIn(bundle, createdAt.getTime()),
    documents,
    withdrawn: await read.withdrawn(earlier),
    told,
  };
}

/** How the resources of a submission are read: as they were stored by it, and not as later ones changed them. */
function readerOf(submission: WholeSubmission, database: Parts['store']['database']) {
  const { stored, patientId } = submission;
  const version = async (
    definition: ResourceDefinition,
    id: string,
    number: number,
  ): Promise<AnyResource | undefined> =>
    contentOf((await readVersion(database, definition, definition.type, id, number))?.content);
  /** Of content that came late, the version after it, which kept the newer content current. */
  const held = async (definition: ResourceDefinition, id: string): Promise<AnyResource | undefined> => {
    const versions = stored.filter((each) => each.type === definition.type && each.id === id);
    const newest = Math.max(...versions.map((each) => each.version));
    return versions.length === 0 ? undefined : version(definition, id, newest);
  };
  return {
    patient: async (): Promise<AnyResource | undefined> => {
      const own = stored.find(({ type }) => type === patient.type);
      if (own) return held(patient, own.id);
      if (patientId === null) return undefined;
      return contentOf((await readCurrent(database, patient, patient.type, patientId))?.content);
    },
    document: (id: string, number: number): Promise<AnyResource | undefined> =>
      version(documentReference, id, number),
    stay: async (id: string): Promise<AnyResource | undefined> =>
      (await held(encounter, id)) ??
      contentOf((await readCurrent(database, encounter, encounter.type, id))?.content),
    /** @param told documents of earlier versions of the summary, which may have been withdrawn meanwhile */
    withdrawn: async (told: ReadonlySet<string>): Promise<SummaryToSend['withdrawn']> => {
      const gone = submission.withdrawn.filter(({ type }) => type === documentReference.type);
      const ids = new Set(gone.map(({ id }) => id));
      for (const id of told) {
        const current = await readCurrent(database, documentReference, documentReference.type, id);
        const content = contentOf(current?.content);
        if (current && (content === undefined || isInError(content))) ids.add(id);
      }
      const before = new Map(gone.map(({ id, version: number }) => [id, number - 1]));
      return Promise.all(
        [...ids].map(async (id) => {
          const number = before.get(id);
          return {
            id,
            resource: number === undefined ? undefined : await version(documentReference, id, number),
          };
        }),
      );
    },
  };
}

/** The warning about a resource with the identifier of another patient's. */
const NUMBER_OF_OTHER = 'submission-identifier-of-other';

const isAt = (expression: string | undefined, entry: string): boolean =>
  expression === entry || expression?.startsWith(`${entry}.`) === true;

type Reader = ReturnType<typeof readerOf>;

async function documentsOf(
  { stored, issues }: WholeSubmission,
  bundle: AnyResource,
  read: Reader,
): Promise<DocumentToSend[]> {
  const entries = listOf(bundle.entry);
  const idOf = idsByName(entries, stored);
  const documents = stored.filter(
    ({ type, contentOf: keptFrom }) => type === documentReference.type && keptFrom === undefined,
  );
  const made = documents.map(async ({ index, id, version }): Promise<DocumentToSend | undefined> => {
    const entry = entries[index ?? -1];
    const received = isObject(entry) ? entry.resource : undefined;
    if (!isObject(entry) || !isResource(received)) return undefined;
    const resource = withBytes(await read.document(id, version), received);
    const stay = stayNamedBy(resource, idOf) ?? stored.find(({ type }) => type === encounter.type)?.id;
    return {
      id,
      resource,
      names: new Set([...namesOf(entry, received), `${documentReference.type}/${id}`]),
      hasNumberOfOther: issues.some(
        ({ rule, expression }) => rule === NUMBER_OF_OTHER && isAt(expression, `Bundle.entry[${index}]`),
      ),
      isHistory: stored.some((each) => each.id === id && each.contentOf !== undefined),
      stay: stay === undefined ? undefined : await read.stay(stay),
    };
  });
  return (await Promise.all(made)).filter((each) => each !== undefined);
}

/** A document as it is stored, repaired, with the bytes of its attachments as they were received. */
function withBytes(held: AnyResource | undefined, received: AnyResource): AnyResource {
  if (!held) return received;
  const attachments = listOf(received.content).map((each) => (isObject(each) ? each.attachment : undefined));
  const content = listOf(held.content).map((each, index) => {
    const attachment = attachments[index];
    if (!isObject(each) || !isObject(each.attachment) || !isObject(attachment)) return each;
    const { data, url } = attachment;
    const bytes = { ...(data === undefined ? {} : { data }), ...(url === undefined ? {} : { url }) };
    return { ...each, attachment: { ...each.attachment, ...bytes } };
  });
  return { ...held, content };
}

function namesOf({ fullUrl }: JsonObject, { resourceType, id }: AnyResource): Set<string> {
  return new Set([
    ...(typeof fullUrl === 'string' ? [fullUrl] : []),
    ...(typeof id === 'string' ? [`${resourceType}/${id}`] : []),
  ]);
}

/** The server's ids of the stays, by how the Bundle refers to them. */
function idsByName(
  entries: readonly unknown[],
  stored: WholeSubmission['stored'],
): (reference: string) => string | undefined {
  const ids = new Map<string, string>();
  for (const { type, index, id } of stored) {
    const entry = entries[index ?? -1];
    if (type !== encounter.type) continue;
    ids.set(`${type}/${id}`, id);
    if (isObject(entry) && isResource(entry.resource))
      for (const name of namesOf(entry, entry.resource)) ids.set(name, id);
  }
  return (reference) => ids.get(reference) ?? /^Encounter\/([0-9a-f-]{36})$/.exec(reference)?.[1];
}

function stayNamedBy(
  { context }: AnyResource,
  idOf: (reference: string) => string | undefined,
): string | undefined {
  if (!isObject(context)) return undefined;
  return listOf(context.encounter)
    .filter(isObject)
    .map(({ reference }) => (typeof reference === 'string' ? idOf(reference) : undefined))
    .find((id) => id !== undefined);
}

const firstPatientIn = (bundle: AnyResource): AnyResource | undefined =>
  entriesOf(bundle).find(({ resource }) => resource.resourceType === patient.type)?.resource;
