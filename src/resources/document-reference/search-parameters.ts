/** The search parameters of DocumentReference. @see https://hl7.org/fhir/R4/documentreference.html#search */
import { commonSearchParameters } from '../../definitions/common-search-parameters';
import { searchParametersOf } from '../../definitions/search-parameter';
import type { SearchParameter } from '../../definitions/table';

const { reference, token, date, string, uri, composite } = searchParametersOf('DocumentReference');

/** What is asked for of one relationship. */
const targetAndCode = [
  reference('relatesto', 'target', 'The target', { targets: ['DocumentReference'] }),
  token('relation', 'code', 'The kind of relationship', {
    stored: 'plain',
    system: 'http://hl7.org/fhir/document-relationship-type',
  }),
];

export const searchParameters: readonly SearchParameter[] = [
  ...commonSearchParameters,
  reference('authenticator', 'DocumentReference.authenticator', 'Who/what authenticated the document', {
    targets: ['Practitioner', 'Organization', 'PractitionerRole'],
  }),
  reference('author', 'DocumentReference.author', 'Who and/or what authored the document', {
    multiple: true,
    targets: ['Practitioner', 'Organization', 'Device', 'Patient', 'PractitionerRole', 'RelatedPerson'],
  }),
  token('category', 'DocumentReference.category', 'Categorization of document', { multiple: true }),
  token(
    'contenttype',
    'DocumentReference.content.attachment.contentType',
    'Mime type of the content, with charset etc.',
    { multiple: true, stored: 'plain', system: 'urn:ietf:bcp:13' },
  ),
  date(
    'creation',
    'DocumentReference.content.attachment.creation',
    'When the document itself was made (IHE MHD)',
    {
      definition: null,
      url: 'https://profiles.ihe.net/ITI/MHD/SearchParameter/DocumentReference-Creation',
      multiple: true,
    },
  ),
  date(
    'created',
    'DocumentReference.content.attachment.creation',
    'When the document itself was made, by the name that GP Connect’s consumers know from STU3',
    { definition: null, multiple: true, column: 'creation' },
  ),
  reference('custodian', 'DocumentReference.custodian', 'Organization which maintains the document', {
    targets: ['Organization'],
    refersToOneOfFew: true,
  }),
  date('date', 'DocumentReference.date', 'When this document reference was created'),
  string('description', 'DocumentReference.description', 'Human-readable description'),
  reference('encounter', 'DocumentReference.context.encounter', 'Context of the document content', {
    definition: 'clinical-encounter',
    multiple: true,
    targets: ['Encounter', 'EpisodeOfCare'],
  }),
  token('event', 'DocumentReference.context.event', 'Main clinical acts documented', { multiple: true }),
  token('facility', 'DocumentReference.context.facilityType', 'Kind of facility where patient was seen'),
  token('format', 'DocumentReference.content.format', 'Format/content rules for the document', {
    multiple: true,
  }),
  token(
    'identifier',
    'DocumentReference.masterIdentifier | DocumentReference.identifier',
    'Master Version Specific Identifier',
    { definition: 'clinical-identifier', multiple: true },
  ),
  token(
    'language',
    'DocumentReference.content.attachment.language',
    'Human language of the content (BCP-47)',
    { multiple: true, stored: 'plain' },
  ),
  uri('location', 'DocumentReference.content.attachment.url', 'Uri where the data can be found', {
    multiple: true,
  }),
  reference(
    'patient',
    'DocumentReference.subject.where(resolve() is Patient)',
    'Who/what is the subject of the document',
    {
      definition: 'clinical-patient',
      paths: ['subject'],
      targets: ['Patient'],
      column: 'subject',
      stored: 'owner',
    },
  ),
  date('period', 'DocumentReference.context.period', 'Time of service that is being documented'),
  reference('related', 'DocumentReference.context.related', 'Related identifiers or resources', {
    multiple: true,
  }),
  reference('relatesto', 'DocumentReference.relatesTo.target', 'Target of the relationship', {
    multiple: true,
    targets: ['DocumentReference'],
  }),
  token('relation', 'DocumentReference.relatesTo.code', 'replaces | transforms | signs | appends', {
    multiple: true,
    stored: 'plain',
    system: 'http://hl7.org/fhir/document-relationship-type',
  }),
  composite('relationship', 'DocumentReference.relatesTo', 'Combination of relation and relatesTo', {
    multiple: true,
    components: ['relatesto', 'relation'],
    column: 'relates_to',
    parts: targetAndCode,
  }),
  token('security-label', 'DocumentReference.securityLabel', 'Document security-tags', { multiple: true }),
  token(
    'setting',
    'DocumentReference.context.practiceSetting',
    'Additional details about where the content was created (e.g. clinical specialty)',
  ),
  token('status', 'DocumentReference.status', 'current | superseded | entered-in-error', {
    stored: 'plain',
    system: 'http://hl7.org/fhir/document-reference-status',
  }),
  reference('subject', 'DocumentReference.subject', 'Who/what is the subject of the document', {
    targets: ['Practitioner', 'Group', 'Device', 'Patient'],
    column: 'subject',
    stored: 'owner',
  }),
  token('type', 'DocumentReference.type', 'Kind of document (LOINC if possible)', {
    definition: 'clinical-type',
  }),
];
