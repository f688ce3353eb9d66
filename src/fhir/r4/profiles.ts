/**
 * The profiles and extensions that R4 itself publishes (vital signs, …), as StructureDefinitions cut down to what a
 * check needs, and the LOINC codes that make a reading a vital sign. Read from `profiles.json`, which
 * `scripts/r4-profiles.mjs` makes from HL7's own definitions.
 * @see https://hl7.org/fhir/R4/profilelist.html
 * @see https://hl7.org/fhir/R4/observation-vitalsigns.html
 */
import { LOINC, UCUM } from '../code-systems';
import type { AnyResource, JsonObject } from '../types';
import { isObject, listOf } from '../types';
import profiles from './profiles.json';
import { own } from '../own-property';
import type { ValueSetCodes } from './definitions';

const VITAL_SIGNS: Readonly<Record<string, string>> = {
  '85353-1': 'vitalspanel',
  '9279-1': 'resprate',
  '8867-4': 'heartrate',
  '2708-6': 'oxygensat',
  '8310-5': 'bodytemp',
  '8302-2': 'bodyheight',
  '9843-4': 'headcircum',
  '29463-7': 'bodyweight',
  '39156-5': 'bmi',
  '85354-9': 'bp',
};

/** R4's own profiles and extensions, as StructureDefinitions with differentials. */
export function coreProfiles(): readonly AnyResource[] {
  return profiles as unknown as AnyResource[];
}

/**
 * The value sets of units that only the vital signs profiles bind, and R4's own types do not.
 * @see https://hl7.org/fhir/R4/valueset-ucum-bodytemp.html
 */
const UNITS_OF_PROFILES: Readonly<Record<string, ValueSetCodes>> = {
  'http://hl7.org/fhir/ValueSet/ucum-bodytemp': new Map([[UCUM, new Set(['Cel', '[degF]'])]]),
  'http://hl7.org/fhir/ValueSet/ucum-bodyweight': new Map([[UCUM, new Set(['g', 'kg', '[lb_av]'])]]),
  'http://hl7.org/fhir/ValueSet/ucum-bodylength': new Map([[UCUM, new Set(['cm', '[in_i]'])]]),
};

/** The codes of a value set that a profile of R4 itself binds, by its url without version. */
export function profileValueSet(url: string): ValueSetCodes | undefined {
  return own(UNITS_OF_PROFILES, url);
}

/** The url of the vital signs profile that a reading's LOINC code calls for; undefined of anything else. */
export function vitalSignProfile(resource: AnyResource): string | undefined {
  if (resource.resourceType !== 'Observation' || !isObject(resource.code)) return undefined;
  for (const coding of listOf<JsonObject[string]>((resource.code as JsonObject).coding)) {
    if (!isObject(coding) || coding.system !== LOINC || typeof coding.code !== 'string') continue;
    const name = own(VITAL_SIGNS, coding.code);
    if (name !== undefined) return `http://hl7.org/fhir/StructureDefinition/${name}`;
  }
  return undefined;
}
