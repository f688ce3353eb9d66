/**
 * The raw readings of a NEWS2 set as the guidance codes them: which code, which unit, which value. One row per
 * Observation; UK Core's own model adds the LOINC code and its profile.
 */
import { SNOMED_CT, UCUM } from '../fhir/code-systems';
import { ACVPU_CONCEPTS, type Parameter } from '../resources/observation/news2/news2';
import type { Json, JsonObject } from '../fhir/types';
import type { Readings } from './course';

export interface ReadingRow {
  name: string;
  /** The score that is derived from it; none from the diastolic pressure. */
  scores?: Parameter;
  coding(readings: Readings): { code: string; display: string };
  loinc?: { code: string; display: string };
  /** The profile's name after `UKCore-Observation-` in UK Core's own model. */
  ukCoreProfile: string;
  category: 'vital-signs' | 'survey';
  value(readings: Readings): Record<string, Json>;
}

const PER_MINUTE = { unit: 'per minute', code: '/min' };
const PRESSURE = { unit: 'millimeter of mercury', code: 'mm[Hg]' };

function quantity(value: number, { unit, code }: { unit: string; code: string }): JsonObject {
  return { value, unit, system: UCUM, code };
}

function always(code: string, display: string): () => { code: string; display: string } {
  const coding = { code, display };
  return () => coding;
}

function snomedConcept(code: string, display: string): JsonObject {
  return { coding: [{ system: SNOMED_CT, code, display }] };
}

export const READING_ROWS: readonly ReadingRow[] = [
  {
    name: 'respirationRate',
    scores: 'respirationRate',
    coding: always('86290005', 'Respiratory rate'),
    loinc: { code: '9279-1', display: 'Respiratory rate' },
    ukCoreProfile: 'VitalSigns-RespirationRate',
    category: 'vital-signs',
    value: (readings) => ({ valueQuantity: quantity(readings.respirationRate, PER_MINUTE) }),
  },
  {
    name: 'oxygenSaturation',
    scores: 'oxygenSaturation',
    coding: always('103228002', 'Haemoglobin saturation with oxygen'),
    loinc: { code: '2708-6', display: 'Oxygen saturation in Arterial blood' },
    ukCoreProfile: 'VitalSigns-OxygenSaturation',
    category: 'vital-signs',
    value: (readings) => ({
      valueQuantity: quantity(readings.oxygenSaturation, { unit: 'percent', code: '%' }),
    }),
  },
  {
    // Room air has no number: it is sent as the value of a finding, so that the Observation has a value.
    name: 'inspiredOxygen',
    scores: 'airOrOxygen',
    coding: ({ onOxygen }) =>
      onOxygen
        ? { code: '371825009', display: 'Patient on oxygen' }
        : { code: '301282008', display: 'Finding of respiration' },
    ukCoreProfile: 'InspiredOxygen',
    category: 'vital-signs',
    value: ({ onOxygen, oxygenFlow }) =>
      onOxygen
        ? { valueQuantity: quantity(oxygenFlow, { unit: 'liter per minute', code: 'L/min' }) }
        : { valueCodeableConcept: snomedConcept('722742002', 'Breathing room air') },
  },
  {
    name: 'systolicBloodPressure',
    scores: 'systolicBloodPressure',
    coding: always('72313002', 'Systolic arterial pressure'),
    loinc: { code: '8480-6', display: 'Systolic blood pressure' },
    ukCoreProfile: 'VitalSigns-BloodPressure',
    category: 'vital-signs',
    value: (readings) => ({ valueQuantity: quantity(readings.systolicBloodPressure, PRESSURE) }),
  },
  {
    name: 'diastolicBloodPressure',
    coding: always('1091811000000102', 'Diastolic arterial pressure'),
    loinc: { code: '8462-4', display: 'Diastolic blood pressure' },
    ukCoreProfile: 'VitalSigns-BloodPressure',
    category: 'vital-signs',
    value: (readings) => ({ valueQuantity: quantity(readings.diastolicBloodPressure, PRESSURE) }),
  },
  {
    name: 'pulse',
    scores: 'pulse',
    coding: always('78564009', 'Pulse rate'),
    loinc: { code: '8867-4', display: 'Heart rate' },
    ukCoreProfile: 'VitalSigns-HeartRate',
    category: 'vital-signs',
    value: (readings) => ({ valueQuantity: quantity(readings.pulse, PER_MINUTE) }),
  },
  {
    name: 'consciousness',
    scores: 'consciousness',
    coding: always('1104441000000107', 'ACVPU (Alert Confusion Voice Pain Unresponsive) scale score'),
    ukCoreProfile: 'ACVPU',
    category: 'survey',
    value: ({ consciousness }) => {
      const { code, display } = ACVPU_CONCEPTS[consciousness];
      return { valueCodeableConcept: snomedConcept(code, display) };
    },
  },
  {
    name: 'temperature',
    scores: 'temperature',
    coding: always('276885007', 'Core body temperature'),
    loinc: { code: '8310-5', display: 'Body temperature' },
    ukCoreProfile: 'VitalSigns-BodyTemperature',
    category: 'vital-signs',
    value: (readings) => ({
      valueQuantity: quantity(readings.temperature, { unit: 'degree Celsius', code: 'Cel' }),
    }),
  },
];
