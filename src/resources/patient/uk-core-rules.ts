/**
 * What UK Core Patient (2.6.1) adds to R4: its extensions with their value sets, and the codes of its own code systems.
 * @see https://simplifier.net/hl7fhirukcorer4/ukcore-patient
 */
import { always, type Finding, type Rule } from '../../definitions/rule';
import type { JsonObject } from '../../fhir/types';
import { codingsOf } from '../common/codings';
import { changing, unchanged } from '../common/example';
import { extensionRule, extensionUrl, type UkCoreExtension } from '../common/extension-rules';
import { referencesAt as objectsAt } from '../common/reference-rules';

const CODES = 'https://fhir.hl7.org.uk/CodeSystem/UKCore-';
const letters = (text: string): string[] => text.split('');

/** An example that gives the Patient an extension with one coding. */
function withCode(name: string, system: string, code: string, part?: string): UkCoreExtension['breaks'] {
  const value = { valueCodeableConcept: { coding: [{ system, code }] } };
  const extension =
    part === undefined
      ? { url: extensionUrl(name), ...value }
      : { url: extensionUrl(name), extension: [{ url: part, ...value }] };
  return changing('Patient', (patient) => {
    patient.extension = [extension];
  });
}

const onPatient = (
  name: string,
  id: string,
  binding: NonNullable<UkCoreExtension['binding']>,
  part?: string,
): UkCoreExtension => ({
  id: `ukcore-patient-${id}`,
  guidance: `UK Core Patient.extension:${id}`,
  path: '',
  name,
  ...(part !== undefined && { part }),
  value: 'valueCodeableConcept',
  binding,
  breaks: withCode(name, Object.keys(binding.codes)[0] as string, 'no-such-code', part),
});

const extensions: readonly UkCoreExtension[] = [
  onPatient('BirthSex', 'birthSex', {
    strength: 'required',
    codes: {
      'http://terminology.hl7.org/CodeSystem/v3-AdministrativeGender': ['M', 'F', 'UN'],
      'http://terminology.hl7.org/CodeSystem/v3-NullFlavor': ['UNK'],
    },
  }),
  onPatient(
    'DeathNotificationStatus',
    'deathNotificationStatus',
    { strength: 'extensible', codes: { [`${CODES}DeathNotificationStatus`]: ['1', '2', 'U'] } },
    'deathNotificationStatus',
  ),
  onPatient('EthnicCategory', 'ethnicCategory', {
    strength: 'extensible',
    codes: {
      [`${CODES}EthnicCategoryEngland`]: [...letters('ABCDEFGHJKLMNPRSZ'), '99'],
      [`${CODES}EthnicCategoryWales`]: letters('ABDEFGHJKLMNPRSTZ'),
    },
  }),
  onPatient('ResidentialStatus', 'residentialStatus', {
    strength: 'extensible',
    codes: { [`${CODES}ResidentialStatus`]: ['H', 'O'] },
  }),
  onPatient('NHSNumberUnavailableReason', 'nhsNumberUnavailableReason', {
    strength: 'extensible',
    codes: {
      [`${CODES}NHSNumberUnavailableReason`]: ['nhs-number-not-known', 'overseas-patient', 'devolved-nation'],
      [`${CODES}WithheldIdentityReason`]: ['01', '02', '03', '97', '99'],
    },
  }),
  {
    id: 'ukcore-patient-interpreterRequired',
    guidance: 'UK Core Patient.extension:patientInterpreterRequired',
    path: '',
    name: 'http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired',
    value: 'valueBoolean',
    breaks: changing('Patient', (patient) => {
      patient.extension = ['yes', 'no'].map(() => ({
        url: 'http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired',
        valueBoolean: true,
      }));
    }),
  },
  {
    id: 'ukcore-patient-contactRank',
    guidance: 'UK Core Patient.contact.extension:contactRank',
    path: 'contact',
    name: 'ContactRank',
    value: 'valuePositiveInt',
    breaks: withContact({ url: extensionUrl('ContactRank'), valueString: 'first' }),
  },
  {
    id: 'ukcore-patient-copyCorrespondence',
    guidance: 'UK Core Patient.contact.extension:copyCorrespondenceIndicator',
    path: 'contact',
    name: 'CopyCorrespondenceIndicator',
    value: 'valueBoolean',
    breaks: withContact({ url: extensionUrl('CopyCorrespondenceIndicator'), valueString: 'yes' }),
  },
];

