/**
 * semantics "Who is who" and "One submission, one patient": an entry that names its patient by NHS number, or by a
 * contained Patient with one, is filed on that patient, or refused where it would join no record or another person's.
 */
import type { AnyResource } from '../../src/fhir/types';
import { startHomeward, type Homeward } from '../support/homeward';
import type { SummaryBuilder } from '../fixtures/summary';
import { accepted, freshNhsNumber, freshSummary, send, stored, told, type AnyJson } from './sending';
import { find, known, NHS, post, withOneMore } from './story';
import { bundleOf, transact } from './transacting';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const allergy = (patient: object, more: object = {}): AnyResource => ({
  resourceType: 'AllergyIntolerance',
  clinicalStatus: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' }],
  },
  code: { text: 'Penicillin' },
  patient: patient as never,
  ...more,
});
const byNumber = (value: string, more: object = {}): AnyResource =>
  allergy({ identifier: { system: NHS, value, ...more } });
const contained = (value: string, more: object = {}): AnyResource =>
  allergy(
    { reference: '#p' },
    {
      contained: [{ resourceType: 'Patient', id: 'p', identifier: [{ system: NHS, value }], ...more }],
    },
  );
const idsIn = async (patient: string): Promise<string[]> => {
  const { json } = await homeward.call('GET', `/FHIR/R4/${patient}/$everything?_count=500`);
  return json.entry.map(({ resource }: AnyJson) => resource.id);
};

describe('an allergy that names its patient by NHS number alone', () => {
  it.each([
    ['alone', byNumber],
    ['in a contained Patient', contained],
  ])('is refused where no Patient with the number is stored: %s', async (_how, named) => {
    const nhsNumber = freshNhsNumber();
    const sent = await transact(homeward, 'RR8', post(named(nhsNumber)));
    expect(sent.status).toBe(422);
    expect(told(sent.json)).toEqual(['error submission-unknown-patient Bundle.entry[0].resource.patient']);
    const { json } = await homeward.call('GET', `/submissions?nhs-number=${nhsNumber}`);
    expect(json.submissions.map(({ id }: AnyJson) => id)).toEqual([sent.submissionId]);
  });

  it('is refused in a batch, too', async () => {
    const sent = await send(homeward, bundleOf('batch', post(byNumber(freshNhsNumber()))), {
      path: '/FHIR/R4',
    });
    expect(sent.json.entry[0].response.status).toMatch(/^422/);
  });

  it('is refused where the number is one that the patient had before', async () => {
    const { nhsNumber } = await known(homeward);
    const sent = await transact(homeward, 'RR8', post(byNumber(nhsNumber, { use: 'old' })));
    expect(told(sent.json)).toEqual(['error submission-unknown-patient Bundle.entry[0].resource.patient']);
  });

  it.each([
    ['alone', byNumber],
    ['in a contained Patient', contained],
  ])('is in the record of the patient who is stored: %s', async (_how, named) => {
    const { nhsNumber, patient } = await known(homeward);
    await transact(homeward, 'RX1', post(named(nhsNumber)));
    const [found, ...more] = await find(homeward, `AllergyIntolerance?patient=${patient}`);
    expect(more).toEqual([]);
    expect(await idsIn(patient)).toContain(found.id);
  });

  it('is in the record of the Patient of its own summary, also by a contained Patient', async () => {
    const nhsNumber = freshNhsNumber();
    const summary = withOneMore(freshSummary().nhsNumber(nhsNumber), () => contained(nhsNumber));
    await accepted(homeward, summary);
    const [found] = await find(homeward, `AllergyIntolerance?patient.identifier=${NHS}|${nhsNumber}`);
    expect(found?.resourceType).toBe('AllergyIntolerance');
  });
});

const MRN = 'https://trust.example.nhs.uk/hospital-number';
const byMrn = (value: string, more: object = {}): AnyResource =>
  allergy({ identifier: { system: MRN, value }, ...more });
const containedByMrn = (value: string): AnyResource =>
  allergy(
    { reference: '#p' },
    { contained: [{ resourceType: 'Patient', id: 'p', identifier: [{ system: MRN, value }] }] },
  );
const withMrn = (nhsNumber: string, value: string): SummaryBuilder =>
  freshSummary()
    .nhsNumber(nhsNumber)
    .changed((bundle) => {
      const patient = (bundle.entry as AnyJson[]).find(({ resource }) => resource.resourceType === 'Patient');
      patient.resource.identifier.push({ system: MRN, value });
    });
const UNKNOWN = 'error submission-unknown-patient Bundle.entry[0].resource.patient';

