/**
 * A NEWS2 set as the guidance has it: the total, which has the sub-scores as members, each derived from its raw
 * reading. Three levels, one Observation each; scores are integers, readings are quantities in UCUM.
 * Guidance 3.2 and 3.4.6. NEWS2 © Royal College of Physicians 2017.
 */
import { SNOMED_CT } from '../fhir/code-systems';
import type { AnyResource, Json, JsonObject } from '../fhir/types';
import {
  PARAMETERS,
  subscoreOf,
  TOTAL_CODE,
  TOTAL_DISPLAY,
  type OxygenScale,
  type Parameter,
} from '../resources/observation/news2/news2';
import type { NewsSet } from './course';
import { londonDateTime } from './london-time';
import { READING_ROWS, type ReadingRow } from './reading-rows';

/** How many Observations a full set makes: a total, seven sub-scores, eight readings. */
export const OBSERVATIONS_PER_SET = 1 + PARAMETERS.length + READING_ROWS.length;

/** What the Observations of one summary have in common. */
export interface ObservationFrame {
  scale: OxygenScale;
  /** References to the entries of the same Bundle. */
  patient: string;
  organization: string;
  encounter: string;
  /** The namespace of the sender's identifiers. */
  namespace: string;
  uuid(): string;
}

const PROFILE = 'https://fhir.hl7.org.uk/StructureDefinition/UKCore-Observation';

/** The Observations of a full set: the total first, then the sub-scores, then the readings. */
export function observationsOf(set: NewsSet, frame: ObservationFrame): AnyResource[] {
  const readings = READING_ROWS.map((row) => readingOf(row, set, frame));
  const readingIds = new Map<Parameter, string>();
  READING_ROWS.forEach((row, position) => {
    const id = readings[position]?.id;
    if (row.scores && id !== undefined) readingIds.set(row.scores, id);
  });
  const subscores = PARAMETERS.map((parameter) => {
    const { code, name } = subscoreOf(parameter, frame.scale);
    const display = `Royal College of Physicians NEWS2 (National Early Warning Score 2) - ${name} score`;
    return observation(set, frame, {
      category: [categoryOf('survey')],
      code: snomed(code, display),
      performer: [{ reference: frame.organization }],
      valueInteger: set.scores[parameter],
      derivedFrom: [{ reference: `urn:uuid:${readingIds.get(parameter) ?? ''}` }],
    });
  });
  const total = observation(set, frame, {
    category: [categoryOf('survey')],
    code: snomed(TOTAL_CODE, TOTAL_DISPLAY),
    performer: [{ reference: frame.organization }],
    valueInteger: set.total,
    hasMember: subscores.map(({ id }) => ({ reference: `urn:uuid:${id ?? ''}` })),
  });
  return [total, ...subscores, ...readings];
}

/** One raw reading by itself, as between two scored sets. */
export function readingOf(row: ReadingRow, set: NewsSet, frame: ObservationFrame): AnyResource {
  const { code, display } = row.coding(set.readings);
  return observation(set, frame, {
    category: [categoryOf(row.category)],
    code: snomed(code, display),
    // Patients of a virtual ward take their readings themselves.
    performer: [{ reference: frame.patient }],
    ...row.value(set.readings),
    ...(row.name === 'oxygenSaturation' &&
      frame.scale === 2 && { note: [{ text: 'Scored by SpO2 scale 2: target range 88–92 %' }] }),
  });
}

function observation(set: NewsSet, frame: ObservationFrame, own: Record<string, Json>): AnyResource {
  const id = frame.uuid();
  const { category, code, performer, ...rest } = own;
  return {
    resourceType: 'Observation',
    id,
    meta: { profile: [PROFILE] },
    identifier: [{ system: `${frame.namespace}/observation`, value: id }],
    status: 'final',
    category,
    code,
    subject: { reference: frame.patient },
    encounter: { reference: frame.encounter },
    effectiveDateTime: londonDateTime(set.at),
    performer,
    ...rest,
  };
}

export function snomed(code: string, display: string): JsonObject {
  return { coding: [{ system: SNOMED_CT, code, display }] };
}

export function categoryOf(code: 'survey' | 'vital-signs'): JsonObject {
  return {
    coding: [
      {
        system: 'http://terminology.hl7.org/CodeSystem/observation-category',
        code,
        display: code === 'survey' ? 'Survey' : 'Vital Signs',
      },
    ],
  };
}
