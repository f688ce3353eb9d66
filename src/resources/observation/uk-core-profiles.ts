/**
 * The UK Core profiles derived from UKCore-Observation, as far as they constrain more than R4 and the guidance do.
 * A row applies only to an Observation that claims the profile in `meta.profile`.
 * @see https://simplifier.net/hl7fhirukcorer4 (EarlyWarningTotalScore, ACVPU and InspiredOxygen 1.0.0, VitalSigns 1.1.1)
 */
import { LOINC, SNOMED_CT } from '../../fhir/code-systems';
import { listOf, isObject, type AnyResource, type Json } from '../../fhir/types';

export interface UkCoreProfile {
  /** What follows `…/UKCore-Observation-`. */
  name: string;
  /** The one category it has; `any` where only their number is bounded. */
  category?: 'survey' | 'vital-signs' | 'any';
  /** True of the family that must have a LOINC coding (ukcore-obs-vs-001). */
  isVitalSign?: boolean;
  /** The code that is fixed. */
  code?: { system: string; code: string };
  value?: 'Quantity' | 'CodeableConcept' | 'none';
  /** The fixed UCUM code and printed unit of the value. */
  unit?: { code: string; unit?: string };
  /** Elements that it does not allow. */
  without?: readonly string[];
}

function vitalSign(child: string, loinc: string, unit: UkCoreProfile['unit']): UkCoreProfile {
  return {
    name: `VitalSigns-${child}`,
    category: 'vital-signs',
    isVitalSign: true,
    code: { system: LOINC, code: loinc },
    value: 'Quantity',
    ...(unit && { unit }),
  };
}

export const UK_CORE_PROFILES: readonly UkCoreProfile[] = [
  { name: 'EarlyWarningTotalScore', category: 'survey', value: 'Quantity', unit: { code: '{ScoreOf}' } },
  {
    name: 'ACVPU',
    category: 'any',
    code: { system: SNOMED_CT, code: '1104441000000107' },
    value: 'CodeableConcept',
    without: ['component'],
  },
  { name: 'InspiredOxygen', value: 'Quantity', without: ['interpretation', 'bodySite', 'specimen'] },
  { name: 'VitalSigns', category: 'vital-signs', isVitalSign: true },
  vitalSign('HeartRate', '8867-4', { code: '/min', unit: 'per minute' }),
  vitalSign('RespirationRate', '9279-1', { code: '/min', unit: 'per minute' }),
  vitalSign('OxygenSaturation', '2708-6', { code: '%', unit: 'percent' }),
  vitalSign('BodyTemperature', '8310-5', { code: 'Cel', unit: 'degree Celsius' }),
  vitalSign('BodyWeight', '29463-7', { code: 'kg', unit: 'kilogram' }),
  vitalSign('BodyHeight', '8302-2', undefined),
  vitalSign('BMI', '39156-5', { code: 'kg/m2' }),
  {
    name: 'VitalSigns-BloodPressure',
    category: 'vital-signs',
    isVitalSign: true,
    code: { system: LOINC, code: '85354-9' },
    value: 'none',
    without: ['specimen'],
  },
];

const BASE = 'https://fhir.hl7.org.uk/StructureDefinition/UKCore-Observation-';
const byName = new Map(UK_CORE_PROFILES.map((profile) => [profile.name, profile]));

/** The derived profiles that an Observation claims. */
export function claimedProfiles({ meta }: AnyResource): UkCoreProfile[] {
  if (!isObject(meta)) return [];
  return listOf<Json>(meta.profile).flatMap((claim) => {
    if (typeof claim !== 'string' || !claim.startsWith(BASE)) return [];
    return byName.get(claim.slice(BASE.length).split('|', 1)[0] ?? '') ?? [];
  });
}

/** The canonical of a profile. */
export function canonicalOf({ name }: Pick<UkCoreProfile, 'name'>): string {
  return BASE + name;
}
