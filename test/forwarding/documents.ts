/** Summaries whose documents have a number and a text of their own, for tests of what other systems are told. */
import {
  isObject,
  isResource,
  listOf,
  type AnyResource,
  type Json,
  type JsonObject,
} from '../../src/fhir/types';
import { aSummary, type SummaryBuilder } from '../fixtures/summary';

let stays = 100;

export const number = (value: string): JsonObject => ({ system: 'https://rr8.nhs.uk/Id/document', value });
export const pdf = (text: string): Buffer => Buffer.from(`%PDF-1.4\n${text}\n%%EOF\n`);

/** A stay of its own whose document has this number and text. */
export const summary = (document: string, text: string): SummaryBuilder =>
  aSummary()
    .stay((stays += 1))
    .with('DocumentReference.masterIdentifier', number(document))
    .pdf(pdf(text));

export const documentsOf = (bundle: AnyResource): AnyResource[] =>
  entriesOf(bundle, 'DocumentReference').map(({ resource }) => resource as AnyResource);

export const entriesOf = (bundle: AnyResource, type: string): JsonObject[] =>
  listOf<Json>(bundle.entry)
    .filter(isObject)
    .filter(({ resource }) => isResource(resource) && resource.resourceType === type);

/** The summary with one more document of this number and text. */
export const withDocument = (
  of: SummaryBuilder,
  document: string,
  text: string,
  more: object = {},
): SummaryBuilder =>
  of.changed((bundle) => {
    const copy = structuredClone(entriesOf(bundle, 'DocumentReference')[0]!);
    copy.fullUrl = `urn:uuid:00000000-0000-4000-8000-0000000${String(stays).padStart(5, '0')}`;
    const resource = copy.resource as AnyResource;
    const [{ attachment }] = resource.content as [{ attachment: JsonObject }];
    delete resource.id;
    delete attachment.size;
    delete attachment.hash;
    attachment.data = pdf(text).toString('base64');
    Object.assign(resource, { status: 'current', masterIdentifier: number(document) }, more);
    bundle.entry = [...(bundle.entry as Json[]), copy];
  });
