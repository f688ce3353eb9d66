/**
 * One resource as it is now, or one of its versions.
 *
 * @example
 * const result = await read(reader, { type: 'Encounter', id }, reading);
 * if (result.ok) show(result.answer.content);
 * record(result.disclosed); // in both cases
 *
 * @see https://hl7.org/fhir/R4/http.html#read
 */
import { isUuid } from '../../fhir/uuid';
import { readCurrent, readVersion, type StoredVersion } from '../../engines/store/read';
import { type Answered, answered, disclosing, type Failed, failed } from '../call/answered';
import { nothing, shown, soughtOf } from '../call/disclosed';
import { unknownResource } from '../call/failures';
import type { Reader } from '../call/reader';
import type { ReadingDependencies } from './dependencies';
import { onReplica } from './on-replica';
import { summariseText, type Subset } from './summarise';
import { seenVersionsOf, withContents } from './visible';

export interface ReadQuestion {
  type: string;
  id: string;
  /** Which version, such as `2`; the current one unless given. */
  version?: string;
  /** The part of the resource to return; all of it unless given. */
  subset?: Subset;
  /** True for a version that the reader already has: its content is left out. */
  isKnown?: (version: Pick<StoredVersion, 'version' | 'lastUpdated'>) => boolean;
}

/** One resource of a version. */
export interface ReadResource {
  version: number;
  lastUpdated: Date;
  /** JSON text; absent when the reader already has it. */
  content?: string;
}

export const read = onReplica(readIn);

async function readIn(
  reader: Reader,
  question: ReadQuestion,
  dependencies: ReadingDependencies,
): Promise<Answered<ReadResource>> {
  const stored = await storedOf(question, dependencies);
  if (!stored) return disclosing(await absent(question, dependencies));
  const isSeen = await seenVersionsOf(stored.type, stored.id, reader.visibility, dependencies);
  const [version] = await withContents(reader, [stored].filter(isSeen), dependencies);
  if (!version) return disclosing(unknownResource(), soughtOf(stored));
  const disclosed = shown([version]);
  if (version.deleted) return disclosing(withdrawn(version), disclosed);
  const { version: number, lastUpdated, content } = version;
  if (question.isKnown?.(version) === true) return answered({ version: number, lastUpdated }, disclosed);
  const { subset } = question;
  return answered(
    { version: number, lastUpdated, content: subset ? summariseText(content, subset) : content },
    disclosed,
  );
}

/** The failure for what is not in the database. */
async function absent({ type, id }: ReadQuestion, { outsideOf }: ReadingDependencies): Promise<Failed> {
  const outside = outsideOf?.(type);
  return (outside && isUuid(id) ? await outside.missing(id.toLowerCase()) : undefined) ?? unknownResource();
}

async function storedOf(
  { type, id: asked, version }: ReadQuestion,
  { database, definitionFor }: ReadingDependencies,
): Promise<StoredVersion | undefined> {
  const definition = definitionFor(type);
  if (!definition || !isUuid(asked)) return undefined;
  const id = asked.toLowerCase();
  if (version === undefined) return readCurrent(database, definition, type, id);
  if (!/^[1-9]\d{0,8}$/.test(version)) return undefined;
  return readVersion(database, definition, type, id, Number(version));
}

const withdrawn = ({ version, lastUpdated }: StoredVersion): Failed =>
  failed(
    'gone',
    {
      code: 'deleted',
      rule: 'http-gone',
      text: 'The resource was withdrawn by a correction from its sender. Its history has the earlier versions.',
    },
    { version, lastUpdated },
  );

/**
 * Finds the resource that an operation is about, if the reader may see it. This alone shows nothing of the resource.
 */
export async function subjectOf(
  { visibility }: Reader,
  { type, id }: { type: string; id: string },
  dependencies: ReadingDependencies,
): Promise<{ ok: true; subject: StoredVersion } | Failed> {
  const subject = await storedOf({ type, id }, dependencies);
  if (!subject) return unknownResource();
  const isSeen = await seenVersionsOf(type, subject.id, visibility, dependencies);
  if (!isSeen(subject)) return unknownResource();
  if (!subject.deleted) return { ok: true, subject };
  return failed('gone', {
    code: 'deleted',
    rule: 'http-gone',
    text: 'The resource was withdrawn by a correction from its sender.',
  });
}

/** The failure for a resource that was not found, in a request that named no patient. */
export const unknown = (): Answered<never> => disclosing(unknownResource(), nothing);
