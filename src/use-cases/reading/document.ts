/**
 * Document Bundles put together from what is stored now: a Composition with all that it names, or a stay with all that
 * is kept of it.
 *
 * @example
 * const result = await compositionDocument(reader, { id }, reading);
 * const summary = await staySummary(reader, { type: 'Encounter', id }, reading);
 * if (summary.ok) send(summary.answer.json); // a Bundle of type document
 * record(summary.disclosed);
 *
 * @see https://hl7.org/fhir/R4/composition-operation-document.html
 */
import { append } from '../../fhir/long-lists';
import { inSlices } from '../../platform/in-slices';
import type { StoredVersion } from '../../engines/store/read';
import type { BinaryRecord } from '../../engines/store/binary';
import { type Answered, answered, disclosing, type Failed, type Result } from '../call/answered';
import { asShown, shownInSlices } from '../call/disclosed';
import { tooCostly, unknownResource, withinTime } from '../call/failures';
import { type Reader, unwanted } from '../call/reader';
import { belongingTo } from './belonging';
import { mayReadBinary } from './binary';
import type { ReadingDependencies } from './dependencies';
import {
  binariesOf,
  documentText,
  partOf,
  restrictionOfParts,
  type DocumentFacts,
  type DocumentPart,
} from './document-parts';
import { follow } from './follow';
import { isFollowed, readingOf } from './followed';
import { gather, otherTypesOf, type Place } from './gather';
import { databaseInShare, inShare } from './in-share';
import type { UseCase } from './on-replica';
import { subjectOf } from './read';
import { stayComposition } from './stay-composition';

export interface DocumentAnswer {
  /** A Bundle of type `document`, as JSON text. */
  json: string;
}

/** A Composition, and all that it refers to. */
export const compositionDocument = oneAtATime(compositionDocumentIn);

async function compositionDocumentIn(
  reader: Reader,
  { id }: { id: string },
  dependencies: ReadingDependencies,
): Promise<Answered<DocumentAnswer>> {
  const found = await subjectOf(reader, { type: 'Composition', id }, dependencies);
  if (!found.ok) return disclosing(found);
  const composition = found.subject;
  const work: Work = { reader, meter: meterOf(reader) };
  const parts = work.meter(composition.content.length)
    ? await completed(work, [partOf(composition)], composition, dependencies)
    : tooCostly(reader.room.maxBytes);
  if (!parts.ok) return disclosing(parts);
  const restriction = await inSlices(restrictionOfParts(parts.answer));
  return documentOf(work, { parts: parts.answer, restriction }, dependencies);
}

/** A stay, and all that is kept of it. */
export const staySummary = oneAtATime(staySummaryIn);

async function staySummaryIn(
  reader: Reader,
  question: { type: string; id: string },
  dependencies: ReadingDependencies,
): Promise<Answered<DocumentAnswer>> {
  const found = await subjectOf(reader, question, dependencies);
  if (!found.ok) return disclosing(found);
  const stay = found.subject;
  const { patientId } = stay;
  if (patientId === null) return disclosing(unknownResource());
  const work: Work = { reader, meter: meterOf(reader) };
  const gathered = await allOf(work, { ...stay, patientId }, dependencies);
  if (!gathered.ok) return disclosing(gathered);
  const completedParts = await completed(work, gathered.answer, stay, dependencies);
  if (!completedParts.ok) return disclosing(completedParts);
  const parts = completedParts.answer;
  const { newId, stayDocument } = dependencies;
  const restriction = await inSlices(restrictionOfParts(parts));
  const making = { id: newId(), now: reader.now, restriction, ...stayDocument };
  const composition = await inSlices(stayComposition(stay, parts, making));
  const content = JSON.stringify(composition);
  if (!work.meter(content.length)) return disclosing(tooCostly(reader.room.maxBytes));
  const first = { type: 'Composition', id: String(composition.id), versionId: 1, patientId, content };
  return documentOf(work, { parts: [first, ...parts], restriction }, dependencies);
}

/**
 * Of one caller, one runs at a time in this process, and the others wait. Its statements are in the caller's share of
 * the connections.
 * @throws DatabaseUnavailable when the wait was too long
 */
function oneAtATime<Q, A>(useCase: UseCase<Q, A>): UseCase<Q, A> {
  return (reader, question, dependencies) => {
    const share = { holder: reader.caller.sender, ...dependencies.shares };
    const database = databaseInShare(dependencies.database, share);
    return inShare({ ...share, shares: dependencies.documentsAtOnce }, () =>
      useCase(reader, question, { ...dependencies, database }),
    );
  };
}