function withContact(extension: JsonObject): UkCoreExtension['breaks'] {
  return changing('Patient', (patient) => {
    patient.contact = [
      {
        extension: [extension],
        relationship: [{ text: 'Daughter' }],
        name: { text: 'A Relative' },
        telecom: [{ system: 'phone', value: '0113 496 0000' }],
      },
    ];
  });
}

const RELATIONSHIP_SYSTEM = `${CODES}AdditionalPersonRelationshipRole`;
const RELATIONSHIPS: readonly string[] = [
  'Agent',
  'Guardian',
  'Personal',
  'PolygamousPartner',
  'Dependant',
  'NonDependant',
  'ProxyContact',
  'ProxyCommunication',
  'ProxyContactCommunication',
  'Carer',
  'NotSpecified',
];

const relationshipIsACodeOfItsSystem: Rule = {
  id: 'ukcore-patient-relationship',
  severity: always('warning'),
  code: 'code-invalid',
  guidance: 'UK Core Patient.contact.relationship',
  claim: 'If the relationship of a contact uses the UK Core code system, its code is from that code system.',
  *check(patient): Iterable<Finding> {
    for (const { reference: concept, place } of objectsAt(patient, 'contact.relationship')) {
      const isWrong = codingsOf(concept).some(
        ({ system, code }) => system === RELATIONSHIP_SYSTEM && !RELATIONSHIPS.includes(String(code)),
      );
      if (!isWrong) continue;
      yield {
        element: place,
        text: `The code is not in \`${RELATIONSHIP_SYSTEM}\`. Send one of ${RELATIONSHIPS.join(', ')}.`,
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Patient', (patient) => {
      patient.contact = [
        {
          relationship: [{ coding: [{ system: RELATIONSHIP_SYSTEM, code: 'Neighbour' }] }],
          name: { text: 'A Relative' },
          telecom: [{ system: 'phone', value: '0113 496 0000' }],
        },
      ];
    }),
  },
};

const LANGUAGES = 'urn:ietf:bcp:47';
/** A language tag as BCP 47 writes it. */
const TAG = /^(?:[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}|[A-Za-z]{4,8})(?:-[A-Za-z0-9]{1,8})*$/;

const languageIsATag: Rule = {
  id: 'ukcore-patient-language',
  severity: always('warning'),
  code: 'code-invalid',
  guidance: 'UK Core Patient.communication.language',
  claim: 'A language of communication is a BCP 47 tag (the UK Core binding to all languages).',
  *check(patient): Iterable<Finding> {
    for (const { reference: concept, place } of objectsAt(patient, 'communication.language')) {
      if (codingsOf(concept).some(({ system, code }) => system === LANGUAGES && TAG.test(String(code))))
        continue;
      yield {
        element: place,
        text: `The language has no BCP 47 tag. Send a coding with the system \`${LANGUAGES}\`, such as \`en-GB\`.`,
      };
    }
  },
  examples: {
    keeps: changing('Patient', (patient) => {
      patient.communication = [{ language: { coding: [{ system: LANGUAGES, code: 'cy' }] } }];
    }),
    breaks: changing('Patient', (patient) => {
      patient.communication = [{ language: { coding: [{ system: `${CODES}HumanLanguage`, code: 'cy' }] } }];
    }),
  },
};

export const ukCoreRules: readonly Rule[] = [
  ...extensions.map(extensionRule),
  relationshipIsACodeOfItsSystem,
  languageIsATag,
];
