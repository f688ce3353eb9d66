/**
 * The codes of the raw readings that NEWS2 scores, and of the values for oxygen and consciousness.
 * The guidance names SNOMED CT codes; the others are those of the UK Core value sets and of LOINC.
 * @see https://simplifier.net/guide/ukcoreversionhistory (value sets UKCore-HeartRate, UKCore-OxygenSaturation, …)
 */
import { SNOMED_CT, LOINC } from '../../../fhir/code-systems';

/** Alert, new Confusion, responds to Voice, responds to Pain, Unresponsive. */
export type Acvpu = 'A' | 'C' | 'V' | 'P' | 'U';

/** What a raw reading measures. Diastolic pressure, flow and fraction of oxygen are not scored themselves. */
export type Reading =
  | 'respirationRate'
  | 'oxygenSaturation'
  | 'inspiredOxygen'
  | 'oxygenFlow'
  | 'oxygenFraction'
  | 'systolicBloodPressure'
  | 'diastolicBloodPressure'
  | 'bloodPressurePanel'
  | 'pulse'
  | 'consciousness'
  | 'temperature';

/** The first code of each list is the one that the guidance names, where it names one. */
const SNOMED_CODES: Readonly<Partial<Record<Reading, readonly string[]>>> = {
  respirationRate: ['86290005', '271625008', '250810003'],
  oxygenSaturation: [
    '103228002',
    '447755005',
    '431314004',
    '442440005',
    '442476006',
    '1017311000000104',
    '866661000000106',
    '866681000000102',
    '1097811000000106',
    '866701000000100',
    '866721000000109',
    '1097821000000100',
  ],
  inspiredOxygen: ['722742002', '371825009', '301282008'],
  systolicBloodPressure: [
    '72313002',
    '271649006',
    '163030003',
    '407556006',
    '407554009',
    '400974009',
    '1162737008',
  ],
  diastolicBloodPressure: [
    '1091811000000102',
    '271650006',
    '163031004',
    '407557002',
    '407555005',
    '400975005',
    '1162735000',
  ],
  bloodPressurePanel: [
    '75367002',
    '386534000',
    '87179004',
    '37087001',
    '251068006',
    '71420008',
    '165077006',
    '386532001',
    '386533006',
    '37476000',
    '276760007',
    '163033001',
    '251076008',
    '723237002',
    '1036531000000108',
    '163020007',
    '371829003',
    '276755008',
    '335661000000109',
    '163035008',
    '163034007',
    '364090009',
    '386536003',
    '252076005',
    '76882007',
  ],
  pulse: [
    '78564009',
    '364075005',
    '843941000000100',
    '422119006',
    '429525003',
    '429614003',
    '1089491000000108',
    '444981005',
    '399017001',
  ],
  consciousness: ['1104441000000107', '104441000000107'],
  temperature: [
    '276885007',
    '386725007',
    '415945006',
    '415974002',
    '415882003',
    '415922000',
    '415921007',
    '307047009',
    '698832009',
    '698831002',
    '431807005',
    '300076005',
    '415929009',
    '1222808002',
  ],
};

const LOINC_CODES: Readonly<Partial<Record<Reading, readonly string[]>>> = {
  respirationRate: ['9279-1'],
  oxygenSaturation: ['2708-6', '59408-5'],
  oxygenFraction: ['3150-6'],
  oxygenFlow: ['3151-8'],
  systolicBloodPressure: ['8480-6'],
  diastolicBloodPressure: ['8462-4'],
  bloodPressurePanel: ['85354-9'],
  pulse: ['8867-4'],
  temperature: ['8310-5'],
};

const readingByCode = new Map<string, Reading>(
  [[SNOMED_CT, SNOMED_CODES] as const, [LOINC, LOINC_CODES] as const].flatMap(([system, codes]) =>
    Object.entries(codes).flatMap(([reading, list]) =>
      list.map((code): [string, Reading] => [`${system}|${code}`, reading as Reading]),
    ),
  ),
);

/** What a coding of an Observation or component measures; `undefined` for every other code. */
export function parameterOfCode(system: string, code: string): Reading | undefined {
  return readingByCode.get(`${system}|${code}`);
}

/**
 * What the code itself says of the air breathed: breathing room air, on oxygen, and the saturation codes that name
 * one of the two. The `Observation.code`, or the value of an inspired oxygen reading.
 */
const ON_OXYGEN: ReadonlyMap<string, boolean> = new Map([
  ['722742002', false],
  ['866661000000106', false],
  ['866681000000102', false],
  ['1097811000000106', false],
  ['371825009', true],
  ['866701000000100', true],
  ['866721000000109', true],
  ['1097821000000100', true],
]);

/** True if a SNOMED CT code means "on oxygen", false if it means "room air", otherwise `undefined`. */
export function onOxygenOfCode(code: string): boolean | undefined {
  return ON_OXYGEN.get(code);
}

/** The SNOMED CT concepts of the ACVPU scale, with their displays. */
export const ACVPU_CONCEPTS: Readonly<Record<Acvpu, { code: string; display: string }>> = {
  A: { code: '248234008', display: 'Mentally alert' },
  C: { code: '130987000', display: 'Acute confusion' },
  V: { code: '300202002', display: 'Responds to voice' },
  P: { code: '450847001', display: 'Responds to pain' },
  U: { code: '422768004', display: 'Unresponsive' },
};

const acvpuByCode = new Map(
  Object.entries(ACVPU_CONCEPTS).map(([level, concept]) => [concept.code, level as Acvpu]),
);

const ACVPU_WORDS: ReadonlyMap<string, Acvpu> = new Map([
  ['a', 'A'],
  ['alert', 'A'],
  ['c', 'C'],
  ['confusion', 'C'],
  ['new confusion', 'C'],
  ['v', 'V'],
  ['voice', 'V'],
  ['p', 'P'],
  ['pain', 'P'],
  ['u', 'U'],
  ['unresponsive', 'U'],
]);

/** The level that a SNOMED CT code means, where it is one of the five. */
export function acvpuOfCode(code: string): Acvpu | undefined {
  return acvpuByCode.get(code);
}

/** The level that a letter or an English word means, whatever its case: for checking only. */
export function acvpuOfText(text: string): Acvpu | undefined {
  return ACVPU_WORDS.get(text.trim().toLowerCase());
}
