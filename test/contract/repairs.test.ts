/**
 * Each repair of the guidance's defect register (its Norm column, and those that the README's decisions add) over HTTP:
 * by default the summary is accepted with one warning at the place, and what is stored is right; under
 * `Prefer: handling=strict` it is refused with an error at the same place.
 * @see semantics «Tolerance»
 */
import { numberOf } from '../../src/fhir/decimal';
import type { AnyResource, Json, JsonObject } from '../../src/fhir/types';
import { aSummary, type SummaryBuilder } from '../fixtures/summary';
import { secondOpinion } from '../fuzz/second-opinion';
import { guidanceNorms } from '../house/guidance-norms';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';
import { told } from '../support/outcome';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

interface Defect {
  norm: string;
  /** What the sender does. */
  sends: string;
  summary: (summary: SummaryBuilder) => SummaryBuilder;
  /** Where it is told. */
  at: string;
  /** The path of what is stored, and what stands there. */
  stored: [path: string, value: Json | undefined];
}

const PATIENT = 'Bundle.entry[0].resource';
const ORGANIZATION = 'Bundle.entry[1].resource';
const ENCOUNTER = 'Bundle.entry[2].resource';
const DOCUMENT = 'Bundle.entry[3].resource';
const TOTAL = 'Bundle.entry[4].resource';

type Entry = { fullUrl: string; resource: AnyResource };
const entriesOf = (bundle: AnyResource): Entry[] => bundle.entry as unknown as Entry[];
const fullUrlOf = (bundle: AnyResource, index: number): string => entriesOf(bundle)[index]!.fullUrl;

/** Does something with one entry's resource. */
const changing =
  (index: number, change: (resource: AnyResource, bundle: AnyResource) => void) =>
  (summary: SummaryBuilder): SummaryBuilder =>
    summary.changed((bundle) => change(entriesOf(bundle)[index]!.resource, bundle));

const setting =
  (path: string, value: Json) =>
  (summary: SummaryBuilder): SummaryBuilder =>
    summary.with(path, value);

const SNOMED = 'http://snomed.info/sct';
const VERIFICATION = 'https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus';

