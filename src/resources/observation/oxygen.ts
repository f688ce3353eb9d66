/**
 * Whether a reading says that the patient was breathing air or was on oxygen, by its code and its value together.
 * "Patient on oxygen" (371825009) is a statement by itself or with a flow; with the value "No" it is none.
 * @see the NEWS2 chart of the Royal College of Physicians, "Air or oxygen?"
 */
import { isNumber, toNumber } from '../../fhir/decimal';
import { isObject, listOf, type Json, type JsonObject } from '../../fhir/types';
import { codingsOf, snomedCodesOf } from '../common/codings';
import { counts, measurementOf, type ReadingNode } from './measurement';
import { onOxygenOfCode, parameterOfCode, type Reading } from './news2/news2';
import type { RawReading } from './news2-group';

export interface AirOrOxygen {
  /** What its code or its value names: on oxygen (true) or breathing room air (false). */
  onOxygen: boolean;
  /** False where the value does not confirm the code. Such a reading says neither air nor oxygen. */
  isConfirmed: boolean;
}

const ROOM_AIR_PERCENT = 21;
const OF_OXYGEN: readonly Reading[] = ['inspiredOxygen', 'oxygenFlow', 'oxygenFraction'];

/** `undefined` where a reading names neither air nor oxygen, or both. */
export function airOrOxygenOf(raw: ReadingNode): AirOrOxygen | undefined {
  const { reading, node } = raw;
  const byCode = namedIn(node.code);
  if (reading === 'oxygenSaturation')
    return byCode === undefined || node.dataAbsentReason !== undefined
      ? undefined
      : { onOxygen: byCode, isConfirmed: true };
  if (!OF_OXYGEN.includes(reading)) return undefined;
  if (byCode !== undefined) return { onOxygen: byCode, isConfirmed: isConfirmed(raw, byCode) };
  if (node.dataAbsentReason !== undefined) return undefined;
  const onOxygen = namedIn(node.valueCodeableConcept) ?? (isMoreThanAir(raw) === true || undefined);
  return onOxygen === undefined ? undefined : { onOxygen, isConfirmed: true };
}

/** Whether one reading says that the patient was on oxygen; `undefined` where its code and value do not agree. */
export function onOxygenSaidBy(raw: ReadingNode): boolean | undefined {
  const said = airOrOxygenOf(raw);
  return said?.isConfirmed === true ? said.onOxygen : undefined;
}

/** True or false where the readings say so and agree; `undefined` where none says, or they contradict each other. */
export function onOxygenAccordingTo(readings: readonly RawReading[]): boolean | undefined {
  const said = new Set(
    readings.flatMap((reading) => (counts(reading) ? (onOxygenSaidBy(reading) ?? []) : [])),
  );
  return said.size === 1 ? [...said][0] : undefined;
}

/** What the codes of a concept name, where they agree. */
function namedIn(concept: Json | undefined): boolean | undefined {
  const named = new Set(snomedCodesOf(concept).flatMap((code) => onOxygenOfCode(code) ?? []));
  return named.size === 1 ? [...named][0] : undefined;
}

/** True of a flow above 0 or a fraction above that of air, false of any other; `undefined` where its unit is not known. */
function isMoreThanAir(raw: ReadingNode): boolean | undefined {
  const measured = measurementOf(raw);
  if (measured === undefined || raw.reading === 'oxygenSaturation') return undefined;
  return measured.value > (measured.reading === 'oxygenFraction' ? ROOM_AIR_PERCENT : 0);
}

/** Whether the value of a reading, and the flow or fraction in its components, confirm what its code names. */
function isConfirmed(raw: ReadingNode, onOxygen: boolean): boolean {
  const { node } = raw;
  if (node.dataAbsentReason !== undefined) return false;
  if (amountsIn(node).some((isMore) => isMore !== onOxygen)) return false;
  const value = Object.keys(node).find((name) => /^value[A-Z]/.test(name));
  switch (value) {
    case undefined:
      return true;
    case 'valueBoolean':
      return node.valueBoolean === true;
    case 'valueString':
      return answerOf([node.valueString]) === true;
    case 'valueCodeableConcept':
      return namedIn(node.valueCodeableConcept) === onOxygen || isYes(node.valueCodeableConcept);
    case 'valueInteger':
      return onOxygen && isNumber(node.valueInteger) && toNumber(node.valueInteger) > 0;
    case 'valueQuantity':
      return isObject(node.valueQuantity) && isAmountOf(raw, node.valueQuantity, onOxygen);
    default:
      return false;
  }
}

/** What the flow and the fraction in the components of a reading say, where they have some. */
function amountsIn(node: JsonObject): boolean[] {
  return listOf<Json>(node.component)
    .filter(isObject)
    .flatMap((component) => {
      const reading = codingsOf(component.code)
        .map(({ system, code }) => parameterOfCode(String(system), String(code)))
        .find((each) => each !== undefined && OF_OXYGEN.includes(each));
      return reading === undefined ? [] : (isMoreThanAir({ reading, node: component }) ?? []);
    });
}

/** A number whose unit is not known may be a flow, if it is above 0. */
function isAmountOf(raw: ReadingNode, { value, comparator }: JsonObject, onOxygen: boolean): boolean {
  if (!isNumber(value)) return value === undefined;
  const isMore = isMoreThanAir(raw) ?? (toNumber(value) > 0 || comparator === '>');
  return isMore === onOxygen;
}

/** SNOMED CT: Yes, Present, Confirmed present. */
const YES_CODES: readonly string[] = ['373066001', '52101004', '410605003'];
const ANSWERS: Readonly<Record<string, boolean>> = {
  yes: true,
  y: true,
  true: true,
  no: false,
  n: false,
  false: false,
};

function isYes(concept: Json | undefined): boolean {
  const codings = codingsOf(concept);
  const text = isObject(concept) ? concept.text : undefined;
  const answer = answerOf([text, ...codings.flatMap(({ display, code }) => [display, code])]);
  return answer ?? snomedCodesOf(concept).some((code) => YES_CODES.includes(code));
}

/** Yes or no in words; `undefined` where there is neither, or both. */
function answerOf(texts: readonly (Json | undefined)[]): boolean | undefined {
  const said = new Set(
    texts.flatMap((text) => (typeof text === 'string' ? (ANSWERS[text.trim().toLowerCase()] ?? []) : [])),
  );
  return said.size === 1 ? [...said][0] : undefined;
}
