/**
 * The Composition of a stay: its documents, its readings, the rest. Nothing in it is inferred. It is work in slices: a
 * stay has tens of thousands of readings.
 */
import { SNOMED_CT } from '../../fhir/code-systems';
import { isObject, listOf, type AnyResource, type Json, type JsonObject } from '../../fhir/types';
import { append } from '../../fhir/long-lists';
import type { Slices } from '../../fhir/slices';
import type { StayDocument } from '../../definitions/stay-document';
import type { StoredVersion } from '../../engines/store/read';
import { resourceOf, type DocumentPart } from './document-parts';
import { documentsInOrder } from './documents-in-order';
import { codeInWords, elementInWords, paragraphNarrative, sectionNarrative } from './narrative';
import { isAbout, stayStateOf, type StayState } from './stay-state';

/** What a Composition is made with. */
interface Making extends StayDocument {
  id: string;
  now: Date;
  /** The highest confidentiality of the parts. */
  restriction: JsonObject | undefined;
}

export function* stayComposition(
  stay: StoredVersion,
  parts: readonly DocumentPart[],
  { id, now, restriction, title, sections, context }: Making,
): Slices<AnyResource> {
  const resource = resourceOf(stay.content);
  const reference = `${stay.type}/${stay.id}`;
  const [ofDocuments] = sections;
  const { inOrder, documents } = yield* documentsFirst(parts, ofDocuments?.type);
  const author = documentAuthor(documents[0]) ?? resource?.serviceProvider;
  const state = stayStateOf(
    resource ?? { resourceType: stay.type },
    documents.filter((document) => isAbout(document, reference)),
  );
  const section: JsonObject[] = [];
  for (const each of sections)
    append(section, yield* sectionOf(each.title, inOrder, (type) => type === each.type));
  const named = [...sections.map(({ type }) => type), ...context];
  append(section, yield* sectionOf('Also sent', inOrder, (type) => !named.includes(type)));
  return {
    resourceType: 'Composition',
    id,
    text: paragraphNarrative(
      `${title}. ${stateText(state, resource?.status)} Compiled by Homeward on ${now.toISOString()} from the stored data.`,
    ),
    status: compositionStatus(state),
    type: {
      coding: [{ system: SNOMED_CT, code: '371534008', display: 'Summary report (record artifact)' }],
    },
    ...(isObject(resource?.subject) ? { subject: resource.subject } : {}),
    encounter: { reference },
    date: now.toISOString(),
    author: [isObject(author) ? author : { display: 'Homeward' }],
    title: `${title}${titleOfState(state)}`,
    ...(restriction ? { confidentiality: String(restriction.code) } : {}),
    section,
  };
}

/** A section with a line for each of the parts; none where there are no parts. */
function* sectionOf(
  title: string,
  parts: readonly DocumentPart[],
  belongs: (type: string) => boolean,
): Slices<JsonObject[]> {
  const within = parts.filter(({ type }) => belongs(type));
  const entry = within.map((each) => ({ reference: `${each.type}/${each.id}` }));
  const text = yield* sectionNarrative(resourcesOf(within));
  return entry.length === 0 ? [] : [{ title, text, entry }];
}

/** Each is parsed when its turn comes. */
function* resourcesOf(parts: readonly DocumentPart[]): Generator<AnyResource> {
  for (const { content } of parts) {
    const resource = resourceOf(content);
    if (resource) yield resource;
  }
}

/** The documents in the order in which they are to be read, and then everything else. */
function* documentsFirst(
  parts: readonly DocumentPart[],
  type: string | undefined,
): Slices<{ inOrder: DocumentPart[]; documents: AnyResource[] }> {
  const read: { part: DocumentPart; resource: AnyResource | undefined }[] = [];
  for (const part of parts) {
    if (part.type !== type) continue;
    read.push({ part, resource: resourceOf(part.content) });
    yield;
  }
  const inOrder = documentsInOrder(
    read,
    ({ part: { id }, resource }) => resource ?? { resourceType: String(type), id },
  );
  return {
    inOrder: [...inOrder.map(({ part }) => part), ...parts.filter((each) => each.type !== type)],
    documents: inOrder.flatMap(({ resource }) => resource ?? []),
  };
}

/** R4 has no status for a stay that was cancelled: the title says it. */
function compositionStatus({ isInError, isNotFinal }: StayState): string {
  if (isInError) return 'entered-in-error';
  return isNotFinal ? 'preliminary' : 'final';
}

function titleOfState({ isInError, isCancelled, isNotFinal }: StayState): string {
  if (isInError) return ' (entered in error)';
  if (isCancelled) return ' (cancelled)';
  return isNotFinal ? ' (not final)' : '';
}

/** `Status of the stay: in progress. This is not final.` */
function stateText({ isInError, isNotFinal }: StayState, status: Json | undefined): string {
  const words = codeInWords(elementInWords(status));
  const own = `Status of the stay: ${words || 'not sent'}.`;
  if (isInError) return `${own} The stay or all its documents were entered in error: do not rely on them.`;
  return isNotFinal ? `${own} This is not final.` : own;
}

function documentAuthor(document: AnyResource | undefined): Json | undefined {
  return listOf(document?.author)[0] ?? document?.custodian;
}
