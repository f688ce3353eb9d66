/**
 * The guidance's only large example that parses, with its faults: as published it is refused for exactly two of them,
 * and with a right NHS number and a real PDF it is accepted, with a word about each of the others.
 * (defects, section 2). Where the published file itself is at hand (HOMEWARD_SHARED), it is tried as well.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Handling } from '../../src/definitions/rule';
import type { AnyResource, Json } from '../../src/fhir/types';
import { common, guidance } from '../../src/resources';
import { createStructureValidator } from '../../src/engines/validation/structure/create-structure-validator';
import { createValidator } from '../../src/engines/validation/validate';
import { minimalPdf } from '../fixtures/minimal-pdf';
import { setPath } from '../fixtures/edit-path';
import { aSummary } from '../fixtures/summary';

const NOW = new Date('2025-06-01T09:00:00Z');
const SYSTEM = 'https://tools.ietf.org/html/rfc4122';
const validator = createValidator(
  guidance,
  createStructureValidator(),
  { testRangeNhsNumbers: 'accept' },
  common,
);

type Told = [severity: string, rule: string, expression: string | undefined];

function judge(bundle: AnyResource, handling: Handling = 'default'): Told[] {
  const { issues: remarks, repaired } = validator.repair(bundle, handling);
  const { issues } = validator.validateBundle(repaired, { handling, now: NOW, repaired: remarks });
  return issues.map(({ severity, rule, expression }) => [severity, rule, expression]);
}

/** The example's faults, on a summary of our own. */
function likeThePublished(): AnyResource {
  const summary = aSummary().observations(0).build();
  const [patientEntry] = summary.entry as { fullUrl: string; resource: AnyResource }[];
  const { fullUrl } = patientEntry as { fullUrl: string };
  const text = JSON.stringify(summary).replaceAll(
    fullUrl.replace('urn:uuid:', ''),
    `${fullUrl.slice(9)}-7656321245559098`,
  );
  const bundle = JSON.parse(text) as AnyResource;
  const reference = (type: string): { reference: string } => {
    const entry = (bundle.entry as { fullUrl: string; resource: AnyResource }[]).find(
      ({ resource }) => resource.resourceType === type,
    );
    return { reference: String(entry?.fullUrl) };
  };
  const identifier = { system: SYSTEM, value: '3b1670c3-cad9-4202-9445-872030cec058' };
  const edits: Record<string, Json> = {
    'Bundle.identifier': { system: SYSTEM, value: '73c52d0f-8584-43fe-b492-3a4d3017ac2' },
    'Patient.identifier': [
      {
        extension: [
          {
            url: 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus',
            valueCodeableConcept: {
              coding: [
                {
                  system: 'https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus',
                  code: 'number-present-and-verified',
                },
              ],
            },
          },
        ],
        system: 'https://fhir.nhs.uk/Id/nhs-number',
        value: '9912003890',
      },
    ],
    'Patient.telecom': [{ use: 'home', value: '0113 496 0000' }],
    'Patient.birthDate': '2021-02-11',
    'Patient.deceasedBoolean': true,
    'Patient.deceasedDateTime': '2010-10-22T00:00:00+00:00',
    'Organization.identifier': [{ system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'X26' }],
    'Encounter.identifier': [identifier],
    'Encounter.status': 'final',
    'Encounter.period': { start: '2023-01-07T13:34:00+01:00', end: '2023-01-15T15:21:00+01:00' },
    'Encounter.serviceProvider': [reference('Organization')],
    'DocumentReference.masterIdentifier': { system: 'http://example.com/identifiers', value: '12345' },
    'DocumentReference.content': [
      {
        attachment: {
          contentType: 'application/pdf',
          data: '//base64encoded PDF',
          title: 'Care Plan Report',
          creation: '2016-03-08T15:26:00+01:00',
        },
      },
    ],
    'DocumentReference.context': { encounter: reference('Encounter') },
  };
  for (const [path, value] of Object.entries(edits)) setPath(bundle, path, value);
  const id = 'c29b0ed6-0a6b-4606-a8b6-99a6b1736c7a';
  (bundle.entry as Json[]).push({
    fullUrl: `urn:uuid:${id}`,
    resource: {
      resourceType: 'Observation',
      id,
      meta: { profile: ['https://fhir.hl7.org.uk/StructureDefinition/UKCore-Observation'] },
      identifier: [identifier],
      status: 'final',
      code: {
        coding: [
          { system: 'http://snomed.info/sct', code: '1104051000000101', display: 'NEWS2 total score' },
        ],
      },
      subject: reference('Patient'),
      effectiveDateTime: '2018-10-04T14:17:59+01:00',
      performer: [reference('Organization')],
      valueInteger: '12',
      note: 'Presents with…',
    },
  });
  return bundle;
}

const ERRORS: Told[] = [
  ['error', 'vw-patient-07', 'Bundle.entry[0].resource.identifier[0].value'],
  ['error', 'vw-doc-22', 'Bundle.entry[3].resource.content[0].attachment.data'],
];

