/**
 * Repairs of identifiers and of the code system of SNOMED CT: known variants that can mean
 * nothing else (rules vw-patient-05, vw-patient-06, vw-obs-08, vw-org-04, vw-org-05; decision 6).
 */
import { SNOMED_CT } from '../../fhir/code-systems';
import type { DatatypeRepair, RuleExample } from '../../definitions/rule';
import { isObject, type JsonObject } from '../../fhir/types';
import {
  isNhsNumberSystemVariant,
  NHS_NUMBER_SYSTEM,
  withoutNhsNumberSpacing,
} from '../../terminology/nhs-number';
import {
  inCapitals,
  isOdsCodeShape,
  ODS_ORGANISATION_SYSTEM,
  ODS_SITE_SYSTEM,
  odsSystemFor,
} from '../../terminology/ods';
import { changing, unchanged } from './example';

/** The right value of one string in an Identifier or Coding, or undefined if it is right or not known. */
type Mend = (text: string, holder: JsonObject) => string | undefined;

interface Mending extends Pick<DatatypeRepair, 'norm' | 'defect' | 'guidance' | 'claim'> {
  datatype: 'Identifier' | 'Coding';
  element: 'system' | 'value';
  mend: Mend;
  /** What was done and what to send. */
  text: string;
  breaks: RuleExample;
}

function mending({ datatype, element, mend, text, breaks, ...about }: Mending): DatatypeRepair {
  return {
    ...about,
    stage: 'values',
    datatypes: [datatype],
    mend(object) {
      if (!isObject(object)) return undefined;
      const before = object[element];
      const after = typeof before === 'string' ? mend(before, object) : undefined;
      if (typeof before !== 'string' || after === undefined) return undefined;
      object[element] = after;
      return { below: element, text, before, after };
    },
    examples: { keeps: unchanged, breaks },
  };
}

const isOdsSystem = (system: unknown): boolean =>
  system === ODS_ORGANISATION_SYSTEM || system === ODS_SITE_SYSTEM;
const SNOMED_VARIANT =
  /^(?:https?:\/\/snomed\.info\/sct\/?|https?:\/\/snomed\.info\/sct\/\d{6,18}(?:\/version\/\d{6,8})?\/?|(?:urn:oid:)?2\.16\.840\.1\.113883\.6\.96)$/;

export const identifierRepairs: readonly DatatypeRepair[] = [
  mending({
    norm: 'snomed-system',
    defect: 'vw-obs-08',
    guidance: '3.4.6 Observation.code.coding.system',
    claim:
      'The server reads the SNOMED CT system as http://snomed.info/sct if it is written with https, with a slash or an edition at the end, or as its OID.',
    datatype: 'Coding',
    element: 'system',
    mend: (system) => (system !== SNOMED_CT && SNOMED_VARIANT.test(system) ? SNOMED_CT : undefined),
    text: `The code system is not written as R4 requires. It was read as \`${SNOMED_CT}\`. Send \`${SNOMED_CT}\`, and put an edition in Coding.version.`,
    breaks: changing('Encounter', (encounter) => {
      encounter.type = [
        { coding: [{ system: 'https://snomed.info/sct', code: '270420001', display: 'Seen in own home' }] },
      ];
    }),
  }),
  mending({
    norm: 'nhs-number-system',
    defect: 'vw-patient-05',
    guidance: '3.4.2 Patient.identifier.system',
    claim:
      'The server accepts the system of an NHS number if it is written with http, in another case, with a slash at the end, or as its OID.',
    datatype: 'Identifier',
    element: 'system',
    mend: (system) => (isNhsNumberSystemVariant(system) ? NHS_NUMBER_SYSTEM : undefined),
    text: `The system of the NHS number is not written correctly. It was read as \`${NHS_NUMBER_SYSTEM}\`. Send \`${NHS_NUMBER_SYSTEM}\`.`,
    breaks: changing('Patient', (patient) => {
      onNhsNumber(patient.identifier, (identifier) => {
        identifier.system = 'http://fhir.nhs.uk/Id/nhs-number';
      });
    }),
  }),
  mending({
    norm: 'nhs-number-spacing',
    defect: 'vw-patient-06',
    guidance: '3.4.2 Patient.identifier.value',
    claim: 'The server reads a ten-digit NHS number without its spaces and hyphens.',
    datatype: 'Identifier',
    element: 'value',
    mend: (value, { system }) => (system === NHS_NUMBER_SYSTEM ? withoutNhsNumberSpacing(value) : undefined),
    text: 'The NHS number contains spaces or hyphens. It was read without them. Send ten digits and nothing else.',
    breaks: changing('Patient', (patient) => {
      onNhsNumber(patient.identifier, (identifier) => {
        identifier.value = String(identifier.value).replace(/^(\d{3})(\d{3})(\d{4})$/, '$1 $2 $3');
      });
    }),
  }),
  mending({
    norm: 'vw-org-04',
    defect: 'vw-org-04',
    guidance: '3.4.3 Organization.identifier.system',
    claim:
      'The server accepts the system of an ODS code if it is written with http, or spelt "organisation".',
    datatype: 'Identifier',
    element: 'system',
    mend: odsSystemFor,
    text: `The system of the ODS code is not written correctly. The server read it as the correct system. Send \`${ODS_ORGANISATION_SYSTEM}\`, or \`${ODS_SITE_SYSTEM}\` for a site.`,
    breaks: changing('Organization', (organization) => {
      onOdsCode(organization.identifier, (identifier) => {
        identifier.system = 'https://fhir.nhs.uk/Id/ods-organisation-code';
      });
    }),
  }),
  mending({
    norm: 'ods-code-case',
    defect: 'vw-org-05',
    guidance: '3.4.3 Organization.identifier.value',
    claim: 'The server reads an ODS code in lower case as upper case.',
    datatype: 'Identifier',
    element: 'value',
    mend: (value, { system }) =>
      isOdsSystem(system) && !isOdsCodeShape(value) && isOdsCodeShape(inCapitals(value))
        ? inCapitals(value)
        : undefined,
    text: 'The ODS code contains lower-case letters. It was read in upper case. Send upper-case letters.',
    breaks: changing('Organization', (organization) => {
      onOdsCode(organization.identifier, (identifier) => {
        identifier.value = String(identifier.value).toLowerCase();
      });
    }),
  }),
];

function onNhsNumber(identifiers: unknown, change: (identifier: JsonObject) => void): void {
  onSystem(identifiers, NHS_NUMBER_SYSTEM, change);
}

function onOdsCode(identifiers: unknown, change: (identifier: JsonObject) => void): void {
  onSystem(identifiers, ODS_ORGANISATION_SYSTEM, change);
}

function onSystem(identifiers: unknown, system: string, change: (identifier: JsonObject) => void): void {
  for (const identifier of identifiers as JsonObject[]) if (identifier.system === system) change(identifier);
}
