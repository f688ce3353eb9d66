/** Holds that a resource becomes the row that its definition says. */
import { numberOf } from '../../fhir/decimal';
import type { AnyResource } from '../../fhir/types';
import { searchParameters } from '../../resources/observation/search-parameters';
import { table } from '../../resources/observation/table';
import { searchParameters as patientParameters } from '../../resources/patient/search-parameters';
import { table as patientTable } from '../../resources/patient/table';
import { columnsOf } from './columns';
import { rowOf, type RowBase } from './row';

const base: RowBase = {
  id: '11111111-1111-4111-8111-111111111111',
  versionId: 1,
  lastUpdated: '2024-01-01T00:00:00.000Z',
  patientId: '22222222-2222-4222-8222-222222222222',
  submissionId: '33333333-3333-4333-8333-333333333333',
  sender: 'RR8',
  content: '{}',
};
const baseColumns = {
  id: base.id,
  version_id: 1,
  last_updated: base.lastUpdated,
  patient_id: base.patientId,
  submission_id: base.submissionId,
  sender: 'RR8',
  content: '{}',
};
const Observation = { type: 'Observation', table, searchParameters };
const Patient = { type: 'Patient', table: patientTable, searchParameters: patientParameters };

const observation: AnyResource = {
  resourceType: 'Observation',
  identifier: [{ system: 'https://tools.ietf.org/html/rfc4122', value: 'a|b' }],
  status: 'final',
  code: { coding: [{ system: 'http://snomed.info/sct', code: '1104051000000101', display: 'NEWS2 Total' }] },
  subject: { reference: 'Patient/22222222-2222-4222-8222-222222222222' },
  effectiveDateTime: '2023-01-08T09:30:00+01:00',
  hasMember: [{ reference: 'Observation/44444444-4444-4444-8444-444444444444/_history/2' }],
  performer: [{ identifier: { system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'RR8' } }],
  valueInteger: 5,
};

describe('the row of a resource', () => {
  it('holds one value per search parameter and per analyst’s column', () => {
    expect(rowOf(Observation, observation, base)).toEqual({
      ...baseColumns,
      identifier: ['https://tools.ietf.org/html/rfc4122|a\\|b', 'a\\|b'],
      status: 'final',
      code: ['http://snomed.info/sct|1104051000000101', '1104051000000101'],
      code_text: ['news2 total'],
      subject: 'Patient/22222222-2222-4222-8222-222222222222',
      effective_start: '2023-01-08T08:30:00.000Z',
      effective_end: '2023-01-08T08:30:01.000Z',
      has_member: ['Observation/44444444-4444-4444-8444-444444444444'],
      performer: [],
      performer_identifier: ['https://fhir.nhs.uk/Id/ods-organization-code|RR8', 'RR8'],
      snomed_code: '1104051000000101',
      value_number: '5',
      news2_total: '5',
    });
  });

  it('keeps the digits of a quantity, and each component apart', () => {
    const row = rowOf(
      Observation,
      {
        resourceType: 'Observation',
        component: [
          {
            code: { coding: [{ system: 'http://loinc.org', code: '8480-6' }] },
            valueQuantity: {
              value: numberOf('120.0'),
              unit: 'mmHg',
              system: 'http://unitsofmeasure.org',
              code: 'mm[Hg]',
            },
          },
          {
            code: { coding: [{ system: 'http://loinc.org', code: '8462-4' }] },
            valueQuantity: { value: 80 },
          },
        ],
      },
      base,
    );
    expect(row).toEqual({
      ...baseColumns,
      component: [
        {
          code: ['http://loinc.org|8480-6', '8480-6'],
          value_quantity: '120.0',
          value_quantity_system: 'http://unitsofmeasure.org',
          value_quantity_code: 'mm[Hg]',
          value_quantity_unit: 'mmHg',
        },
        {
          code: ['http://loinc.org|8462-4', '8462-4'],
          value_quantity: '80',
          value_quantity_system: null,
          value_quantity_code: null,
          value_quantity_unit: null,
        },
      ],
      component_code: ['http://loinc.org|8480-6', '8480-6', 'http://loinc.org|8462-4', '8462-4'],
      component_value_quantity: ['120.0', '80'],
      component_value_quantity_system: ['http://unitsofmeasure.org', null],
      component_value_quantity_code: ['mm[Hg]', null],
      component_value_quantity_unit: ['mmHg', null],
    });
  });

  it('folds names, and gives the patient’s NHS number, birth date and postcode', () => {
    const row = rowOf(
      Patient,
      {
        resourceType: 'Patient',
        identifier: [
          {
            type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'NH' }] },
            system: 'https://fhir.nhs.uk/Id/nhs-number',
            value: '9990000018',
          },
        ],
        name: [{ family: 'Müller', given: ['Zoë'] }],
        birthDate: '1950-02-03',
        address: [{ postalCode: 'ls10 4yu' }],
        telecom: [{ system: 'phone', value: '0113', use: 'home' }],
      },
      base,
    );
    expect(row).toMatchObject({
      nhs_number: '9990000018',
      birth_date: '1950-02-03',
      birth_start: '1950-02-03T00:00:00.000Z',
      birth_end: '1950-02-04T00:00:00.000Z',
      postcode: 'LS104YU',
      deceased: 'false',
      identifier: [
        'https://fhir.nhs.uk/Id/nhs-number|9990000018',
        '9990000018',
        '|http://terminology.hl7.org/CodeSystem/v2-0203|NH|9990000018',
      ],
      name: ['Müller', 'Zoë'],
      name_folded: ['muller', 'zoe'],
      family_folded: ['muller'],
      phone: ['|0113', '0113'],
      phonetic: ['m460', 'z000'],
    });
  });

  it('has no column that the table has not', () => {
    const names = new Set(columnsOf(Observation).map((column) => column.name));
    expect(Object.keys(rowOf(Observation, observation, base)).filter((name) => !names.has(name))).toEqual([]);
  });
});
