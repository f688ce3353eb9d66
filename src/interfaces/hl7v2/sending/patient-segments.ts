/** The patient and the stay as segments PID, PD1 and PV1, and how FHIR's datatypes are written into fields. */
import { Hl7Context } from '@medplum/core';
import { LOINC, SNOMED_CT } from '../../../fhir/code-systems';
import { isCurrent } from '../../../fhir/current-identifier';
import { isObject, listOf, type AnyResource, type Json, type JsonObject } from '../../../fhir/types';
import { withoutTrailing } from '../../../fhir/without-trailing';
import { NHS_NUMBER_SYSTEM } from '../../../terminology/nhs-number';
import { VERIFICATION_ENGLAND } from '../../../terminology/nhs-number-verification';
import { escape } from '../escapes';
import type { Practice } from './summary-to-send';

const context = new Hl7Context();
const { componentSeparator, repetitionSeparator, subcomponentSeparator } = context;

/** Fields by their numbers. */
export type Fields = Readonly<Record<number, string>>;

const CODE_SYSTEMS: Readonly<Record<string, string>> = { [SNOMED_CT]: 'SCT', [LOINC]: 'LN' };

export const fields = {
  /** All fields up to the last one that is given. */
  segment: (name: string, given: Fields): string[] => {
    const last = Math.max(...Object.keys(given).map(Number));
    return [name, ...Array.from({ length: last }, (_, index) => given[index + 1] ?? '')];
  },
  text: (value: Json | undefined): string => (typeof value === 'string' ? escape(value, context) : ''),
  /** Components, without the empty ones at the end. */
  components: (...parts: readonly string[]): string =>
    withoutTrailing(componentSeparator, parts.join(componentSeparator)),
  /** `2025-03-10T14:25:00+00:00` as `20250310142500+0000`. */
  time: (value: Json | undefined): string => {
    if (typeof value !== 'string') return '';
    const [, date = '', clock = '', fraction = '', zone = ''] =
      /^(\d{4}(?:-\d\d){0,2})(?:T(\d\d:\d\d(?::\d\d)?)(\.\d+)?(Z|[+-]\d\d:\d\d)?)?$/.exec(value) ?? [];
    const offset = zone === 'Z' ? '+0000' : zone.replace(':', '');
    return `${date.replaceAll('-', '')}${clock.replaceAll(':', '')}${fraction.slice(0, 5)}${offset}`;
  },
  /** Code ^ text ^ system, of the first coding. */
  concept: (value: Json | undefined): string => {
    if (!isObject(value)) return '';
    const [coding] = listOf(value.coding).filter(isObject);
    const { code, display, system } = coding ?? {};
    const text = display ?? value.text;
    if (typeof code !== 'string') return fields.components('', fields.text(text));
    const name = CODE_SYSTEMS[String(system)] ?? (typeof system === 'string' ? 'L' : '');
    return fields.components(fields.text(code), fields.text(text), name);
  },
  /** An entity identifier: value ^ ^ universal id ^ its type. */
  entity: ({ system, value }: JsonObject): string => {
    const { id, type } = universal(system);
    return fields.components(fields.text(value), '', id, type);
  },
};

/** A system as a universal id: an OID, or a URI. */
function universal(system: Json | undefined): { id: string; type: string } {
  if (typeof system !== 'string' || system === 'urn:ietf:rfc:3986') return { id: '', type: '' };
  return system.startsWith('urn:oid:')
    ? { id: system.slice('urn:oid:'.length), type: 'ISO' }
    : { id: fields.text(system), type: 'URI' };
}

const GENDERS: Readonly<Record<string, string>> = { male: 'M', female: 'F', other: 'O', unknown: 'U' };

/**
 * What no longer holds (use `old`, or an ended period) is left out, by the rule that decides which identifiers identify:
 * a receiver files a document on the first NHS number that it finds.
 * @param at the moment of the decision, in milliseconds since 1970: the same in every attempt
 */
export function patientFields(patient: AnyResource | undefined, at: number): string[] {
  if (!patient) return ['PID', '1'];
  const current = (element: Json | undefined): JsonObject[] =>
    listOf(element)
      .filter(isObject)
      .filter((each) => isCurrent(each, at));
  const identifiers = current(patient.identifier);
  const nhsNumber = identifiers.find(({ system }) => system === NHS_NUMBER_SYSTEM);
  const others = identifiers.filter(({ system }) => system !== NHS_NUMBER_SYSTEM);
  const died = fields.time(patient.deceasedDateTime);
  const all: Fields = {
    1: '1',
    3: repeated([...(nhsNumber ? [nhsNumber] : []), ...others].map(patientNumber)),
    5: repeated(inOrder(current(patient.name), NAME_USES).slice(0, 1).map(nameOf)),
    7: fields.time(patient.birthDate),
    8: GENDERS[String(patient.gender)] ?? '',
    11: repeated(inOrder(current(patient.address), ADDRESS_USES).slice(0, 1).map(addressOf)),
    13: repeated(inOrder(current(patient.telecom), TELECOM_USES).map(telecomOf)),
    29: died,
    30: died !== '' || patient.deceasedBoolean === true ? 'Y' : patient.deceasedBoolean === false ? 'N' : '',
    32: verificationOf(nhsNumber),
  };
  return fields.segment('PID', all);
}

