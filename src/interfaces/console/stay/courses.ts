/**
 * What was measured over a stay, reading by reading: for each parameter the courses that a line can show, one for each
 * unit, and the readings that are in none. Nothing is converted: values and units are as they were sent.
 */
import { compareTexts } from '../../../fhir/normal-form';
import type { ChartedReading, StayChart } from '../../../definitions/stay-chart';
import { SNOMED_CT } from '../../../fhir/code-systems';
import { isNumber, toNumber } from '../../../fhir/decimal';
import { isObject, listOf, type AnyResource, type Json, type JsonObject } from '../../../fhir/types';
import { elementInWords } from '../../../use-cases/reading/narrative';
import { hasValue, quantityText, unitText, valueText } from '../present/values';
import type { HeldResource } from './load-stay';
import { NOT_CHARTED } from './news2-sets';
import { takenOf, type Taken } from './times';

/** Anything that was said of a parameter: a number, `< 90 %`, `Air`, or why there is no value. */
export interface Said {
  taken: Taken;
  text: string;
  hasValue: boolean;
  /** Why it cannot be the latest: `in the future`, `registered`. */
  notLatest?: string;
  /** Its status where a reader has to know it: `preliminary`, `unknown`. */
  status?: string;
}

/** A reading that a line can show. */
export interface Point extends Said {
  value: number;
}

/** The readings of one parameter in one unit. */
export interface Course {
  /** As it is printed, such as `°C`; empty where none was sent. */
  unit: string;
  points: Point[];
}

export interface Measured {
  /** The key of the chart's parameter; undefined of anything else. */
  parameter?: string;
  name: string;
  /** By unit. */
  courses: Map<string, Course>;
  /** What no line can show. */
  others: Said[];
}

/** Statuses of a result that is complete. */
const COMPLETE = ['final', 'amended', 'corrected'];
/** The status of what has no result yet. */
const REGISTERED = 'registered';

/** What a reader of the latest value has to know. @param now when the page is made */
export function caveatsOf(
  taken: Taken,
  status: string | undefined,
  now: Date,
): Pick<Said, 'notLatest' | 'status'> {
  if (taken.at > now.getTime()) return { notLatest: 'in the future' };
  if (status === REGISTERED) return { notLatest: REGISTERED };
  return status === undefined || COMPLETE.includes(status) ? {} : { status: `status ${status}` };
}

/**
 * What is not on the chart is put together by code, and by name where it has none.
 * @returns the parameters of the chart in its order, then everything else by name
 */
export function measuredOf(observations: readonly HeldResource[], chart: StayChart, now: Date): Measured[] {
  const measured = new Map<string, Measured>(
    chart.parameters(1).map(({ key, name }) => [key, { parameter: key, ...newMeasured(name) }]),
  );
  const known = measured.size;
  for (const { resource } of observations) {
    if (NOT_CHARTED.includes(String(resource.status))) continue;
    const charted = chart.read(resource);
    if (charted.isOfAnother || charted.total !== undefined || charted.scores.length > 0) continue;
    const taken = takenOf(resource);
    const caveats = caveatsOf(taken, String(resource.status), now);
    for (const { node, reading } of nodesOf(resource, chart)) {
      const text = valueText(node);
      if (text === '') continue;
      const isOfChart = reading?.parameter !== undefined && measured.has(reading.parameter);
      const name = elementInWords(node.code) || 'Reading';
      const key = isOfChart ? reading.parameter! : (codeOf(node.code) ?? `name ${name}`);
      const into = measured.get(key) ?? newMeasured(name);
      measured.set(key, into);
      put(into, node, reading, { taken, text, hasValue: hasValue(node), ...caveats });
    }
  }
  const all = [...measured];
  const ofChart = all.slice(0, known).map(([, each]) => each);
  return [...ofChart, ...toldApart(all.slice(known))];
}

/** Names that several codes share have their code beside them. */
function toldApart(all: readonly (readonly [key: string, measured: Measured])[]): Measured[] {
  const times = new Map<string, number>();
  for (const [, { name }] of all) times.set(name, (times.get(name) ?? 0) + 1);
  return all
    .map(([key, each]) =>
      times.get(each.name) === 1 || key.startsWith('name ')
        ? each
        : { ...each, name: `${each.name}, code ${key.split('|').at(-1) ?? ''}` },
    )
    .sort((one, other) => compareTexts(one.name, other.name));
}

/** `http://snomed.info/sct|27113001`: the first SNOMED CT code, or the first code; undefined where there is none. */
function codeOf(code: Json | undefined): string | undefined {
  const codings = listOf<Json>(isObject(code) ? code.coding : undefined)
    .filter(isObject)
    .filter((coding) => typeof coding.code === 'string');
  const coding = codings.find(({ system }) => system === SNOMED_CT) ?? codings[0];
  return coding && `${typeof coding.system === 'string' ? coding.system : ''}|${String(coding.code)}`;
}

const newMeasured = (name: string): Measured => ({ name, courses: new Map(), others: [] });

/** The Observation without its components, and each component, with what the chart reads there. */
function nodesOf(
  resource: AnyResource,
  chart: StayChart,
): { node: JsonObject; reading: ChartedReading | undefined }[] {
  const components = listOf<Json>(resource.component).filter(isObject);
  if (components.length === 0) return [{ node: resource, reading: chart.read(resource).readings[0] }];
  const { component: _component, ...alone } = resource;
  return [alone, ...components].map((node) => ({
    node,
    reading: chart.read({ resourceType: resource.resourceType, ...node }).readings[0],
  }));
}

/** A reading without a time of day, with one in the future, without a result, or that is no exact number is on no line. */
function put(into: Measured, node: JsonObject, reading: ChartedReading | undefined, said: Said): void {
  const quantity = node.valueQuantity;
  if (
    !said.taken.hasTime ||
    !isObject(quantity) ||
    !isNumber(quantity.value) ||
    quantity.comparator !== undefined ||
    said.notLatest !== undefined
  ) {
    into.others.push(said);
    return;
  }
  const sent = unitText(quantity.unit, quantity.code);
  // Units that mean the same have one printed form here, where the chart understands them.
  const printed = reading?.unit === undefined ? sent : unitText(undefined, reading.unit);
  const key = reading?.unit ?? `as sent ${sent}`;
  const course = into.courses.get(key) ?? { unit: printed === '1' ? sent : printed, points: [] };
  course.points.push({ ...said, text: quantityText(quantity), value: toNumber(quantity.value) });
  into.courses.set(key, course);
}
