/**
 * A NEWS2 set as UK Core has had it since December 2023: sub-scores are components of the total, which is derived
 * from vital signs that bear a LOINC code beside the SNOMED CT one; blood pressure is one panel.
 * @see https://simplifier.net/hl7fhirukcorer4/ukcore-observation-earlywarningtotalscore
 */
import { LOINC, SNOMED_CT, UCUM } from '../fhir/code-systems';
import type { AnyResource, Json, JsonObject } from '../fhir/types';
import { PARAMETERS, subscoreOf, TOTAL_CODE, TOTAL_DISPLAY } from '../resources/observation/news2/news2';
import type { NewsSet } from './course';
import { londonDateTime } from './london-time';
import { categoryOf, snomed, type ObservationFrame } from './observations';
import { READING_ROWS, type ReadingRow } from './reading-rows';

const PROFILES = 'https://fhir.hl7.org.uk/StructureDefinition/UKCore-Observation-';
const PRESSURES = new Set(['systolicBloodPressure', 'diastolicBloodPressure']);

/** The Observations of a full set: the total, then what it is derived from. */
export function ukCoreObservationsOf(set: NewsSet, frame: ObservationFrame): AnyResource[] {
  const single = READING_ROWS.filter((row) => !PRESSURES.has(row.name));
  const pair = READING_ROWS.filter((row) => PRESSURES.has(row.name));
  const readings = [...single.map((row) => readingOf(row, set, frame)), bloodPressureOf(pair, set, frame)];
  const total = observation(set, frame, 'EarlyWarningTotalScore', {
    category: [categoryOf('survey')],
    code: snomed(TOTAL_CODE, TOTAL_DISPLAY),
    performer: [{ reference: frame.organization }],
    valueQuantity: score(set.total),
    derivedFrom: readings.map(({ id }) => ({ reference: `urn:uuid:${id ?? ''}` })),
    component: PARAMETERS.map((parameter) => {
      const { code, name } = subscoreOf(parameter, frame.scale);
      const display = `Royal College of Physicians NEWS2 (National Early Warning Score 2) - ${name} score`;
      return { code: snomed(code, display), valueQuantity: score(set.scores[parameter]) };
    }),
  });
  return [total, ...readings];
}

function readingOf(row: ReadingRow, set: NewsSet, frame: ObservationFrame): AnyResource {
  const inspired = row.name === 'inspiredOxygen';
  const roomAir = inspired && !set.readings.onOxygen;
  return observation(set, frame, row.ukCoreProfile, {
    category: [categoryOf(row.category)],
    code: roomAir ? snomed('722742002', 'Breathing room air') : codeOf(row, set),
    performer: [{ reference: frame.patient }],
    ...(!roomAir && row.value(set.readings)),
  });
}

function bloodPressureOf(rows: readonly ReadingRow[], set: NewsSet, frame: ObservationFrame): AnyResource {
  return observation(set, frame, 'VitalSigns-BloodPressure', {
    category: [categoryOf('vital-signs')],
    code: {
      coding: [
        { system: LOINC, code: '85354-9', display: 'Blood pressure panel with all children optional' },
        { system: SNOMED_CT, code: '75367002', display: 'Blood pressure' },
      ],
    },
    performer: [{ reference: frame.patient }],
    component: rows.map((row) => ({
      code: { ...codeOf(row, set), text: row.loinc?.display },
      ...row.value(set.readings),
    })),
  });
}

function codeOf(row: ReadingRow, set: NewsSet): JsonObject {
  const { code, display } = row.coding(set.readings);
  const coding: JsonObject[] = [{ system: SNOMED_CT, code, display }];
  if (row.loinc) coding.unshift({ system: LOINC, ...row.loinc });
  return { coding };
}

function score(value: number): JsonObject {
  return { value, unit: 'score', system: UCUM, code: '{ScoreOf}' };
}

function observation(
  set: NewsSet,
  frame: ObservationFrame,
  profile: string,
  own: Record<string, Json>,
): AnyResource {
  const id = frame.uuid();
  return {
    resourceType: 'Observation',
    id,
    meta: { profile: [PROFILES + profile] },
    identifier: [{ system: `${frame.namespace}/observation`, value: id }],
    status: 'final',
    subject: { reference: frame.patient },
    encounter: { reference: frame.encounter },
    effectiveDateTime: londonDateTime(set.at),
    ...own,
  };
}
