/** What `Bundle?…` is searched by, and the part of a Bundle that these parameters find. @see https://hl7.org/fhir/R4/bundle.html#search */
import { commonSearchParameters } from '../../definitions/common-search-parameters';
import { searchParametersOf } from '../../definitions/search-parameter';
import type { SearchParameter } from '../../definitions/table';
import type { AnyResource } from '../../fhir/types';

const { token, date, reference } = searchParametersOf('Bundle');

export const searchParameters: readonly SearchParameter[] = [
  ...commonSearchParameters,
  // The next two read what `headOf` adds: the stored resource of the first entry.
  reference('composition', '(Bundle.entry[0].resource as Composition)', 'The document’s Composition', {
    paths: ['firstComposition'],
    targets: ['Composition'],
  }),
  reference('message', '(Bundle.entry[0].resource as MessageHeader)', 'The message’s header', {
    paths: ['firstMessage'],
    targets: ['MessageHeader'],
  }),
  token('identifier', 'Bundle.identifier', 'Persistent identifier for the bundle'),
  date('timestamp', 'Bundle.timestamp', 'When the bundle was assembled', { stored: 'instant' }),
  token('type', 'Bundle.type', 'document | message | transaction | batch | collection', {
    stored: 'plain',
    system: 'http://hl7.org/fhir/bundle-type',
  }),
];

/**
 * What of a Bundle is searched by, with the stored resource that its first entry has become. It is kept as the row's
 * content, so that its columns can be made again from it.
 */
export function headOf(bundle: AnyResource, first: { type: string; id: string } | undefined): AnyResource {
  const { resourceType, meta, identifier, type, timestamp } = bundle;
  const given = Object.entries({ meta, identifier, type, timestamp }).filter(
    ([, value]) => value !== undefined,
  );
  const head = { resourceType, ...Object.fromEntries(given) } as AnyResource;
  if (first?.type === 'Composition') head.firstComposition = { reference: `${first.type}/${first.id}` };
  if (first?.type === 'MessageHeader') head.firstMessage = { reference: `${first.type}/${first.id}` };
  return head;
}
