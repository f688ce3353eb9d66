/** The Patient of a message, from PID. @see https://build.fhir.org/ig/HL7/v2-to-fhir */
import type { AnyResource, JsonObject } from '../../../fhir/types';
import { NHS_NUMBER_SYSTEM } from '../../../terminology/nhs-number';
import {
  VERIFICATION_ENGLAND,
  VERIFICATION_EXTENSION,
  verificationStatus,
} from '../../../terminology/nhs-number-verification';
import { isOdsCodeShape, odsCodeInCapitals, ODS_ORGANISATION_SYSTEM } from '../../../terminology/ods';
import { systemOf } from '../identifiers';
import type { Segment } from '../message';
import { dateOf, dateTimeOf } from '../times';
import { present, type ResourceIds } from './resource-ids';
import { profile } from './profile';

export function patientOf(pid: Segment | undefined, pd1: Segment | undefined, ids: ResourceIds): AnyResource {
  const patient: AnyResource = { resourceType: 'Patient', id: ids.patient, meta: profile('Patient') };
  if (!pid) return patient;
  const verification = verificationOf(pid);
  const lists = {
    identifier: each(pid, 3, (repetition) => identifierOf(pid, repetition, verification, ids.odsCode)),
    name: each(pid, 5, (repetition) => nameOf(pid, repetition)),
    telecom: [
      ...each(pid, 13, (repetition) => telecomOf(pid, 13, repetition)),
      ...each(pid, 14, (repetition) => telecomOf(pid, 14, repetition)),
    ],
    address: each(pid, 11, (repetition) => addressOf(pid, repetition)),
  };
  const born = pid.text(7);
  const gender = pid.text(8);
  return {
    ...patient,
    ...present({
      identifier: listOrNothing(lists.identifier),
      name: listOrNothing(lists.name),
      telecom: listOrNothing(lists.telecom),
      gender: gender === undefined ? undefined : (GENDERS[gender.toUpperCase()] ?? gender),
      birthDate: born === undefined ? undefined : dateOf(born),
      ...deathOf(pid),
      address: listOrNothing(lists.address),
      generalPractitioner: practiceOf(pd1),
    }),
  };
}

function each(
  segment: Segment,
  field: number,
  make: (repetition: number) => JsonObject | undefined,
): JsonObject[] {
  return Array.from({ length: segment.repetitions(field) }, (_, index) => make(index + 1)).filter(
    (made) => made !== undefined && Object.keys(made).length > 0,
  ) as JsonObject[];
}

const listOrNothing = (list: JsonObject[]): JsonObject[] | undefined => (list.length > 0 ? list : undefined);

const NHS_AUTHORITIES = /^(?:NHS|NHSNBR|NHSNMBR)$/i;
const NHS_OID = '2.16.840.1.113883.2.1.4.1';
const IDENTIFIER_TYPES = 'http://terminology.hl7.org/CodeSystem/v2-0203';

/** The repetition of PID-3 with the NHS number has the assigning authority NHS or the type NH. */
function identifierOf(
  pid: Segment,
  repetition: number,
  verification: JsonObject[] | undefined,
  odsCode: string,
): JsonObject | undefined {
  const value = pid.text(3, 1, repetition);
  if (value === undefined) return undefined;
  const authority = pid.first(3, 4, repetition);
  const universal = pid.subcomponent(3, 4, 2, repetition);
  const type = pid.text(3, 5, repetition);
  const isNhsNumber =
    (authority !== undefined && NHS_AUTHORITIES.test(authority)) ||
    universal === NHS_OID ||
    type?.toUpperCase() === 'NH';
  const ended = pid.text(3, 8, repetition);
  const period = ended === undefined ? undefined : { end: dateTimeOf(ended) };
  if (isNhsNumber) return present({ extension: verification, system: NHS_NUMBER_SYSTEM, value, period });
  return present({
    type: type === undefined ? undefined : { coding: [{ system: IDENTIFIER_TYPES, code: type }] },
    system: systemOf('patient', odsCode, authority, universal),
    value,
    period,
  });
}

/** PID-32 has the status of the NHS number in interfaces of the United Kingdom: `01`, `NSTS01`. */
function verificationOf(pid: Segment): JsonObject[] | undefined {
  const code = /^(?:NSTS)?(0[1-8])$/i.exec(pid.text(32) ?? '')?.[1];
  const status = verificationStatus(VERIFICATION_ENGLAND, code);
  if (code === undefined || !status) return undefined;
  return [
    {
      url: VERIFICATION_EXTENSION,
      valueCodeableConcept: {
        coding: [{ system: VERIFICATION_ENGLAND, code, display: status.display }],
      },
    },
  ];
}

