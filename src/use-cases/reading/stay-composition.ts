/** The Composition of a stay: its documents, its readings, the rest. Nothing in it is inferred. */
import { SNOMED_CT } from '../../fhir/code-systems';
import { isObject, listOf, type AnyResource, type Json, type JsonObject } from '../../fhir/types';
import type { StayDocument } from '../../definitions/stay-document';
import type { StoredVersion } from '../../engines/store/read';
import { resourceOf, restrictionOfParts, type DocumentPart } from './document-parts';
import { documentsInOrder } from './documents-in-order';
import { codeInWords, elementInWords, paragraphNarrative, sectionNarrative } from './narrative';
import { isAbout, stayStateOf, type StayState } from './stay-state';

export function stayComposition(
  stay: StoredVersion,
  parts: readonly DocumentPart[],
  { id, now, title, sections, context }: StayDocument & { id: string; now: Date },
): AnyResource {
  const resource = resourceOf(stay.content);
  const reference = `${stay.type}/${stay.id}`;
  const [ofDocuments] = sections;
  const inOrder = documentsFirst(parts, ofDocuments?.type);
  const documents = inOrder
    .filter(({ type }) => type === ofDocuments?.type)
    .flatMap(({ content }) => resourceOf(content) ?? []);
  const author = documentAuthor(documents[0]) ?? resource?.serviceProvider;
  const state = stayStateOf(
    resource ?? { resourceType: stay.type },
    documents.filter((document) => isAbout(document, reference)),
  );
  const section = (name: string, belongs: (type: string) => boolean): JsonObject[] => {
    const within = inOrder.filter(({ type }) => belongs(type));
    const entry = within.map((each) => ({ reference: `${each.type}/${each.id}` }));
    const text = sectionNarrative(within.flatMap(({ content }) => resourceOf(content) ?? []));
    return entry.length === 0 ? [] : [{ title: name, text, entry }];
  };
  const restriction = restrictionOfParts(parts);
  const named = [...sections.map(({ type }) => type), ...context];
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
    section: [
      ...sections.flatMap((each) => section(each.title, (type) => type === each.type)),
      ...section('Also sent', (type) => !named.includes(type)),
    ],
  };
}

/** The documents in the order in which they are to be read, and then everything else. */
function documentsFirst(parts: readonly DocumentPart[], type: string | undefined): DocumentPart[] {
  const documents = parts.filter((each) => each.type === type);
  const inOrder = documentsInOrder(
    documents,
    ({ id, content }) => resourceOf(content) ?? { resourceType: String(type), id },
  );
  return [...inOrder, ...parts.filter((each) => each.type !== type)];
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
