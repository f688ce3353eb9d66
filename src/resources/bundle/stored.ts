/**
 * Submissions as FHIR Bundles: what `Bundle?…` finds. The table holds what can be asked of an accepted submission; the
 * Bundle itself is put together from the bytes that came. @see https://hl7.org/fhir/R4/bundle.html#search
 */
import { commonSearchParameters } from '../../definitions/common-search-parameters';
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { searchParametersOf } from '../../definitions/search-parameter';
import type { AnyResource } from '../../fhir/types';

const { token, date, reference } = searchParametersOf('Bundle');

export const storedBundle: ResourceDefinition = {
  type: 'Bundle',
  elements: [],
  rules: [],
  repairs: [],
  // Ten submissions of the largest size still make a text that JavaScript can hold.
  table: {
    name: 'bundle',
    patient: [],
    columns: [],
    indexes: [
      { name: 'of_patient', on: 'patient_id, last_updated' },
      { name: 'of_sender', on: 'sender, last_updated' },
      { name: 'of_submission', on: 'submission_id', history: true },
    ],
    mostOnPage: 10,
    contentBytes: (alias) => `(SELECT submission.size FROM submission WHERE submission.id = ${alias}.id)`,
  },
  searchParameters: [
    ...commonSearchParameters,
    // The two below lie in what `headOf` adds: the stored resource that the first entry has become.
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
  ],
  withdrawable: false,
  openUnderPolicy: 'A sender reads its own submissions, whoever they are about.',
  notTaken:
    'A Bundle inside a Bundle is not taken apart: send its entries in this one, or post it by itself.',
};

/** What of a Bundle is searched by, with the stored resource that its first entry has become. */
export function headOf(bundle: AnyResource, first: { type: string; id: string } | undefined): AnyResource {
  const { entry: _entry, ...head } = bundle;
  if (first?.type === 'Composition') head.firstComposition = { reference: `${first.type}/${first.id}` };
  if (first?.type === 'MessageHeader') head.firstMessage = { reference: `${first.type}/${first.id}` };
  return head;
}