const NAME_USES: Readonly<Record<string, string>> = {
  L: 'official',
  D: 'usual',
  M: 'maiden',
  N: 'nickname',
};

function nameOf(pid: Segment, repetition: number): JsonObject {
  const part = (component: number): string | undefined => pid.text(5, component, repetition);
  const given = [part(2), ...(part(3)?.split(/\s+/) ?? [])].filter((name) => name !== undefined);
  const [prefix, suffix] = [part(5), part(4)];
  const named = present({
    family: pid.first(5, 1, repetition),
    given: given.length > 0 ? given : undefined,
    prefix: prefix === undefined ? undefined : [prefix],
    suffix: suffix === undefined ? undefined : [suffix],
  });
  if (Object.keys(named).length === 0) return {};
  return present({ use: NAME_USES[part(7) ?? ''], ...named });
}

/** Table 0001, and the codes of the NHS Data Dictionary. */
const GENDERS: Readonly<Record<string, string>> = {
  M: 'male',
  F: 'female',
  O: 'other',
  A: 'other',
  N: 'other',
  U: 'unknown',
  '1': 'male',
  '2': 'female',
  '9': 'other',
  '0': 'unknown',
};

const ADDRESS_USES: Readonly<Record<string, string>> = { H: 'home', B: 'work', C: 'temp', BA: 'old' };

function addressOf(pid: Segment, repetition: number): JsonObject {
  const part = (component: number): string | undefined => pid.text(11, component, repetition);
  const line = [pid.first(11, 1, repetition), part(2)].filter((each) => each !== undefined);
  const placed = present({
    line: line.length > 0 ? line : undefined,
    city: part(3),
    district: part(4),
    postalCode: part(5),
    country: part(6),
  });
  if (Object.keys(placed).length === 0) return {};
  return present({ use: ADDRESS_USES[part(7) ?? ''], ...placed });
}

/** The number is in the first component, or since version 2.7 in the twelfth; an e-mail address in the fourth. */
function telecomOf(pid: Segment, field: number, repetition: number): JsonObject {
  const part = (component: number): string | undefined => pid.text(field, component, repetition);
  const equipment = part(3)?.toUpperCase();
  const email = part(4);
  const value = email ?? part(1) ?? part(12);
  if (value === undefined) return {};
  const isMobile = equipment === 'CP';
  return {
    system: email !== undefined || equipment === 'INTERNET' ? 'email' : equipment === 'FX' ? 'fax' : 'phone',
    value,
    use: isMobile ? 'mobile' : field === 14 || part(2) === 'WPN' ? 'work' : 'home',
  };
}

function deathOf(pid: Segment): { deceasedDateTime?: string; deceasedBoolean?: boolean } {
  const died = pid.text(29);
  const isDead = pid.text(30)?.toUpperCase();
  // A contradiction: the check of the Bundle takes neither, and marks it for review (`deceased-both`).
  if (died !== undefined && isDead === 'N')
    return { deceasedDateTime: dateTimeOf(died), deceasedBoolean: false };
  if (died !== undefined) return { deceasedDateTime: dateTimeOf(died) };
  return isDead === 'Y' ? { deceasedBoolean: true } : isDead === 'N' ? { deceasedBoolean: false } : {};
}

/** The elements that PID empties with the null of HL7 (`""`) and a stored Patient keeps where they are not given. */
export function emptiedBy(pid: Segment | undefined): ReadonlySet<string> {
  const isNull = (field: number): boolean => pid?.raw(field, 1).trim() === '""';
  const isSilent = pid !== undefined && Object.keys(deathOf(pid)).length === 0;
  return new Set([
    ...(isNull(7) ? ['birthDate'] : []),
    ...(isNull(8) ? ['gender'] : []),
    ...(isSilent && (isNull(29) || isNull(30)) ? ['deceased'] : []),
  ]);
}

/** PD1-3 names the practice; its ODS code is the third component, or since version 2.5 the tenth. */
function practiceOf(pd1: Segment | undefined): JsonObject[] | undefined {
  const code = odsCodeInCapitals(pd1?.text(3, 10) ?? pd1?.text(3, 3) ?? '');
  if (!isOdsCodeShape(code)) return undefined;
  const name = pd1?.text(3, 1);
  return [
    present({
      type: 'Organization',
      identifier: { system: ODS_ORGANISATION_SYSTEM, value: code },
      display: name,
    }),
  ];
}
