/** The Composition of a stay: its documents, its readings, the rest. Nothing in it is inferred. */
import { SNOMED_CT } from '../../fhir/code-systems';
import { parseJson } from '../../fhir/json';
import { isObject, isResource, listOf, type AnyResource, type Json, type JsonObject } from '../../fhir/types';
import type { StayDocument } from '../../definitions/stay-document';
import type { StoredVersion } from '../../engines/store/read';
import type { DocumentPart } from './document-parts';
import { paragraphNarrative, sectionNarrative } from './narrative';

export function stayComposition(
  stay: StoredVersion,
  parts: readonly DocumentPart[],
  { id, now, title, sections, context }: StayDocument & { id: string; now: Date },
): AnyResource {
  const resource = resourceOf(stay.content);
  const document = parts.find(({ type }) => type === sections[0]?.type);
  const author = documentAuthor(document && resourceOf(document.content)) ?? resource?.serviceProvider;
  const section = (name: string, belongs: (type: string) => boolean): JsonObject[] => {
    const within = parts.filter(({ type }) => belongs(type));
    const entry = within.map((each) => ({ reference: `${each.type}/${each.id}` }));
    const text = sectionNarrative(within.flatMap(({ content }) => resourceOf(content) ?? []));
    return entry.length === 0 ? [] : [{ title: name, text, entry }];
  };
  const named = [...sections.map(({ type }) => type), ...context];
  return {
    resourceType: 'Composition',
    id,
    text: paragraphNarrative(`${title}. Compiled by Homeward on ${now.toISOString()} from the stored data.`),
    status: 'final',
    type: {
      coding: [{ system: SNOMED_CT, code: '371534008', display: 'Summary report (record artifact)' }],
    },
    ...(isObject(resource?.subject) ? { subject: resource.subject } : {}),
    encounter: { reference: `${stay.type}/${stay.id}` },
    date: now.toISOString(),
    author: [isObject(author) ? author : { display: 'Homeward' }],
    title,
    section: [
      ...sections.flatMap((each) => section(each.title, (type) => type === each.type)),
      ...section('Also sent', (type) => !named.includes(type)),
    ],
  };
}

function documentAuthor(document: AnyResource | undefined): Json | undefined {
  return listOf(document?.author)[0] ?? document?.custodian;
}

function resourceOf(content: string): AnyResource | undefined {
  const parsed = parseJson(Buffer.from(content));
  return parsed.ok && isResource(parsed.value) ? parsed.value : undefined;
}
