/**
 * A document: what is known of it, and its bytes, piece by piece.
 *
 * @example
 * const result = await binary(reader, { id: binaryId }, reading);
 * if (result.ok) for await (const piece of result.answer.pieces()) write(piece);
 * record(result.disclosed);
 *
 * @see https://hl7.org/fhir/R4/binary.html#rest
 */
import { isUuid } from '../../fhir/uuid';
import { readBinary, type BinaryRecord } from '../../engines/store/binary';
import { versionsThatName } from '../../engines/store/read';
import type { Visibility } from '../../engines/access/visibility';
import { type Answered, answered, disclosing, type Failed, failed } from '../call/answered';
import { soughtOf } from '../call/disclosed';
import type { Reader } from '../call/reader';
import type { ReadingDependencies } from './dependencies';

export interface DocumentBytes {
  record: BinaryRecord;
  /** The bytes in their order, or those of a range: all pieces but the last have a length that is a multiple of three. */
  pieces: (range?: { start: number; end: number }) => AsyncIterable<Buffer>;
}

export async function binary(
  { visibility }: Reader,
  { id }: { id: string },
  dependencies: ReadingDependencies,
): Promise<Answered<DocumentBytes>> {
  const { database, documents } = dependencies;
  const record = isUuid(id) ? await readBinary(database, id.toLowerCase()) : undefined;
  if (!record) return disclosing(unknownBinary());
  if (!(await mayReadBinary(visibility, record, dependencies)))
    return disclosing(unknownBinary(), soughtOf(record));
  const pieces: DocumentBytes['pieces'] = (range = { start: 0, end: record.size }) =>
    documents.pieces(database, record.sha256, range);
  return answered(
    { record, pieces },
    {
      ...soughtOf(record),
      ...(record.patientId === null ? { unowned: [record.id] } : {}),
      resources: [`Binary/${record.id}`],
    },
  );
}

/**
 * Decides whether the caller may read a document. A caller that may read a version that refers to the document may read
 * the document. The scope on Binary itself is checked too.
 */
export async function mayReadBinary(
  visibility: Visibility,
  { id, ownerType, ownerId, patientId }: BinaryRecord,
  dependencies: ReadingDependencies,
): Promise<boolean> {
  const { database, definitionFor, searchEngine, patients } = dependencies;
  if (!visibility.allowed('Binary', 'r')) return false;
  if (ownerId === id) {
    // A Binary that was sent by itself has no row that the query of a scope could be checked against, and the caller
    // must be allowed to see its patient.
    if (visibility.restrictions('Binary', 'r') !== null) return false;
    if (patientId === null || visibility.sees(patients.type) === null)
      return visibility.sees('Binary') === null;
    const open = { ...visibility, restrictions: () => null };
    return (await searchEngine.seenVersions(database, patients.type, patientId, open))?.size !== 0;
  }
  const definition = definitionFor(ownerType);
  if (!definition || !visibility.allowed(ownerType, 'r')) return false;
  const seen = await searchEngine.seenVersions(database, ownerType, ownerId, visibility);
  if (seen === null) return true;
  // Check the version that refers to the document: another version may have another document and other security labels.
  const referring = await versionsThatName(database, definition, ownerType, ownerId, `Binary/${id}`);
  return referring.some((version) => seen.has(version));
}

const unknownBinary = (): Failed =>
  failed('not-found', {
    code: 'not-found',
    rule: 'http-unknown-resource',
    text: 'There is no Binary with this id.',
  });