describe('an allergy that names its patient by a hospital number', () => {
  const ways: [string, (value: string) => AnyResource][] = [
    ['alone', byMrn],
    ['with the type Patient', (value) => byMrn(value, { type: 'Patient' })],
    ['in a contained Patient', containedByMrn],
  ];

  it.each(ways)('is in the record of the Patient of its own Bundle: %s', async (how, named) => {
    const nhsNumber = freshNhsNumber();
    const summary = withOneMore(withMrn(nhsNumber, how), () => named(how));
    const sent = await accepted(homeward, summary);
    const { id } = await stored(homeward, sent.submissionId, 'Patient');
    const [found, ...more] = await find(homeward, `AllergyIntolerance?patient=Patient/${id}`);
    expect(more).toEqual([]);
    if (how !== 'in a contained Patient') expect(found.patient.reference).toBe(`Patient/${id}`);
    expect(await idsIn(`Patient/${id}`)).toContain(found.id);

    const [{ resource: patient }] = (summary.build().entry as AnyJson[]).filter(
      ({ resource }) => resource.resourceType === 'Patient',
    );
    expect((await transact(homeward, 'RR8', post(patient as AnyResource), post(named(how)))).status).toBe(
      200,
    );
    expect(await find(homeward, `AllergyIntolerance?patient=Patient/${id}`)).toHaveLength(2);
  });

  it.each(ways)('is refused beside no Patient with it, stored or not: %s', async (how, named) => {
    await accepted(homeward, withMrn(freshNhsNumber(), `stored ${how}`));
    for (const value of [`stored ${how}`, 'of nobody']) {
      const sent = await transact(homeward, 'RR8', post(named(value)));
      expect([sent.status, told(sent.json)]).toEqual([422, [UNKNOWN]]);
    }
    const batch = await send(homeward, bundleOf('batch', post(named(`stored ${how}`))), { path: '/FHIR/R4' });
    expect(batch.json.entry[0].response.status).toMatch(/^422/);
  });

  it('is filed where a search with the number finds the one Patient', async () => {
    await accepted(homeward, withMrn(freshNhsNumber(), 'searched'));
    const sent = await transact(
      homeward,
      'RR8',
      post(allergy({ reference: `Patient?identifier=${MRN}|searched` })),
    );
    expect(sent.status).toBe(200);
  });

  it.each([
    ['Condition', 'subject', { code: { text: 'Asthma' } }],
    ['Flag', 'subject', { status: 'active', code: { text: 'DNACPR' } }],
    ['RelatedPerson', 'patient', {}],
    ['CarePlan', 'subject', { status: 'active', intent: 'plan' }],
  ])('is as well refused as a %s', async (resourceType, element, more) => {
    for (const named of [{ identifier: { system: MRN, value: 'M 1' } }, { display: 'Ruth Archer' }]) {
      const sent = await transact(
        homeward,
        'RR8',
        post({ resourceType, ...more, [element]: named as never }),
      );
      expect(told(sent.json).filter((line) => line.startsWith('error'))).toEqual([
        `error submission-unknown-patient Bundle.entry[0].resource.${element}`,
      ]);
    }
  });
});

describe('an allergy that names its patient by display alone', () => {
  it('is refused in a transaction and in a summary', async () => {
    const sent = await transact(homeward, 'RR8', post(allergy({ display: 'Ruth Archer' })));
    expect([sent.status, told(sent.json)]).toEqual([422, [UNKNOWN]]);
    const summary = withOneMore(freshSummary(), () => allergy({ display: 'Ruth Archer' }));
    const summarised = await send(homeward, summary);
    expect(summarised.status).toBe(422);
    expect(told(summarised.json).join()).toContain('error submission-unknown-patient');
  });
});

describe('a resource that is about no patient', () => {
  it.each([
    [{ identifier: { system: MRN, value: 'W 3' }, type: 'Location' }],
    [{ identifier: { system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'RR8' } }],
    [{ display: 'Ward 3', type: 'Location' }],
  ])('is stored where its subject says so: %j', async (subject) => {
    const flag = { resourceType: 'Flag', status: 'active', code: { text: 'Closed' }, subject } as AnyResource;
    expect((await transact(homeward, 'RR8', post(flag))).status).toBe(200);
  });

  it('may be an Appointment with staff alone', async () => {
    const actor = { identifier: { system: 'https://trust.example.nhs.uk/staff', value: 'N 7' } };
    const meeting = {
      resourceType: 'Appointment',
      status: 'proposed',
      participant: [{ actor, status: 'accepted' }],
    } as unknown as AnyResource;
    expect((await transact(homeward, 'RR8', post(meeting))).status).toBe(200);
  });
});

