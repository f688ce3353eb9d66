/**
 * Whether a sender says that an NHS number was verified: the three shapes in which the status is met (the England and
 * Wales code systems of UK Core, the retired words, and the retired system with the new numbers, as PDS sends it).
 * @see https://simplifier.net/hl7fhirukcorer4/extension-ukcore-nhsnumberverificationstatus
 */
import { own } from '../fhir/own-property';

const BASE = 'https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus';
export const VERIFICATION_ENGLAND = `${BASE}England`;
export const VERIFICATION_WALES = `${BASE}Wales`;
/** Retired on 26 August 2022; the guidance and PDS still use it. */
export const VERIFICATION_RETIRED = BASE;
export const VERIFICATION_EXTENSION =
  'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus';
const NULL_FLAVOR = 'http://terminology.hl7.org/CodeSystem/v3-NullFlavor';

export interface VerificationStatus {
  /** The England code it means: `01` … `08`, or `nn` (Welsh register), or `NI` (no information). */
  means: string;
  /** The meaning in words. */
  display: string;
  isVerified: boolean;
  /** True of a shape that is outside the value set that UK Core binds: the retired system. */
  isLegacy: boolean;
}

const DISPLAYS: Readonly<Record<string, string>> = {
  '01': 'Number present and verified',
  '02': 'Number present but not traced',
  '03': 'Trace required',
  '04': 'Trace attempted, no match or several matches found',
  '05': 'Trace needs to be resolved',
  '06': 'Trace in progress',
  '07': 'Number not present and trace not required',
  '08': 'Trace postponed (baby under six weeks old)',
  nn: 'Number present and traced using the Welsh NHS administrative register',
  NI: 'No information',
};

const RETIRED_WORDS: Readonly<Record<string, string>> = {
  'number-present-and-verified': '01',
  'number-present-but-not-traced': '02',
  'trace-required': '03',
  'trace-attempted': '04',
  'trace-needs-to-be-resolved': '05',
  'trace-in-progress': '06',
  'number-not-present-and-trace-not-required': '07',
  'trace-postponed': '08',
  'number-present-and-traced-using-welsh-nhs-ar': 'nn',
};

/** What a coding of the status means; undefined where it is none of the known shapes. */
export function verificationStatus(system: unknown, code: unknown): VerificationStatus | undefined {
  if (typeof system !== 'string' || typeof code !== 'string') return undefined;
  const isNumber = /^0[1-8]$/.test(code);
  if (system === VERIFICATION_ENGLAND && isNumber) return statusOf(code, false);
  if (system === VERIFICATION_WALES && (isNumber || code === 'nn')) return statusOf(code, false);
  if (system === NULL_FLAVOR && code === 'NI') return statusOf(code, false);
  if (system !== VERIFICATION_RETIRED) return undefined;
  const means = isNumber ? code : own(RETIRED_WORDS, code);
  return means === undefined ? undefined : statusOf(means, true);
}

function statusOf(means: string, isLegacy: boolean): VerificationStatus {
  return {
    means,
    display: DISPLAYS[means] as string,
    isVerified: means === '01' || means === 'nn',
    isLegacy,
  };
}
