/** The search parameters of Composition. @see https://hl7.org/fhir/R4/composition.html#search */
import { commonSearchParameters } from '../../definitions/common-search-parameters';
import { searchParametersOf } from '../../definitions/search-parameter';
import type { SearchParameter } from '../../definitions/table';

const { reference, token, date, string } = searchParametersOf('Composition');

export const searchParameters: readonly SearchParameter[] = [
  ...commonSearchParameters,
  reference('attester', 'Composition.attester.party', 'Who attested the composition', {
    multiple: true,
    targets: ['Practitioner', 'Organization', 'Patient', 'PractitionerRole', 'RelatedPerson'],
  }),
  reference('author', 'Composition.author', 'Who and/or what authored the composition', {
    multiple: true,
    targets: ['Practitioner', 'Organization', 'Device', 'Patient', 'PractitionerRole', 'RelatedPerson'],
  }),
  token('category', 'Composition.category', 'Categorization of Composition', { multiple: true }),
  token('confidentiality', 'Composition.confidentiality', 'As defined by affinity domain', {
    stored: 'plain',
  }),
  token('context', 'Composition.event.code', 'Code(s) that apply to the event being documented', {
    multiple: true,
  }),
  date('date', 'Composition.date', 'Composition editing time', { definition: 'clinical-date' }),
  reference('encounter', 'Composition.encounter', 'Context of the Composition', {
    definition: 'clinical-encounter',
    targets: ['Encounter', 'EpisodeOfCare'],
  }),
  reference('entry', 'Composition.section.entry', 'A reference to data that supports this section', {
    multiple: true,
  }),
  token('identifier', 'Composition.identifier', 'Version-independent identifier for the Composition', {
    definition: 'clinical-identifier',
  }),
  reference(
    'patient',
    'Composition.subject.where(resolve() is Patient)',
    'Who and/or what the composition is about',
    {
      definition: 'clinical-patient',
      paths: ['subject'],
      targets: ['Patient'],
      column: 'subject',
      stored: 'owner',
    },
  ),
  date('period', 'Composition.event.period', 'The period covered by the documentation', { multiple: true }),
  token('related-id', '(Composition.relatesTo.target as Identifier)', 'Target of the relationship', {
    paths: ['relatesTo.targetIdentifier'],
    multiple: true,
  }),
  reference('related-ref', '(Composition.relatesTo.target as Reference)', 'Target of the relationship', {
    paths: ['relatesTo.targetReference'],
    multiple: true,
    targets: ['Composition'],
  }),
  token('section', 'Composition.section.code', 'Classification of section (recommended)', { multiple: true }),
  token('status', 'Composition.status', 'preliminary | final | amended | entered-in-error', {
    stored: 'plain',
    system: 'http://hl7.org/fhir/composition-status',
  }),
  reference('subject', 'Composition.subject', 'Who and/or what the composition is about', {
    column: 'subject',
    stored: 'owner',
  }),
  string('title', 'Composition.title', 'Human Readable name/title'),
  token('type', 'Composition.type', 'Kind of composition (LOINC if possible)', {
    definition: 'clinical-type',
  }),
];
