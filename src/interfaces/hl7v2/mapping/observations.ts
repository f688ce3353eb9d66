/** Readings and scores of NEWS2, from numeric OBX segments with a SNOMED CT or LOINC code of one. */
import type { AnyResource, Json, JsonObject } from '../../../fhir/types';
import { SNOMED_CT, UCUM } from '../../../fhir/code-systems';
import { isNumber, numberOf, numberText } from '../../../fhir/decimal';
import { isReadableNumber } from '../../../fhir/json/scan-json';
import { withoutTrailing } from '../../../fhir/without-trailing';
import { systemOf } from '../identifiers';
import type { Message, Segment } from '../message';
import { dateTimeOf } from '../times';
import { codeSystemNamed } from './document';
import { present, refersTo, type ResourceIds } from './resource-ids';
import { profile } from './profile';

/** What a code says, where it is that of a reading or score of NEWS2. */
export interface NewsItem {
  isScore: boolean;
  /** The SNOMED CT code that the guidance has for it. */
  code: string;
  display: string;
  /** The UCUM code that a printed unit means, such as `mm[Hg]` for `mmHg`; undefined when it is not known. */
  ucumOf(unit: string, value: number): string | undefined;
}

export type NewsCode = (system: string, code: string) => NewsItem | undefined;

export interface Readings {
  observations: AnyResource[];
  /** The segment of each Observation, in the same order. */
  segments: Segment[];
  /** Those of them whose number is longer than JSON and XML may send one. */
  tooLong: Segment[];
  /** How many other results the message has beside the document. */
  leftOut: number;
}

/** @param document the segment with the document, where the message has one */
export function observationsOf(
  message: Message,
  document: Segment | undefined,
  ids: ResourceIds,
  newsCode: NewsCode,
): Readings {
  const found: Readings = { observations: [], segments: [], tooLong: [], leftOut: 0 };
  const roles = new Map<string, number>();
  let order: Segment | undefined;
  for (const segment of message.segments) {
    if (segment.name === 'OBR') order = segment;
    if (segment.name !== 'OBX' || segment === document || segment.text(2) === 'ED') continue;
    const codings = codingsOf(segment, newsCode);
    if (segment.text(2) !== 'NM' || codings === undefined) {
      found.leftOut += 1;
      continue;
    }
    const taken = segment.text(14) ?? order?.text(7);
    const effective = taken === undefined ? undefined : dateTimeOf(taken);
    const role = `${codings.item.code} ${effective ?? ''} ${segment.text(4) ?? ''}`;
    const count = (roles.get(role) ?? 0) + 1;
    roles.set(role, count);
    found.segments.push(segment);
    if (isTooLong(numeric(wholeValue(segment) ?? ''))) found.tooLong.push(segment);
    found.observations.push(
      observationOf(segment, codings, effective, { ...ids, id: ids.uuid(`${role} ${count}`) }),
    );
  }
  return found;
}

interface Codings {
  item: NewsItem;
  coding: JsonObject[];
}

/** The codings of OBX-3, first the one that the guidance asks for. */
function codingsOf(obx: Segment, newsCode: NewsCode): Codings | undefined {
  let item: NewsItem | undefined;
  const coding: JsonObject[] = [];
  for (const at of [1, 4]) {
    const code = obx.text(3, at);
    const system = codeSystemNamed(obx.text(3, at + 2));
    if (code === undefined || system === undefined) continue;
    item ??= newsCode(system, code);
    coding.push(present({ system, code, display: obx.text(3, at + 1) }));
  }
  if (!item) return undefined;
  const hasSnomed = coding.some(({ system }) => system === SNOMED_CT);
  const own = { system: SNOMED_CT, code: item.code, display: item.display };
  return { item, coding: hasSnomed ? coding : [own, ...coding] };
}

/** Table 0085. */
const STATUSES: Readonly<Record<string, string>> = {
  F: 'final',
  U: 'final',
  P: 'preliminary',
  R: 'preliminary',
  S: 'preliminary',
  I: 'registered',
  O: 'registered',
  C: 'corrected',
  W: 'entered-in-error',
  D: 'entered-in-error',
  X: 'cancelled',
};

function observationOf(
  obx: Segment,
  { item, coding }: Codings,
  effectiveDateTime: string | undefined,
  { id, patient, encounter, odsCode }: ResourceIds & { id: string },
): AnyResource {
  const status = obx.text(11);
  const number = obx.text(21);
  const identifier =
    number === undefined
      ? undefined
      : [{ system: systemOf('result', odsCode, obx.text(21, 2), obx.text(21, 3)), value: number }];
  return {
    resourceType: 'Observation',
    id,
    meta: profile('Observation'),
    ...present({
      identifier,
      status: status === undefined ? undefined : (STATUSES[status.toUpperCase()] ?? status),
      category: [categoryOf(item)],
      code: { coding },
      subject: refersTo(patient),
      encounter: refersTo(encounter),
      effectiveDateTime,
      ...valueOf(obx, item),
    }),
  };
}

function categoryOf({ isScore }: NewsItem): JsonObject {
  const system = 'http://terminology.hl7.org/CodeSystem/observation-category';
  const coding = isScore
    ? { system, code: 'survey', display: 'Survey' }
    : { system, code: 'vital-signs', display: 'Vital Signs' };
  return { coding: [coding] };
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

/** The number of a text as HL7 v2 writes it, which may begin with `+` or zeros; what is none stays as it is. */
function numeric(text: string): Json {
  const written = text.replace(/^\+/, '').replace(/^(-?)0+(?=\d)/, '$1');
  return NUMBER.test(written) ? numberOf(written) : text;
}

/** A message that was stored before this was asked has its number as it was. */
const isTooLong = (value: Json): boolean => isNumber(value) && !isReadableNumber(numberText(value));

/** A number has one repetition and one component. More stay as they came, so that the check of FHIR refuses them. */
function wholeValue(obx: Segment): string | undefined {
  const repetitions = obx.repetitions(5);
  if (repetitions <= 1 && obx.components(5) <= 1) return obx.text(5);
  const parts = Array.from({ length: repetitions }, (_, repetition) =>
    Array.from({ length: obx.components(5, repetition + 1) }, (_part, at) =>
      obx.raw(5, at + 1, repetition + 1).trim(),
    ).join('^'),
  );
  const written = withoutTrailing('^', parts.join('~'));
  return /[\^~]/.test(written) ? written : obx.text(5);
}

function valueOf(obx: Segment, item: NewsItem): Record<string, Json> {
  const given = wholeValue(obx);
  if (given === undefined) return {};
  const value = numeric(given);
  if (item.isScore) return { valueInteger: value };
  const printed = obx.text(6, 2) ?? obx.text(6);
  const ucum = [obx.text(6), printed]
    .map((unit) => (unit === undefined ? undefined : item.ucumOf(unit, Number(given))))
    .find((code) => code !== undefined);
  return {
    valueQuantity: present({
      value,
      unit: printed,
      system: ucum === undefined ? undefined : UCUM,
      code: ucum,
    }),
  };
}