const defects: Defect[] = [
  ...['final', 'completed', 'discharged'].map((status) => ({
    norm: 'enc-status-final',
    sends: `an Encounter that is ${status}`,
    summary: setting('Encounter.status', status),
    at: `${ENCOUNTER}.status`,
    stored: ['Encounter.status', 'finished'] as [string, Json],
  })),
  {
    norm: 'docstatus-illegal',
    sends: 'a docStatus «current»',
    summary: setting('DocumentReference.docStatus', 'current'),
    at: `${DOCUMENT}.docStatus`,
    stored: ['DocumentReference.docStatus', undefined],
  },
  {
    norm: 'docstatus-illegal',
    sends: 'a docStatus as a CodeableConcept',
    summary: setting('DocumentReference.docStatus', { coding: [{ code: 'final' }] }),
    at: `${DOCUMENT}.docStatus`,
    stored: ['DocumentReference.docStatus', 'final'],
  },
  {
    norm: 'docstatus-illegal',
    sends: 'a docStatus in capitals',
    summary: setting('DocumentReference.docStatus', 'FINAL'),
    at: `${DOCUMENT}.docStatus`,
    stored: ['DocumentReference.docStatus', 'final'],
  },
  {
    norm: 'shape-array-to-object',
    sends: 'serviceProvider as a list',
    summary: changing(2, (encounter) => {
      encounter.serviceProvider = [encounter.serviceProvider as Json];
    }),
    at: `${ENCOUNTER}.serviceProvider`,
    stored: ['Encounter.serviceProvider.reference', 'Organization/…'],
  },
  {
    norm: 'shape-array-to-object',
    sends: 'the name of a contact as a list',
    summary: changing(0, (patient) => {
      patient.contact = [
        {
          relationship: [{ text: 'Daughter' }],
          name: [{ text: 'A Relative' }],
          telecom: [{ system: 'phone', value: '0113 496 0000' }],
        },
      ];
    }),
    at: `${PATIENT}.contact[0].name`,
    stored: ['Patient.contact[0].name', { text: 'A Relative' }],
  },
  {
    norm: 'shape-object-to-array',
    sends: 'context.encounter as a lone object',
    summary: changing(3, (document, bundle) => {
      (document.context as JsonObject).encounter = { reference: fullUrlOf(bundle, 2) };
    }),
    at: `${DOCUMENT}.context.encounter`,
    stored: ['DocumentReference.context.encounter[0].reference', 'Encounter/…'],
  },
  {
    norm: 'shape-object-to-array',
    sends: 'address as a lone object',
    summary: setting('Patient.address', {
      use: 'home',
      line: ['7 Lanternhouse Row'],
      postalCode: 'LS99 1AA',
    }),
    at: `${PATIENT}.address`,
    stored: ['Patient.address[0].postalCode', 'LS99 1AA'],
  },
  {
    norm: 'type-string-to-number',
    sends: 'a whole number as a string',
    summary: setting('Observation.valueInteger', '5'),
    at: `${TOTAL}.value`,
    stored: ['Observation.valueInteger', 5],
  },
  {
    norm: 'type-fraction-of-zeros',
    sends: 'a whole number with a fraction of zeros',
    summary: setting('Observation.valueInteger', numberOf('5.0')),
    at: `${TOTAL}.value`,
    stored: ['Observation.valueInteger', 5],
  },
  {
    norm: 'type-string-to-bool',
    sends: 'a boolean as a string',
    summary: setting('Patient.deceasedBoolean', 'false'),
    at: `${PATIENT}.deceased`,
    stored: ['Patient.deceasedBoolean', false],
  },
  {
    norm: 'note-string',
    sends: 'a note that is a string',
    summary: setting('Observation.note', 'Taken sitting.'),
    at: `${TOTAL}.note`,
    stored: ['Observation.note', [{ text: 'Taken sitting.' }]],
  },
  {
    norm: 'deceased-both',
    sends: 'a boolean and a date of death',
    summary: (summary) =>
      summary
        .with('Patient.deceasedBoolean', true)
        .with('Patient.deceasedDateTime', '2025-03-10T20:00:00+00:00'),
    at: `${PATIENT}.deceased`,
    stored: ['Patient.deceasedBoolean', undefined],
  },
  {
    norm: 'telecom-no-system',
    sends: 'a telecom without a system',
    summary: setting('Patient.telecom', [{ value: '07700 900123', use: 'mobile' }]),
    at: `${PATIENT}.telecom[0]`,
    stored: ['Patient.telecom[0]', { value: '07700 900123', use: 'mobile' }],
  },
  {
    norm: 'ref-bare-id',
    sends: 'a reference that is a bare id',
    summary: changing(4, (total, bundle) => {
      (total.hasMember as JsonObject[])[0] = { reference: String(entriesOf(bundle)[5]!.resource.id) };
    }),
    at: `${TOTAL}.hasMember[0]`,
    stored: ['Observation.hasMember[0].reference', 'Observation/…'],
  },
  ...['postalcode', 'postcode'].map((key) => ({
    norm: 'key-case',
    sends: `a postcode named ${key}`,
    summary: changing(0, (patient) => {
      patient.address = [{ use: 'home', line: ['7 Lanternhouse Row'], [key]: 'LS99 1AA' }];
    }),
    at: `${PATIENT}.address[0].postalCode`,
    stored: ['Patient.address[0].postalCode', 'LS99 1AA'] as [string, Json],
  })),
  {
    norm: 'key-trailing-colon',
    sends: 'custodian with a colon in its name',
    summary: changing(3, (document) => {
      document['custodian:'] = document.custodian;
      delete document.custodian;
    }),
    at: `${DOCUMENT}.custodian`,
    stored: ['DocumentReference.custodian.reference', 'Organization/…'],
  },
  {
    norm: 'zone-assumed',
    sends: 'a time in winter without its zone',
    summary: setting('Encounter.period.start', '2025-03-03T10:00:00'),
    at: `${ENCOUNTER}.period.start`,
    stored: ['Encounter.period.start', '2025-03-03T10:00:00+00:00'],
  },
  {
    norm: 'snomed-acvpu-alias',
    sends: 'the misprinted code of the ACVPU score',
    summary: setting('Observation[14].code.coding[0].code', '104441000000107'),
    at: 'Bundle.entry[18].resource.code.coding[0]',
    stored: ['Observation.code.coding[0].code', '1104441000000107'],
  },
  ...['999 000 0018', '999-000-0018'].map((number) => ({
    norm: 'nhs-number-spacing',
    sends: `an NHS number written ${number.replace(/\d/g, 'n')}`,
    summary: (summary: SummaryBuilder) => summary.nhsNumber(number),
    at: `${PATIENT}.identifier[0].value`,
    stored: ['Patient.identifier[0].value', '9990000018'] as [string, Json],
  })),
  {
    norm: 'nhs-number-system',
    sends: 'the system of the NHS number with http',
    summary: setting('Patient.identifier[0].system', 'http://fhir.nhs.uk/Id/nhs-number'),
    at: `${PATIENT}.identifier[0].system`,
    stored: ['Patient.identifier[0].system', 'https://fhir.nhs.uk/Id/nhs-number'],
  },
  ...['https://snomed.info/sct', 'urn:oid:2.16.840.1.113883.6.96'].map((system) => ({
    norm: 'snomed-system',
    sends: `SNOMED CT as ${system}`,
    summary: setting('DocumentReference.type.coding[0].system', system),
    at: `${DOCUMENT}.type.coding[0].system`,
    stored: ['DocumentReference.type.coding[0].system', SNOMED] as [string, Json],
  })),
  {
    norm: 'ods-code-case',
    sends: 'an ODS code in small letters',
    summary: setting('Organization.identifier[0].value', 'rr8'),
    at: `${ORGANIZATION}.identifier[0].value`,
    stored: ['Organization.identifier[0].value', 'RR8'],
  },
  {
    norm: 'vw-org-04',
    sends: 'the system of an ODS code with the British spelling',
    summary: setting('Organization.identifier[0].system', 'https://fhir.nhs.uk/Id/ods-organisation-code'),
    at: `${ORGANIZATION}.identifier[0].system`,
    stored: ['Organization.identifier[0].system', 'https://fhir.nhs.uk/Id/ods-organization-code'],
  },
  {
    norm: 'nhsstatus-legacy',
    sends: 'the verification status of the retired code system',
    summary: setting('Patient.identifier[0].extension[0].valueCodeableConcept', {
      coding: [{ system: VERIFICATION, code: 'number-present-and-verified' }],
    }),
    at: `${PATIENT}.identifier[0].extension[0]`,
    stored: [
      'Patient.identifier[0].extension[0].valueCodeableConcept.coding[0].system',
      `${VERIFICATION}England`,
    ],
  },
  {
    norm: 'content-type-absent',
    sends: 'a PDF without its contentType',
    summary: (summary) => summary.without('DocumentReference.content[0].attachment.contentType'),
    at: `${DOCUMENT}.content[0].attachment.contentType`,
    stored: ['DocumentReference.content[0].attachment.contentType', 'application/pdf'],
  },
  {
    norm: 'fullurl-not-uuid',
    sends: 'a fullUrl that is urn:uuid: and no UUID',
    summary: (summary) =>
      summary.changed((bundle) => {
        const text = JSON.stringify(bundle).replaceAll(fullUrlOf(bundle, 2), 'urn:uuid:stay-1');
        return JSON.parse(
          text.replace(/("resourceType":"Encounter","id":)"[^"]*"/, '$1"stay-1"'),
        ) as AnyResource;
      }),
    at: 'Bundle.entry[2].fullUrl',
    stored: ['DocumentReference.context.encounter[0].reference', 'Encounter/…'],
  },
  ...[
    ['fullurl-relative', 'the type and id of its resource', 'Encounter/<id>'],
    ['fullurl-relative', 'type, id and version', 'Encounter/<id>/_history/3'],
    ['fullurl-relative', 'the bare id of its resource', '<id>'],
    [
      'fullurl-versioned',
      'an address with a version',
      'https://ward.example.nhs.uk/Encounter/<id>/_history/3',
    ],
  ].map(([norm = '', sends, name = '']) => ({
    norm,
    sends: `a fullUrl that is ${sends}, with references that match it`,
    summary: (summary: SummaryBuilder) =>
      summary.changed((bundle) => {
        const id = String(entriesOf(bundle)[2]!.resource.id);
        const text = JSON.stringify(bundle).replaceAll(fullUrlOf(bundle, 2), name.replace('<id>', id));
        return JSON.parse(text) as AnyResource;
      }),
    at: 'Bundle.entry[2].fullUrl',
    stored: ['DocumentReference.context.encounter[0].reference', 'Encounter/…'] as [string, Json],
  })),
];