describe('a contained Patient with the NHS number of another person', () => {
  it('is refused beside the Patient of a summary with another birth date', async () => {
    const nhsNumber = freshNhsNumber();
    const other = contained(nhsNumber, { birthDate: '1999-09-09' });
    const sent = await send(
      homeward,
      withOneMore(freshSummary().nhsNumber(nhsNumber), () => other),
    );
    expect(sent.status).toBe(422);
    expect(told(sent.json).filter((line) => line.startsWith('error'))).toEqual([
      expect.stringContaining('error vw-bundle-21 Bundle.entry['),
    ]);
  });

  it('is a conflict with the stored Patient in a transaction', async () => {
    const { nhsNumber } = await known(homeward);
    const sent = await transact(homeward, 'RX1', post(contained(nhsNumber, { birthDate: '1999-09-09' })));
    expect(sent.status).toBe(409);
    expect(told(sent.json)).toEqual(['error submission-other-person Bundle.entry[0].resource.patient']);
  });

  it('is accepted with a birth date that says less', async () => {
    const { nhsNumber } = await known(homeward);
    const sent = await transact(homeward, 'RX1', post(contained(nhsNumber, { birthDate: '1950' })));
    expect(sent.status).toBe(200);
  });
});

describe('a resource that names no patient, and refers to an entry that is missing', () => {
  const urn = 'urn:uuid:6b9b148f-3a4e-4b57-9c0f-0d6a7c1b2eff';
  const answers = (more: object = {}): AnyResource =>
    ({
      resourceType: 'QuestionnaireResponse',
      status: 'completed',
      encounter: { reference: urn },
      ...more,
    }) as AnyResource;

  it('is refused in a transaction and in a batch, because it would join no record', async () => {
    const sent = await transact(homeward, 'RR8', post(answers()));
    expect(sent.status).toBe(422);
    expect(told(sent.json)).toContain('error submission-entry-missing Bundle.entry[0].resource.encounter');
    const inBatch = await send(homeward, bundleOf('batch', post(answers())), { path: '/FHIR/R4' });
    expect(inBatch.json.entry[0].response.status).toMatch(/^422/);
  });

  it('is stored where another reference says whose it is, and in a summary, with a warning', async () => {
    const { patient, encounter, nhsNumber } = await known(homeward);
    const named = await transact(homeward, 'RR8', post(answers({ subject: { reference: patient } })));
    expect(named.status).toBe(200);
    const list = {
      resourceType: 'List',
      status: 'current',
      mode: 'working',
      entry: [{ item: { reference: urn } }],
    };
    const led = { ...list, encounter: { reference: encounter } } as AnyResource;
    expect((await transact(homeward, 'RR8', post(led))).status).toBe(200);
    const summary = withOneMore(freshSummary().nhsNumber(nhsNumber), () => answers());
    expect(told((await accepted(homeward, summary)).json).join()).toContain('vw-xref-nowhere');
  });
});

