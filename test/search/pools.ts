/** The small pools from which the population is drawn: accents, escapes, shared codes, dates of every precision. */
import type { JsonObject } from '../../src/fhir/types';

export const SNOMED = 'http://snomed.info/sct';
export const LOINC = 'http://loinc.org';
export const UCUM = 'http://unitsofmeasure.org';
export const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';
export const ODS = 'https://fhir.nhs.uk/Id/ods-organization-code';

export const FAMILIES = ['Smith', 'Smyth', 'Smithson', 'Müller', 'muller', "O'Neill", 'De la Cruz', 'Ng'];
export const GIVEN = ['Zoë', 'Zoe', 'Ann', 'Anna', 'John', 'Jo\\n', 'Mary Ann'];
export const CITIES = ['Leeds', 'LEEDS', 'Bradford', 'York', 'Saint-Ouen'];
export const CODES: readonly (readonly [string | undefined, string, string])[] = [
  [SNOMED, '1104051000000101', 'NEWS2 total score'],
  [SNOMED, '86290005', 'Respiratory rate'],
  [LOINC, '8480-6', 'Systolic blood pressure'],
  [LOINC, '86290005', 'Something else'],
  [undefined, 'local|code', 'Local code'],
  ['urn:x', 'back\\slash', 'Zoë’s code'],
];
export const UNITS: readonly JsonObject[] = [
  { system: UCUM, code: 'mm[Hg]', unit: 'mmHg' },
  { system: UCUM, code: '/min', unit: 'per minute' },
  { system: 'urn:other', code: '/min', unit: 'breaths' },
  { unit: 'mmHg' },
  {},
];
export const VALUES = [0, 5, 36.5, 36.55, 37, 36.4, 120, 119.5, 120.5, 99.95, -3, 0.001];
export const DATES = [
  '2023',
  '2023-01',
  '2023-01-07',
  '2023-01-08',
  '2023-07-01',
  '2022-12-31',
  '2023-01-07T13:34:00+01:00',
  '2023-01-07T12:34:00Z',
  '2023-01-07T12:34:00.5Z',
  '2023-07-01T00:30:00+01:00',
  '2023-06-30T23:30:00Z',
  '2023-01-08T00:00:00Z',
];