/** The uses of FHIR's names in the order in which receivers want them, with the type of table 0200; `L` is legal. */
const NAME_USES = ['official', 'usual', '', 'nickname', 'maiden', 'temp', 'anonymous'];
const NAME_TYPES: Readonly<Record<string, string>> = {
  usual: 'D',
  nickname: 'N',
  maiden: 'M',
  temp: 'U',
  anonymous: 'S',
};
const ADDRESS_USES = ['home', '', 'temp', 'work', 'billing'];
const ADDRESS_TYPES: Readonly<Record<string, string>> = { temp: 'C', work: 'B', billing: 'BI' };
const TELECOM_USES = ['home', 'mobile', '', 'temp', 'work'];

/** By use, else as they were sent. */
function inOrder(given: readonly JsonObject[], uses: readonly string[]): JsonObject[] {
  const rank = ({ use }: JsonObject): number => {
    const found = uses.indexOf(typeof use === 'string' ? use : '');
    return found === -1 ? uses.length : found;
  };
  return [...given].sort((one, other) => rank(one) - rank(other));
}

const repeated = (texts: readonly string[]): string =>
  texts.filter((text) => text !== '').join(repetitionSeparator);

function patientNumber({ system, value, type }: JsonObject): string {
  if (typeof value !== 'string') return '';
  if (system === NHS_NUMBER_SYSTEM) return fields.components(fields.text(value), '', '', 'NHS', 'NH');
  const { id, type: idType } = universal(system);
  const authority = id === '' ? '' : ['', id, idType].join(subcomponentSeparator);
  const [coding] = isObject(type) ? listOf(type.coding).filter(isObject) : [];
  return fields.components(fields.text(value), '', '', authority, fields.text(coding?.code));
}

function nameOf({ family, given, prefix, suffix, text, use }: JsonObject): string {
  const [first, ...more] = listOf(given).map(fields.text);
  return fields.components(
    fields.text(family ?? (given === undefined ? text : undefined)),
    first ?? '',
    more.join(' '),
    listOf(suffix).map(fields.text).join(' '),
    listOf(prefix).map(fields.text).join(' '),
    '',
    NAME_TYPES[String(use)] ?? 'L',
  );
}

function addressOf({ line, city, district, postalCode, country, use }: JsonObject): string {
  const [first, ...more] = listOf(line).map(fields.text);
  const rest = [city, district, postalCode, country].map(fields.text);
  return fields.components(first ?? '', more.join(', '), ...rest, ADDRESS_TYPES[String(use)] ?? 'H');
}

function telecomOf({ system, value, use }: JsonObject): string {
  if (system === 'email') return fields.components('', 'NET', 'Internet', fields.text(value));
  if (system !== 'phone') return '';
  return fields.components(
    fields.text(value),
    use === 'work' ? 'WPN' : 'PRN',
    use === 'mobile' ? 'CP' : 'PH',
  );
}

/** PID-32 of interfaces of the United Kingdom: the status of the NHS number. */
function verificationOf(nhsNumber: JsonObject | undefined): string {
  const codings = listOf(nhsNumber?.extension)
    .filter(isObject)
    .flatMap(({ valueCodeableConcept }) =>
      isObject(valueCodeableConcept) ? listOf(valueCodeableConcept.coding).filter(isObject) : [],
    );
  return fields.text(codings.find(({ system }) => system === VERIFICATION_ENGLAND)?.code);
}

/** PD1-3: the name, and as the tenth component the ODS code. */
export function practiceFields(practice: Practice | undefined): string[] | undefined {
  if (!practice) return undefined;
  const named = [fields.text(practice.name), ...Array<string>(8).fill(''), fields.text(practice.code)];
  return fields.segment('PD1', { 3: fields.components(...named) });
}

/** Classes of FHIR in table 0004; other codes stay as they are. */
const CLASSES: Readonly<Record<string, string>> = { IMP: 'I', AMB: 'O', EMER: 'E', PRENC: 'P' };

/** @param at as of `patientFields` */
export function stayFields(encounter: AnyResource | undefined, at: number): string[] {
  const coding = encounter?.class;
  const period = encounter?.period;
  const [number] = listOf(encounter?.identifier)
    .filter(isObject)
    .filter((each) => isCurrent(each, at));
  const code = isObject(coding) ? fields.text(coding.code) : '';
  const { id, type } = universal(number?.system);
  const authority = id === '' ? '' : ['', id, type].join(subcomponentSeparator);
  const { start, end } = isObject(period) ? period : {};
  const all: Fields = {
    1: '1',
    2: CLASSES[code] ?? code,
    19: number === undefined ? '' : fields.components(fields.text(number.value), '', '', authority, 'VN'),
    44: fields.time(start),
    45: fields.time(end),
  };
  return fields.segment('PV1', all);
}