describe.each(defects.map((defect, index) => [defect.norm, defect.sends, defect, index + 1] as const))(
  '%s: %s',
  (norm, _sends, { summary, at, stored: [path, expected] }, stay) => {
    const body = summary(aSummary().stay(stay)).bytes();

    it('is mended with one warning at its place, and stored as R4 has it', async () => {
      const reply = await homeward.call('POST', '/FHIR/R4/Bundle', { body });
      expect([reply.status, told(reply)]).toEqual([
        201,
        [{ severity: 'warning', code: 'value', rule: norm, expression: at }],
      ]);
      const resources = await storedBy(reply);
      const faults = resources.flatMap((resource) => secondOpinion(resource));
      expect(faults).toEqual([]);
      expect(found(resources, path)).toContainEqual(expected);
    });

    it('is an error under handling=strict', async () => {
      const reply = await homeward.call('POST', '/FHIR/R4/Bundle', {
        body,
        headers: { Prefer: 'handling=strict' },
        token: homeward.token(undefined, 'RR9'),
      });
      expect([reply.status, told(reply)]).toEqual([
        422,
        [{ severity: 'error', code: 'value', rule: norm, expression: at }],
      ]);
    });
  },
);

describe('the repairs of the register', () => {
  it('are each tried here', () => {
    const tried = new Set(defects.map(({ norm }) => norm));
    expect(guidanceNorms.filter((norm) => !tried.has(norm))).toEqual([]);
  });
});

async function storedBy(reply: Reply): Promise<AnyResource[]> {
  const id = reply.headers.get('x-submission-id');
  const { stored } = (await homeward.call('GET', `/submissions/${id}`)).json as {
    stored: { type: string; id: string }[];
  };
  return Promise.all(
    stored.map(
      async ({ type, id: each }) =>
        (await homeward.call('GET', `/FHIR/R4/${type}/${each}`)).json as AnyResource,
    ),
  );
}

/** What stands at a path of each stored resource of its type; of references the type alone. */
function found(resources: readonly AnyResource[], path: string): unknown[] {
  const [type, ...steps] = path.split(/[.[\]]+/).filter(Boolean);
  return resources
    .filter(({ resourceType }) => resourceType === type)
    .map((resource) => {
      const value = steps.reduce<unknown>(
        (at, step) => (at as Record<string, unknown> | undefined)?.[step],
        resource,
      );
      return steps.at(-1) === 'reference' ? String(value).replace(/\/.*/, '/…') : value;
    });
}
