/** The search parameters of Observation. @see https://hl7.org/fhir/R4/observation.html#search */
import { SNOMED_CT } from '../../fhir/code-systems';
import { commonSearchParameters } from '../../definitions/common-search-parameters';
import { searchParametersOf } from '../../definitions/search-parameter';
import type { SearchParameter } from '../../definitions/table';
import { news2Columns } from './news2-values';

const { reference, token, composite, quantity, date, string, number } = searchParametersOf('Observation');

/** The parameters of one component, or of the Observation itself and its value. */
const codeAndConcept = [
  token('code', 'code', 'The code'),
  token('value-concept', 'value as CodeableConcept', 'The value', { paths: ['valueCodeableConcept'] }),
];
const codeAndQuantity = [
  token('code', 'code', 'The code'),
  quantity('value-quantity', 'value as Quantity', 'The value', { paths: ['valueQuantity'] }),
];

const OF_NEWS2_TOTAL = `Observation.where(code.coding.where(system = '${SNOMED_CT}' and code = '1104051000000101').exists()).value`;

/** The whole-number value of an Observation with the NEWS2 total's code, as integer or Quantity. */
const NEWS2_TOTAL = `(${OF_NEWS2_TOTAL}.ofType(integer) | ${OF_NEWS2_TOTAL}.ofType(Quantity).value).where($this mod 1 = 0)`;