describe('a resource that names no patient, and refers to what is not there', () => {
  const ward = 'https://ward.example/Id/stay';
  const stayOf = (value: string): object => ({ encounter: { identifier: { system: ward, value } } });
  const answers = (more: object): AnyResource => ({
    resourceType: 'QuestionnaireResponse',
    status: 'completed',
    ...more,
  });
  const report = (more: object): AnyResource => ({
    resourceType: 'DiagnosticReport',
    status: 'final',
    code: { text: 'Chest' },
    ...more,
  });
  const list = (item: object): AnyResource =>
    ({ resourceType: 'List', status: 'current', mode: 'working', entry: [{ item }] }) as AnyResource;
  const errorsOf = (outcome: AnyJson): string[] => told(outcome).filter((line) => line.startsWith('error'));
  const at = (place: string): string => `error submission-unknown-patient Bundle.entry[0].resource.${place}`;

  it.each<[string, AnyResource, string]>([
    ['a stay by number', answers(stayOf('nobody')), 'encounter'],
    ['a stay by number', report(stayOf('nobody')), 'encounter'],
    ['a stay by id', answers({ encounter: { reference: `Encounter/${crypto.randomUUID()}` } }), 'encounter'],
    [
      'a stay by the id of another server',
      report({ encounter: { reference: 'Encounter/123' } }),
      'encounter',
    ],
    ['a reading by id', list({ reference: `Observation/${crypto.randomUUID()}` }), 'entry[0].item'],
    ['a task', list({ type: 'Task', identifier: { system: ward, value: '1' } }), 'entry[0].item'],
  ])('is refused in a transaction and in a batch: %s', async (_what, resource, place) => {
    const sent = await transact(homeward, 'RR8', post(resource));
    expect([sent.status, errorsOf(sent.json)]).toEqual([422, [at(place)]]);
    const inBatch = await send(homeward, bundleOf('batch', post(resource)), { path: '/FHIR/R4' });
    const [{ response }] = inBatch.json.entry;
    expect([response.status.slice(0, 3), errorsOf(response.outcome)]).toEqual(['422', [at(place)]]);
  });

  it('is refused until the stay is there, and while two patients have its number', async () => {
    const has = (value: string) => (summary: SummaryBuilder) =>
      summary.with('Encounter.identifier', [{ system: ward, value }]);
    expect((await transact(homeward, 'RR8', post(answers(stayOf('V 1'))))).status).toBe(422);
    const { patient } = await known(homeward, has('V 1'));
    const sent = await transact(homeward, 'RR8', post(answers(stayOf('V 1'))));
    expect(sent.status).toBe(200);
    const { id } = await stored(homeward, sent.submissionId, 'QuestionnaireResponse');
    expect(await idsIn(patient)).toContain(id);
    await known(homeward, has('V 1'), { as: 'RXX' });
    expect((await transact(homeward, 'RR8', post(answers(stayOf('V 1'))))).status).toBe(422);
  });

  it('is stored where another reference leads to a patient, and where it is about no patient', async () => {
    const { encounter } = await known(homeward);
    const led = {
      ...list({ reference: `Observation/${crypto.randomUUID()}` }),
      encounter: { reference: encounter },
    };
    const ofWard = answers({ ...stayOf('nobody'), subject: { display: 'Ward 3', type: 'Location' } });
    const nobodys = list({ type: 'Location', display: 'Ward 3' });
    const sent = await transact(homeward, 'RR8', post(led), post(ofWard), post(nobodys));
    expect(sent.status).toBe(200);
    const of = await stored(homeward, sent.submissionId, 'List', 1);
    expect((await transact(homeward, 'RR8', post(list({ reference: `List/${of.id}` })))).status).toBe(200);
  });
});

describe('$validate', () => {
  const verdict = async (...resources: AnyResource[]): Promise<string[]> => {
    const body = bundleOf('transaction', ...resources.map((resource) => post(resource)));
    const reply = await homeward.call('POST', '/FHIR/R4/Bundle/$validate', { body });
    return told(reply.json).filter((line) => line.startsWith('error'));
  };
  const hospital = { system: 'https://example.org/hospital', value: 'H1' };

  it.each<[string, AnyResource]>([
    ['a hospital number', allergy({ identifier: hospital })],
    ['a display', allergy({ display: 'Mrs Smith' })],
    [
      'a contained Patient without an NHS number',
      allergy(
        { reference: '#p' },
        { contained: [{ resourceType: 'Patient', id: 'p', identifier: [hospital] }] },
      ),
    ],
  ])('reports a patient whom submitting does not find: %s', async (_how, resource) => {
    const sent = await transact(homeward, 'RR8', post(resource));
    const refused = told(sent.json).filter((line) => line.startsWith('error'));
    expect(refused.join()).toContain('submission-unknown-patient');
    expect(await verdict(resource)).toEqual(refused);
    const body = bundleOf(
      'batch',
      post(allergy({ reference: `Patient/${crypto.randomUUID()}` })),
      post(resource),
    );
    const inBatch = await homeward.call('POST', '/FHIR/R4/Bundle/$validate', { body });
    expect(told(inBatch.json).filter((line) => line.startsWith('error'))).toEqual(
      refused.map((line) => line.replace('entry[0]', 'entry[1]')),
    );
  });

  it('leaves to submitting what only stored data can answer', async () => {
    const patient = {
      resourceType: 'Patient',
      identifier: [hospital, { system: NHS, value: freshNhsNumber() }],
    };
    expect(await verdict(byNumber(freshNhsNumber()))).toEqual([]);
    expect(await verdict(contained(freshNhsNumber()))).toEqual([]);
    expect(await verdict(allergy({ reference: `Patient/${crypto.randomUUID()}` }))).toEqual([]);
    expect(await verdict(allergy({ reference: 'Patient?identifier=a|b' }))).toEqual([]);
    const found = await verdict(patient as AnyResource, allergy({ identifier: hospital }));
    expect(found.filter((line) => line.includes('unknown-patient'))).toEqual([]);
  });
});
