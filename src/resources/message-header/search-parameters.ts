/** The search parameters of MessageHeader. @see https://hl7.org/fhir/R4/messageheader.html#search */
import { commonSearchParameters } from '../../definitions/common-search-parameters';
import { searchParametersOf } from '../../definitions/search-parameter';
import type { SearchParameter } from '../../definitions/table';

const { reference, token, string, uri } = searchParametersOf('MessageHeader');

export const searchParameters: readonly SearchParameter[] = [
  ...commonSearchParameters,
  reference('author', 'MessageHeader.author', 'The source of the decision', {
    targets: ['Practitioner', 'PractitionerRole'],
  }),
  token('code', 'MessageHeader.response.code', 'ok | transient-error | fatal-error', {
    stored: 'plain',
    system: 'http://hl7.org/fhir/response-code',
  }),
  string('destination', 'MessageHeader.destination.name', 'Name of system', { multiple: true }),
  uri('destination-uri', 'MessageHeader.destination.endpoint', 'Actual destination address or id', {
    multiple: true,
  }),
  reference('enterer', 'MessageHeader.enterer', 'The source of the data entry', {
    targets: ['Practitioner', 'PractitionerRole'],
  }),
  token(
    'event',
    'MessageHeader.event',
    'Code for the event this message represents or link to event definition',
    { paths: ['eventCoding'] },
  ),
  reference('focus', 'MessageHeader.focus', 'The actual content of the message', { multiple: true }),
  reference(
    'receiver',
    'MessageHeader.destination.receiver',
    'Intended "real-world" recipient for the data',
    { multiple: true, targets: ['Practitioner', 'Organization', 'PractitionerRole'] },
  ),
  token('response-id', 'MessageHeader.response.identifier', 'Id of original message', { stored: 'plain' }),
  reference('responsible', 'MessageHeader.responsible', 'Final responsibility for event', {
    targets: ['Practitioner', 'Organization', 'PractitionerRole'],
  }),
  reference('sender', 'MessageHeader.sender', 'Real world sender of the message', {
    targets: ['Practitioner', 'Organization', 'PractitionerRole'],
    column: 'sender_reference',
  }),
  string('source', 'MessageHeader.source.name', 'Name of system', { column: 'source_name' }),
  uri('source-uri', 'MessageHeader.source.endpoint', 'Actual message source address or id'),
  reference(
    'target',
    'MessageHeader.destination.target',
    'Particular delivery destination within the destination',
    { multiple: true, targets: ['Device'] },
  ),
];