/** The state of a document that is being assembled. */
interface Work {
  reader: Reader;
  /** Counts bytes of the answer. Returns false when the answer would be too large. */
  meter: (bytes: number) => boolean;
}

function meterOf({ room }: Reader): Work['meter'] {
  let total = 0;
  return (bytes) => {
    total += bytes;
    return total <= room.maxBytes;
  };
}

/** The reason why the work ended: the caller has disconnected, or the document would be too large. */
const ended = ({ reader }: Work): Failed => unwanted(reader) ?? tooCostly(reader.room.maxBytes);

/** Reads everything that belongs to the stay. */
async function allOf(
  work: Work,
  stay: StoredVersion & { patientId: string },
  dependencies: ReadingDependencies,
): Promise<Result<DocumentPart[]>> {
  const { reader, meter } = work;
  const { visibility, room } = reader;
  const { database, searchEngine, definitions, definitionFor, otherTable, patients, stayDocument } =
    dependencies;
  const own = definitions.filter(
    ({ type, table }) =>
      (type === patients.type || table.patient.length > 0) && !stayDocument.leftOut.includes(type),
  );
  const types = [
    ...own.map(({ type }) => type),
    ...(await otherTypesOf(database, stay.patientId, otherTable)),
  ].filter((type) => visibility.allowed(type, 'r'));
  const belongs = belongingTo(stay, patients.type, definitionFor);
  const who = readingOf(visibility);
  const found: DocumentPart[] = [];
  let place: Place | undefined;
  do {
    const gone = unwanted(reader);
    if (gone) return gone;
    const from = place ? { place } : {};
    const gathering = {
      types,
      count: 1000,
      maxBytes: room.maxBytes,
      belongs,
      paramsOf: () => [],
      who,
      ...from,
    };
    const page = await withinTime(gather(database, searchEngine, gathering));
    if (!page.ok) return page;
    if (!page.answer.ok) throw new Error('an internal search was refused');
    const { matches, next } = page.answer;
    if (!matches.every(({ content }) => meter(content.length))) return ended(work);
    append(found, matches);
    place = next;
  } while (place);
  return { ok: true, answer: found };
}

/**
 * Adds everything that the parts refer to, if the reader may see it and it belongs to the same patient or to no
 * patient.
 */
async function completed(
  work: Work,
  parts: readonly DocumentPart[],
  { patientId }: Pick<StoredVersion, 'patientId'>,
  dependencies: ReadingDependencies,
): Promise<Result<DocumentPart[]>> {
  const { database, searchEngine } = dependencies;
  const { reader, meter } = work;
  const reached = await withinTime(
    follow(database, searchEngine, parts, {
      who: readingOf(reader.visibility),
      follows: (type) => isFollowed(type, reader.caller, dependencies),
      may: () => (alias, bind) =>
        `(${alias}.patient_id IS NULL OR ${alias}.patient_id = ${bind(patientId, 'uuid')})`,
      keep: ({ content }) => unwanted(reader) === undefined && meter(content.length),
    }),
  );
  if (!reached.ok) return reached;
  if (reached.answer === undefined) return ended(work);
  return { ok: true, answer: [...parts, ...reached.answer] };
}

async function documentOf(
  work: Work,
  { parts, restriction }: Pick<DocumentFacts, 'restriction'> & { parts: readonly DocumentPart[] },
  dependencies: ReadingDependencies,
): Promise<Answered<DocumentAnswer>> {
  const { newId } = dependencies;
  const { reader, meter } = work;
  const binaries = await binariesOf(dependencies, parts, async (record: BinaryRecord) => {
    if (unwanted(reader)) return 'end';
    if (!(await mayReadBinary(reader.visibility, record, dependencies))) return 'leave out';
    return meter(Math.ceil((4 * record.size) / 3)) ? 'take' : 'end';
  });
  if (!binaries) return disclosing(ended(work));
  const all = [...parts, ...binaries];
  const { fhirBase, now } = reader;
  const facts = { fhirBase, identifier: newId(), timestamp: now.toISOString(), restriction };
  const json = await inSlices(documentText(all, facts));
  return answered({ json }, await inSlices(shownInSlices(all.map(asShown))));
}
