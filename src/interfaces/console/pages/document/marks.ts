/**
 * What a reader has to know before a document is seen: that it was withdrawn, retracted, corrected or replaced since. The
 * bytes of a document never change, so its address says it beside them.
 */
import { isInError } from '../../../../fhir/in-error';
import { stringify } from '../../../../fhir/decimal';
import { isObject, listOf, type AnyResource, type Json } from '../../../../fhir/types';
import type { BinaryRecord } from '../../../../engines/store/binary';
import { nothing, together, type Disclosed } from '../../../../use-cases/call/disclosed';
import type { Reader } from '../../../../use-cases/call/reader';
import type { ReadingDependencies } from '../../../../use-cases/reading/dependencies';
import { binary } from '../../../../use-cases/reading/binary';
import { read } from '../../../../use-cases/reading/read';
import { resourceOf } from '../../resource-of';
import { replacementsIn, replacingElsewhere } from '../../stay/documents';

export interface Mark {
  /** A word for the name of a saved file, such as `retracted`. */
  name: string;
  heading: string;
  text: string;
  /** Where the document is that holds, with the words of the link. */
  href?: string;
  link?: string;
}

export interface Marked {
  marks: readonly Mark[];
  /** The id of the stay of the document. */
  stay?: string;
  disclosed: Disclosed;
}

const WITHDRAWN: Mark = {
  name: 'withdrawn',
  heading: 'Withdrawn',
  text: 'The sender has withdrawn this document. Do not use it.',
};
const RETRACTED: Mark = {
  name: 'retracted',
  heading: 'Entered in error',
  text: 'The sender has retracted this document. Do not use it.',
};
const OF_WRONG_STAY: Mark = {
  name: 'retracted',
  heading: 'The stay was entered in error',
  text: 'The sender has retracted the stay that this document is about.',
};
const CORRECTED: Mark = {
  name: 'corrected',
  heading: 'Corrected',
  text: 'The sender has corrected this document since. This is an earlier version.',
};
const SUPERSEDED: Mark = {
  name: 'superseded',
  heading: 'Superseded',
  text: 'Another document has taken the place of this one.',
};

/** Nothing where the document holds, and where the reader may not see what it belongs to. */
export async function marksOf(
  reader: Reader,
  { id, ownerType, ownerId, sha256 }: Pick<BinaryRecord, 'id' | 'ownerType' | 'ownerId' | 'sha256'>,
  reading: ReadingDependencies,
): Promise<Marked> {
  if (ownerId === id) return { marks: [], disclosed: nothing };
  const owner = await read(reader, { type: ownerType, id: ownerId }, reading);
  if (!owner.ok)
    return { marks: owner.failure.category === 'gone' ? [WITHDRAWN] : [], disclosed: owner.disclosed };
  const document = resourceOf(owner.answer.content ?? '');
  const isNewest = await hasBytes(reader, document, { id, sha256 }, reading);
  const marks = [
    ...(isInError(document) ? [RETRACTED] : []),
    ...(isNewest ? [] : [{ ...CORRECTED, ...linkTo(document, 'Open the newest version') }]),
    ...(document.status === 'superseded' ? [SUPERSEDED] : []),
  ];
  const replaced = await replacedOf(reader, document, reading);
  const stay = await stayOf(reader, document, reading);
  return {
    marks: [...marks, ...replaced.marks, ...(stay.isInError ? [OF_WRONG_STAY] : [])],
    ...(stay.id === undefined ? {} : { stay: stay.id }),
    disclosed: together(owner.disclosed, replaced.disclosed, stay.disclosed),
  };
}

/** More documents of one resource than this are not compared. */
const MOST_COMPARED = 100;

/** True where the resource has the document, or one of the same bytes: each version has Binaries of its own. */
async function hasBytes(
  reader: Reader,
  resource: AnyResource,
  { id, sha256 }: Pick<BinaryRecord, 'id' | 'sha256'>,
  reading: ReadingDependencies,
): Promise<boolean> {
  const ids = binariesOf(resource);
  if (ids.includes(id)) return true;
  for (const other of ids.slice(0, MOST_COMPARED)) {
    const found = await binary(reader, { id: other }, reading);
    if (found.ok && found.answer.record.sha256.equals(sha256)) return true;
  }
  return false;
}

/** The documents that hold and say that they replace this one. */
async function replacedOf(
  reader: Reader,
  document: AnyResource,
  reading: ReadingDependencies,
): Promise<Marked> {
  const { resourceType: type, id } = document;
  if (type !== 'DocumentReference') return { marks: [], disclosed: nothing };
  const held = { type, id: String(id), reference: `${type}/${String(id)}`, version: 1, resource: document };
  const found = await replacingElsewhere(reader, [held], reading);
  if (!found.ok) return { marks: [], disclosed: found.disclosed };
  const marks = found.answer.flatMap((each): Mark[] =>
    (replacementsIn([each], []).get(held.id) ?? []).map((text) => ({
      ...SUPERSEDED,
      heading: 'Replaced by another document',
      text: `${text}.`,
      ...linkTo(each, 'Open that document'),
    })),
  );
  return { marks, disclosed: found.disclosed };
}

async function stayOf(
  reader: Reader,
  { context }: AnyResource,
  reading: ReadingDependencies,
): Promise<{ id?: string; isInError: boolean; disclosed: Disclosed }> {
  const [encounter] = listOf<Json>(isObject(context) ? context.encounter : undefined).filter(isObject);
  const [type = '', id = ''] = String(encounter?.reference ?? '').split('/');
  if (type !== 'Encounter') return { isInError: false, disclosed: nothing };
  const stay = await read(reader, { type, id }, reading);
  if (!stay.ok) return { isInError: false, disclosed: stay.disclosed };
  return { id, isInError: isInError(resourceOf(stay.answer.content ?? '')), disclosed: stay.disclosed };
}

/** The ids of the Binaries that the resource names, in their order. */
const binariesOf = (resource: AnyResource): string[] =>
  [...stringify(resource).matchAll(/"(?:[^"]*\/)?Binary\/([0-9a-f-]{36})"/g)].map(([, id]) => id!);

function linkTo(document: AnyResource, link: string): Pick<Mark, 'href' | 'link'> {
  const [id] = binariesOf(document);
  return id === undefined ? {} : { href: `/console/documents/${id}`, link };
}
