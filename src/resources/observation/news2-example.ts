/**
 * A whole NEWS2 set for the examples of rules: one total of 6, its seven sub-scores and their seven readings,
 * in agreement with the chart; in the guidance's model or in UK Core's. An example changes one thing of it.
 */
import { UCUM, SNOMED_CT } from '../../fhir/code-systems';
import type { RuleExample } from '../../definitions/rule';
import type { AnyResource, Json, JsonObject } from '../../fhir/types';
import { ACVPU_CONCEPTS, subscoreOf, TOTAL_CODE, TOTAL_DISPLAY, type Parameter } from './news2/news2';
import { referenceTo, resourcesOf } from '../common/example';

export interface News2Set {
  total: AnyResource;
  /** In the guidance's model Observations, in UK Core's components of the total. */
  scores: Record<Parameter, JsonObject>;
  readings: Record<Parameter, AnyResource>;
  summary: AnyResource;
  /** Adds an Observation like the others to the Bundle and gives a Reference to it. */
  add(code: string, value: JsonObject): JsonObject;
  /** A Reference to an Observation of the set. */
  refer(observation: JsonObject): JsonObject;
  /** Takes a sub-score, and with it its reading, out of the total's members: both stay in the Bundle. */
  leaveOut(parameter: Parameter): void;
}

interface Row {
  parameter: Parameter;
  code: string;
  value: JsonObject;
  score: number;
}

const ROWS: readonly Row[] = [
  { parameter: 'respirationRate', code: '86290005', value: quantity(22, '/min'), score: 2 },
  { parameter: 'oxygenSaturation', code: '103228002', value: quantity(95, '%'), score: 1 },
  {
    parameter: 'airOrOxygen',
    code: '301282008',
    value: concept({ code: '722742002', display: 'Breathing room air' }),
    score: 0,
  },
  { parameter: 'systolicBloodPressure', code: '72313002', value: quantity(105, 'mm[Hg]'), score: 1 },
  { parameter: 'pulse', code: '78564009', value: quantity(95, '/min'), score: 1 },
  { parameter: 'consciousness', code: '1104441000000107', value: concept(ACVPU_CONCEPTS.A), score: 0 },
  { parameter: 'temperature', code: '276885007', value: quantity(38.5, 'Cel'), score: 1 },
];
const TOTAL = 6;
const CATEGORIES = 'http://terminology.hl7.org/CodeSystem/observation-category';

export function quantity(value: number, code: string): JsonObject {
  return { valueQuantity: { value, unit: code, system: UCUM, code } };
}

function concept(coding: { code: string; display: string }): JsonObject {
  return { valueCodeableConcept: { coding: [{ system: SNOMED_CT, ...coding }] } };
}

export function coded(code: string, display?: string): JsonObject {
  return { coding: [{ system: SNOMED_CT, code, ...(display !== undefined && { display }) }] };
}

/** The summary with the set in the guidance's model as its only Observations, changed as given. */
export function withNews2(change: (set: News2Set) => void = () => {}): RuleExample {
  return (summary) => {
    const builder = start(summary);
    const scores: Partial<Record<Parameter, JsonObject>> = {};
    const readings: Partial<Record<Parameter, AnyResource>> = {};
    const members: JsonObject[] = [];
    for (const { parameter, code, value, score } of ROWS) {
      const reading = builder.observation(code, value);
      const subscore = builder.observation(subscoreOf(parameter).code, {
        valueInteger: score,
        derivedFrom: [builder.refer(reading)],
      });
      readings[parameter] = reading;
      scores[parameter] = subscore;
      members.push(builder.refer(subscore));
    }
    const total = builder.observation(TOTAL_CODE, { valueInteger: TOTAL, hasMember: members });
    const leaveOut = (parameter: Parameter): void => {
      const left = builder.refer(scores[parameter] as AnyResource).reference;
      total.hasMember = members.filter(({ reference }) => reference !== left);
    };
    change({ total, scores, readings, summary, ...builder, leaveOut } as News2Set);
    return summary;
  };
}

/** The same in UK Core's model: sub-scores as components, the readings behind the total; the total as an integer. */
export function withNews2Components(change: (set: News2Set) => void = () => {}): RuleExample {
  return (summary) => {
    const builder = start(summary);
    const scores: Partial<Record<Parameter, JsonObject>> = {};
    const readings: Partial<Record<Parameter, AnyResource>> = {};
    for (const { parameter, code, value, score } of ROWS) {
      readings[parameter] = builder.observation(code, value);
      scores[parameter] = { code: coded(subscoreOf(parameter).code), ...quantity(score, '{ScoreOf}') };
    }
    const total = builder.observation(TOTAL_CODE, {
      valueInteger: TOTAL,
      derivedFrom: Object.values(readings).map(builder.refer),
    });
    total.component = Object.values(scores);
    const leaveOut = (parameter: Parameter): void => {
      total.component = Object.values(scores).filter((score) => score !== scores[parameter]);
    };
    change({ total, scores, readings, summary, ...builder, leaveOut } as News2Set);
    return summary;
  };
}

function start(summary: AnyResource) {
  const kept = (Array.isArray(summary.entry) ? summary.entry : []).filter(
    (entry) => (entry as { resource?: AnyResource }).resource?.resourceType !== 'Observation',
  );
  const entries: Json[] = [...kept];
  summary.entry = entries;
  const subject = referenceTo(summary, 'Patient');
  const takenAt = takenDuringTheStay(summary);
  let count = 0;

  const refer = (observation: JsonObject): JsonObject => ({ reference: `urn:uuid:${observation.id}` });
  function observation(code: string, rest: JsonObject): AnyResource {
    const id = `00000000-0000-4000-8000-${String(++count).padStart(12, '0')}`;
    const resource: AnyResource = {
      resourceType: 'Observation',
      id,
      meta: { profile: ['https://fhir.hl7.org.uk/StructureDefinition/UKCore-Observation'] },
      status: 'final',
      category: [{ coding: [{ system: CATEGORIES, code: 'survey', display: 'Survey' }] }],
      code: coded(code, code === TOTAL_CODE ? TOTAL_DISPLAY : 'NEWS2 example'),
      subject: { ...subject },
      effectiveDateTime: takenAt,
      ...structuredClone(rest),
    };
    entries.push({ fullUrl: `urn:uuid:${id}`, resource });
    return resource;
  }
  const add = (code: string, value: JsonObject): JsonObject => refer(observation(code, value));
  return { observation, refer, add };
}

/** The first moment of the stay, so that the readings lie within it. */
function takenDuringTheStay(summary: AnyResource): string {
  const period = resourcesOf(summary, 'Encounter')[0]?.period as { start?: string } | undefined;
  return period?.start?.includes('T') ? period.start : `${period?.start ?? '2024-01-10'}T09:00:00+00:00`;
}