export const searchParameters: readonly SearchParameter[] = [
  ...commonSearchParameters,
  reference('based-on', 'Observation.basedOn', 'Reference to the service request.', {
    multiple: true,
    targets: [
      'CarePlan',
      'MedicationRequest',
      'NutritionOrder',
      'DeviceRequest',
      'ServiceRequest',
      'ImmunizationRecommendation',
    ],
  }),
  token('category', 'Observation.category', 'The classification of the type of observation', {
    multiple: true,
  }),
  token('code', 'Observation.code', 'The code of the observation type', { definition: 'clinical-code' }),
  composite('code-value-concept', 'Observation', 'Code and coded value parameter pair', {
    components: ['code', 'value-concept'],
  }),
  composite('code-value-date', 'Observation', 'Code and date/time value parameter pair', {
    components: ['code', 'value-date'],
  }),
  composite('code-value-quantity', 'Observation', 'Code and quantity value parameter pair', {
    components: ['code', 'value-quantity'],
  }),
  composite('code-value-string', 'Observation', 'Code and string value parameter pair', {
    components: ['code', 'value-string'],
  }),
  token(
    'combo-code',
    'Observation.code | Observation.component.code',
    'The code of the observation type or component type',
    { multiple: true, anyOf: ['code', 'component-code'] },
  ),
  composite(
    'combo-code-value-concept',
    'Observation | Observation.component',
    'Code and coded value parameter pair, including in components',
    {
      multiple: true,
      components: ['combo-code', 'combo-value-concept'],
      column: 'component',
      parts: codeAndConcept,
      paths: ['', 'component'],
    },
  ),
  composite(
    'combo-code-value-quantity',
    'Observation | Observation.component',
    'Code and quantity value parameter pair, including in components',
    {
      multiple: true,
      components: ['combo-code', 'combo-value-quantity'],
      column: 'component',
      parts: codeAndQuantity,
      paths: ['', 'component'],
    },
  ),
  token(
    'combo-data-absent-reason',
    'Observation.dataAbsentReason | Observation.component.dataAbsentReason',
    'The reason why the expected value in the element Observation.value[x] or Observation.component.value[x] is missing.',
    { multiple: true, anyOf: ['data-absent-reason', 'component-data-absent-reason'] },
  ),
  token(
    'combo-value-concept',
    '(Observation.value as CodeableConcept) | (Observation.component.value as CodeableConcept)',
    'The value or component value of the observation, if the value is a CodeableConcept',
    {
      paths: ['valueCodeableConcept', 'component.valueCodeableConcept'],
      multiple: true,
      anyOf: ['value-concept', 'component-value-concept'],
    },
  ),
  quantity(
    'combo-value-quantity',
    '(Observation.value as Quantity) | (Observation.value as SampledData) | (Observation.component.value as Quantity) | (Observation.component.value as SampledData)',
    'The value or component value of the observation, if the value is a Quantity, or a SampledData (just search on the bounds of the values in sampled data)',
    {
      paths: ['valueQuantity', 'component.valueQuantity'],
      multiple: true,
      anyOf: ['value-quantity', 'component-value-quantity'],
    },
  ),
  token('component-code', 'Observation.component.code', 'The component code of the observation type', {
    multiple: true,
  }),
  composite(
    'component-code-value-concept',
    'Observation.component',
    'Component code and component coded value parameter pair',
    {
      multiple: true,
      components: ['component-code', 'component-value-concept'],
      column: 'component',
      parts: codeAndConcept,
    },
  ),
  composite(
    'component-code-value-quantity',
    'Observation.component',
    'Component code and component quantity value parameter pair',
    {
      multiple: true,
      components: ['component-code', 'component-value-quantity'],
      column: 'component',
      parts: codeAndQuantity,
    },
  ),
  token(
    'component-data-absent-reason',
    'Observation.component.dataAbsentReason',
    'The reason why the expected value in the element Observation.component.value[x] is missing.',
    { multiple: true },
  ),
  token(
    'component-value-concept',
    '(Observation.component.value as CodeableConcept)',
    'The value of the component observation, if the value is a CodeableConcept',
    { paths: ['component.valueCodeableConcept'], multiple: true },
  ),
  quantity(
    'component-value-quantity',
    '(Observation.component.value as Quantity) | (Observation.component.value as SampledData)',
    'The value of the component observation, if the value is a Quantity, or a SampledData (just search on the bounds of the values in sampled data)',
    { paths: ['component.valueQuantity'], multiple: true },
  ),
  token(
    'data-absent-reason',
    'Observation.dataAbsentReason',
    'The reason why the expected value in the element Observation.value[x] is missing.',
  ),
  date(
    'date',
    'Observation.effective',
    'Obtained date/time. If the obtained element is a period, a date that falls in the period',
    {
      definition: 'clinical-date',
      paths: ['effectiveDateTime', 'effectivePeriod', 'effectiveTiming', 'effectiveInstant'],
      column: 'effective',
    },
  ),
  reference('derived-from', 'Observation.derivedFrom', 'Related measurements the observation is made from', {
    multiple: true,
    targets: [
      'Media',
      'Observation',
      'ImagingStudy',
      'MolecularSequence',
      'QuestionnaireResponse',
      'DocumentReference',
    ],
  }),
  reference('device', 'Observation.device', 'The Device that generated the observation data.', {
    targets: ['Device', 'DeviceMetric'],
  }),
  reference('encounter', 'Observation.encounter', 'Encounter related to the observation', {
    definition: 'clinical-encounter',
    targets: ['Encounter', 'EpisodeOfCare'],
  }),
  reference(
    'focus',
    'Observation.focus',
    'The focus of an observation when the focus is not the patient of record.',
    { multiple: true },
  ),
  reference('has-member', 'Observation.hasMember', 'Related resource that belongs to the Observation group', {
    multiple: true,
    targets: ['Observation', 'MolecularSequence', 'QuestionnaireResponse'],
  }),
  token('identifier', 'Observation.identifier', 'The unique id for a particular observation', {
    definition: 'clinical-identifier',
    multiple: true,
  }),
  token('method', 'Observation.method', 'The method used for the observation'),
  reference('part-of', 'Observation.partOf', 'Part of referenced event', {
    multiple: true,
    targets: [
      'Immunization',
      'MedicationDispense',
      'MedicationAdministration',
      'Procedure',
      'ImagingStudy',
      'MedicationStatement',
    ],
  }),
  reference(
    'patient',
    'Observation.subject.where(resolve() is Patient)',
    'The subject that the observation is about (if patient)',
    {
      definition: 'clinical-patient',
      paths: ['subject'],
      targets: ['Patient'],
      column: 'subject',
      stored: 'owner',
    },
  ),
  reference('performer', 'Observation.performer', 'Who performed the observation', {
    multiple: true,
    targets: ['Practitioner', 'Organization', 'CareTeam', 'Patient', 'PractitionerRole', 'RelatedPerson'],
  }),
  reference('specimen', 'Observation.specimen', 'Specimen used for this observation', {
    targets: ['Specimen'],
  }),
  token('status', 'Observation.status', 'The status of the observation', {
    stored: 'plain',
    system: 'http://hl7.org/fhir/observation-status',
  }),
  reference('subject', 'Observation.subject', 'The subject that the observation is about', {
    targets: ['Group', 'Device', 'Patient', 'Location'],
    column: 'subject',
    stored: 'owner',
  }),
  token(
    'value-concept',
    '(Observation.value as CodeableConcept)',
    'The value of the observation, if the value is a CodeableConcept',
    { paths: ['valueCodeableConcept'] },
  ),
  date(
    'value-date',
    '(Observation.value as dateTime) | (Observation.value as Period)',
    'The value of the observation, if the value is a date or period of time',
    { paths: ['valueDateTime', 'valuePeriod'] },
  ),
  quantity(
    'value-quantity',
    '(Observation.value as Quantity) | (Observation.value as SampledData)',
    'The value of the observation, if the value is a Quantity, or a SampledData (just search on the bounds of the values in sampled data)',
    { paths: ['valueQuantity'] },
  ),
  string(
    'value-string',
    '(Observation.value as string) | (Observation.value as CodeableConcept).text',
    'The value of the observation, if the value is a string, and also searches in CodeableConcept.text',
    { paths: ['valueString', 'valueCodeableConcept.text'] },
  ),
  number('news2-total', NEWS2_TOTAL, 'The NEWS2 total, where the Observation is one: 0 to 20', {
    definition: null,
    column: 'news2_total',
    values: (observation) => {
      const { news2Total } = news2Columns(observation);
      return news2Total === null ? [] : [news2Total];
    },
  }),
];