/** Items 3 to 15 of the register's list. */
const WARNINGS: Told[] = [
  ['warning', 'fullurl-not-uuid', 'Bundle.entry[0].fullUrl'],
  ['warning', 'nhsstatus-legacy', 'Bundle.entry[0].resource.identifier[0].extension[0]'],
  ['warning', 'deceased-both', 'Bundle.entry[0].resource.deceased'],
  ['warning', 'telecom-no-system', 'Bundle.entry[0].resource.telecom[0]'],
  ['warning', 'enc-status-final', 'Bundle.entry[2].resource.status'],
  ['warning', 'shape-array-to-object', 'Bundle.entry[2].resource.serviceProvider'],
  ['warning', 'shape-object-to-array', 'Bundle.entry[3].resource.context.encounter'],
  ['warning', 'type-string-to-number', 'Bundle.entry[4].resource.value'],
  ['warning', 'note-string', 'Bundle.entry[4].resource.note'],
  ['warning', 'vw-patient-24', 'Bundle.entry[0].resource.deceased'],
  ['warning', 'vw-obs-14', 'Bundle.entry[4].resource.effective'],
  ['warning', 'vw-obs-15', 'Bundle.entry[4].resource.effective'],
  ['warning', 'vw-doc-26', 'Bundle.entry[3].resource.content[0].attachment.creation'],
  ['warning', 'vw-gen-10', 'Bundle.entry[4].resource'],
  ['warning', 'news2-15', 'Bundle.entry[4].resource.value'],
];

/** Item 16. */
const REMARKS: Told[] = [
  ['information', 'def-30', 'Bundle.entry[0].resource.deceased'],
  ['information', 'idsystem-rfc', 'Bundle.identifier.system'],
  ['information', 'def-16-x26', 'Bundle.entry[1].resource.identifier[0].value'],
  ['information', 'idsystem-rfc', 'Bundle.entry[2].resource.identifier[0].system'],
  ['information', 'def-30', 'Bundle.entry[2].resource.period.start'],
  ['information', 'vw-doc-06', 'Bundle.entry[3].resource.masterIdentifier.system'],
  ['information', 'def-30', 'Bundle.entry[3].resource.content[0].attachment.creation'],
  ['information', 'news2-21', 'Bundle.entry[4].resource'],
  ['information', 'identifier-shared', 'Bundle.entry[4].resource.identifier[0]'],
  ['information', 'idsystem-rfc', 'Bundle.entry[4].resource.identifier[0].system'],
];

const mended = (bundle: AnyResource): AnyResource => {
  setPath(bundle, 'Patient.identifier[0].value', '9990000018');
  setPath(bundle, 'DocumentReference.content[0].attachment.data', minimalPdf().toString('base64'));
  return bundle;
};
const sorted = (told: Told[]): Told[] => [...told].sort((a, b) => (String(a) < String(b) ? -1 : 1));
const ofSeverity = (told: Told[], severity: string): Told[] =>
  sorted(told.filter(([one]) => one === severity));

function expectations(example: () => AnyResource): void {
  it('is refused as published, for the check digit and the placeholder alone', () => {
    expect(ofSeverity(judge(example()), 'error')).toEqual(sorted(ERRORS));
  });

  it('is accepted with a right NHS number and a real PDF, with a warning for each deviation', () => {
    const told = judge(mended(example()));
    expect(ofSeverity(told, 'error')).toEqual([]);
    expect(ofSeverity(told, 'warning')).toEqual(sorted(WARNINGS));
    expect(ofSeverity(told, 'information')).toEqual(sorted(REMARKS));
  });

  it('is refused under strict handling for every repair', () => {
    const faults = judge(mended(example()), 'strict').filter(([severity]) => severity === 'error');
    expect(faults.map(([, rule]) => rule)).toEqual(
      expect.arrayContaining([
        'fullurl-not-uuid',
        'nhsstatus-legacy',
        'deceased-both',
        'telecom-no-system',
        'enc-status-final',
        'shape-array-to-object',
        'shape-object-to-array',
        'type-string-to-number',
        'note-string',
      ]),
    );
  });

  it('is well-formed R4 once repaired', () => {
    const bundle = mended(example());
    validator.repair(bundle, 'default');
    expect(judge(bundle).filter(([, rule]) => rule.startsWith('r4-'))).toEqual([]);
    const kept = JSON.stringify(bundle);
    expect(validator.repair(bundle, 'default').repairs).toEqual([]);
    expect(JSON.stringify(bundle)).toBe(kept);
  });
}

describe('a summary with the faults of the published example', () => {
  expectations(likeThePublished);
});

const shared = process.env.HOMEWARD_SHARED ?? join(__dirname, '..', '..', '..', 'shared');
const published = join(shared, 'data', 'guidance', 'bundle-example-as-published.json');
if (existsSync(published)) {
  describe('the published example itself', () => {
    expectations(() => JSON.parse(readFileSync(published, 'utf8')) as AnyResource);
  });
}
