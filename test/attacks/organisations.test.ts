/**
 * One organisation against another, under the strictest policy: what a condition finds, what a type without a patient
 * shows, whose patients are whose, and what an operator's command may send.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { submitterFor } from '../../src/interfaces/cli/submit-locally';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';

const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';
const ODS = 'https://fhir.nhs.uk/Id/ods-organization-code';
const KNOWN = '9990000018';
const folder = mkdtempSync(join(tmpdir(), 'homeward-organisations-'));
const policyFile = join(folder, 'policy.json');
let homeward: Homeward;
let patient: string;
let encounter: { id: string; identifier: { system: string; value: string }[] };

beforeAll(async () => {
  writeFileSync(
    policyFile,
    JSON.stringify({
      submitting: { default: 'own', organisations: { HUB1: ['*'] } },
      reading: {
        default: 'own-patients',
        actingFor: { SUP1: ['GP*'] },
      },
    }),
  );
  homeward = await startHomeward({ POLICY_FILE: policyFile });
  const sent = await homeward.call('POST', '/FHIR/R4/Bundle', { body: aSummary().bytes() });
  expect(sent.status).toBe(201);
  patient = (await read('RR8', 'Patient')).json.entry[0].resource.id;
  encounter = (await read('RR8', 'Encounter')).json.entry[0].resource;
});
afterAll(async () => {
  await homeward.close();
  rmSync(folder, { recursive: true, force: true });
});

const read = (ods: string, path: string): Promise<Reply> =>
  homeward.call('GET', `/FHIR/R4/${path}`, { token: homeward.token('system/*.rs', ods) });
const transaction = (ods: string, entry: object[], scope = 'system/Bundle.c'): Promise<Reply> =>
  homeward.call('POST', '/FHIR/R4', {
    token: homeward.token(scope, ods),
    body: { resourceType: 'Bundle', type: 'transaction', entry },
  });
const post = (resource: { resourceType: string; [name: string]: unknown }, request: object = {}): object => ({
  fullUrl: `urn:uuid:${crypto.randomUUID()}`,
  resource,
  request: { method: 'POST', url: resource.resourceType, ...request },
});
const basic = (subject: object, more: object = {}): object =>
  post({ resourceType: 'Basic', code: { text: 'x' }, subject, ...more });
const statusOf = ({ status, json }: Reply): number | string =>
  status === 200 ? json.entry[0].response.status : status;

describe('a condition of another organisation', () => {
  const mayAsk = 'system/Bundle.c system/*.rs';
  const questions = (): [string, object][] => {
    const byName = `Patient?identifier=${NHS_NUMBER}|${KNOWN}&birthdate=1950-03-14`;
    const stay = `Encounter?identifier=${encounter.identifier[0]!.system}|${encounter.identifier[0]!.value}`;
    const extension = { url: 'urn:e', valueReference: { reference: byName } };
    return [
      ['a reference by NHS number and birth date', basic({ reference: byName })],
      ['a reference by NHS number', basic({ reference: `Patient?identifier=${NHS_NUMBER}|${KNOWN}` })],
      ['a reference by the id', basic({ reference: `Patient?_id=${patient}` })],
      ['a reference to the stay', basic({ reference: stay })],
      ['a reference in an extension', basic({ display: 'x' }, { extension: [extension] })],
      [
        'a reference in a contained resource',
        basic(
          { reference: '#b' },
          {
            contained: [
              { resourceType: 'Basic', id: 'b', code: { text: 'y' }, subject: { reference: byName } },
            ],
          },
        ),
      ],
    ];
  };

  it('finds nothing of a patient whom the policy hides, wherever it stands', async () => {
    for (const [name, entry] of questions()) {
      const hidden = await transaction('EV1', [entry], mayAsk);
      expect([name, hidden.status, hidden.json.issue[0].code]).toEqual([name, 412, 'not-found']);
    }
  });

  it('finds the same for the organisation whose patient it is', async () => {
    const [[, entry]] = questions() as [[string, object]];
    expect((await transaction('RR8', [entry], mayAsk)).status).toBe(200);
  });

  it('finds of one’s own patients what a restricted scope covers, and no other', async () => {
    const by = async (born: string): Promise<number> => {
      const entry = basic({ reference: 'Patient?birthdate=1950-03-14' });
      return (await transaction('RR8', [entry], `system/Bundle.c system/Patient.rs?birthdate=${born}`))
        .status;
    };
    expect([await by('1950-03-14'), await by('1900-01-01')]).toEqual([200, 412]);
  });

  it('of ifNoneExist and of an update creates, as if nothing were there', async () => {
    const resource = {
      resourceType: 'Organization',
      name: 'x',
      identifier: [{ system: 'urn:e', value: 'e1' }],
    };
    const has = '_has:Encounter:service-provider:patient.birthdate=1950-03-14';
    const asked = await transaction('EV1', [post(resource, { ifNoneExist: has })], mayAsk);
    const updated = await transaction(
      'EV1',
      [post(resource, { method: 'PUT', url: `Organization?${has}` })],
      mayAsk,
    );
    expect([statusOf(asked), statusOf(updated)]).toEqual(['201 Created', '201 Created']);
  });

  it('that reaches into a type that it may not search is refused, in a batch too', async () => {
    const resource = {
      resourceType: 'Organization',
      name: 'x',
      identifier: [{ system: 'urn:e', value: 'e2' }],
    };
    const scope = 'system/Bundle.c system/Organization.s';
    for (const query of [
      '_has:Encounter:service-provider:patient.birthdate=1950-03-14',
      '_has:Encounter:service-provider:_has:AuditEvent:entity:action=C',
    ]) {
      const entry = post(resource, { ifNoneExist: query });
      const reply = await transaction('RR8', [entry], scope);
      const batch = await homeward.call('POST', '/FHIR/R4', {
        token: homeward.token(scope, 'RR8'),
        body: { resourceType: 'Bundle', type: 'batch', entry: [entry] },
      });
      expect([query, reply.status, batch.json.entry[0].response.status]).toEqual([query, 403, '403']);
    }
  });

  it.each([
    ['a system alone', 'SYSTEM|'],
    ['a value alone', 'VALUE'],
    ['an empty system', '|VALUE'],
    ['a system alone among others', 'SYSTEM|VALUE,SYSTEM|'],
    ['more than the identifier', `SYSTEM|VALUE&patient:identifier=${NHS_NUMBER}|${KNOWN}`],
  ])('without the search scope needs the whole identifier: %s is refused', async (_name, token) => {
    const [{ system, value }] = encounter.identifier as [{ system: string; value: string }];
    const query = token.replaceAll('SYSTEM', system).replaceAll('VALUE', value);
    const reply = await transaction('RR8', [basic({ reference: `Encounter?identifier=${query}` })]);
    expect([reply.status, reply.json.issue[0].details.coding[0].code]).toEqual([
      403,
      'submission-condition-scope',
    ]);
  });

  it('without the search scope finds by the whole identifier what the policy lets it see', async () => {
    const [{ system, value }] = encounter.identifier as [{ system: string; value: string }];
    const entry = basic({ reference: `Encounter?identifier=${system}|${value}` });
    expect([(await transaction('RR8', [entry])).status, (await transaction('EV1', [entry])).status]).toEqual([
      200, 412,
    ]);
  });

  it('names in the audit trail whom it asks about, found or not, refused or not', async () => {
    const asked: [string, object][] = [
      ['q-number', basic({ reference: `Patient?identifier=${NHS_NUMBER}%7C${KNOWN}&birthdate=1951-01-01` })],
      ['q-refused', basic({ reference: `Patient?birthdate=1950&identifier=${KNOWN}` })],
      ['q-id', basic({ reference: `Encounter?_id=${encounter.id}` })],
    ];
    for (const [id, entry] of asked) {
      await homeward.call('POST', '/FHIR/R4', {
        token: homeward.token(id === 'q-refused' ? 'system/Bundle.c' : mayAsk, 'EV1'),
        body: { resourceType: 'Bundle', type: 'transaction', entry: [entry] },
        headers: { 'X-Request-ID': id },
      });
      const events = await homeward.call('GET', `/FHIR/R4/AuditEvent?patient=Patient/${patient}&_count=100`);
      expect([id, JSON.stringify(events.json).includes(id)]).toEqual([id, true]);
    }
  });
});

describe('a reason for breaking the glass', () => {
  it('opens nothing to a request that writes, in a transaction or a batch, and marks no record of it', async () => {
    const reference = `Patient?identifier=${NHS_NUMBER}|${KNOWN}&birthdate=1950-03-14`;
    const read = { request: { method: 'GET', url: `Patient/${patient}` } };
    const stay = {
      resource: { ...encounter, status: 'planned' },
      request: { method: 'PUT', url: `Encounter/${encounter.id}` },
    };
    const sent = async (type: string, id: string, ...entry: object[]): Promise<unknown> => {
      const { status, json } = await homeward.call('POST', '/FHIR/R4', {
        token: homeward.token('system/Bundle.c system/*.rs', 'EV1'),
        body: { resourceType: 'Bundle', type, entry },
        headers: { 'X-Break-Glass': 'Found unconscious', 'X-Request-ID': id },
      });
      return status === 200
        ? json.entry.map(({ response }: { response: { status: string } }) => response.status)
        : status;
    };
    const marked = async (id: string): Promise<number> => {
      const { json } = await homeward.call('GET', `/FHIR/R4/AuditEvent?entity:identifier=${id}&_count=100`);
      return (json.entry as object[]).filter((each) => JSON.stringify(each).includes('Found unconscious'))
        .length;
    };
    expect([
      await sent('transaction', 'glass-1', basic({ reference })),
      await sent('transaction', 'glass-2', stay),
      await sent('batch', 'glass-3', basic({ reference }), stay),
    ]).toEqual([412, 422, ['412', '422']]);
    expect([await marked('glass-1'), await marked('glass-2'), await marked('glass-3')]).toEqual([0, 0, 0]);
    // What a batch reads is opened, and marked.
    expect(await sent('batch', 'glass-4', read, basic({ reference }))).toEqual(['200', '412']);
    expect(await marked('glass-4')).toBe(1);
  });
});

describe('a type that belongs to no patient', () => {
  it('is closed to others unless it is known to say nothing of patients', async () => {
    const closed = [
      post({ resourceType: 'Group', type: 'person', actual: true }),
      post({ resourceType: 'Schedule', actor: [{ display: 'a clinic' }] }),
      post({ resourceType: 'VerificationResult', status: 'attested' }),
      post({ resourceType: 'Parameters', parameter: [{ name: 'who', valueString: 'somebody' }] }),
      post({ resourceType: 'BiologicallyDerivedProduct' }),
      post({ resourceType: 'Medication', code: { text: 'a medicine' } }),
    ];
    const sent = await transaction('RR8', closed);
    expect(sent.status).toBe(200);
    const statuses: string[] = [];
    for (const { response } of sent.json.entry as { response: { location: string } }[]) {
      const [type, id] = response.location.replace(/^.*\/FHIR\/R4\//, '').split('/') as [string, string];
      const found = (await read('EV1', `${type}?_summary=count`)).json.total as number;
      statuses.push(`${type} ${(await read('EV1', `${type}/${id}`)).status} ${found}`);
    }
    expect(statuses).toEqual([
      'Group 404 0',
      'Schedule 404 0',
      'VerificationResult 404 0',
      'Parameters 404 0',
      'BiologicallyDerivedProduct 404 0',
      'Medication 200 1',
    ]);
  });
});

describe('an organisation’s own patients', () => {
  const person = (more: object): { resourceType: string; [name: string]: unknown } => ({
    resourceType: 'Patient',
    identifier: [{ system: NHS_NUMBER, value: KNOWN }],
    name: [{ family: "O'Brien" }],
    birthDate: '1950-03-14',
    ...more,
  });
  const practice = (code: string): object => ({ identifier: { system: ODS, value: code } });
  const organization = (code: string): { resourceType: string; [name: string]: unknown } => ({
    resourceType: 'Organization',
    name: code,
    identifier: [{ system: ODS, value: code }],
  });
  const sees = async (ods: string): Promise<number> =>
    (await read(ods, 'DocumentReference?_summary=count')).json.total as number;

  it('are not those into whom it writes itself as the practice', async () => {
    const [org, role] = [organization('EV2'), { resourceType: 'PractitionerRole' }];
    const [orgUrl, roleUrl] = [
      'urn:uuid:9c0f2a52-3f0e-4ac5-9d4a-1f0f6c7f3a01',
      'urn:uuid:9c0f2a52-3f0e-4ac5-9d4a-1f0f6c7f3a02',
    ];
    const attempts: object[][] = [
      [post(person({ generalPractitioner: [practice('EV2')] }))],
      [post(person({ managingOrganization: practice('EV2') }))],
      [post(person({ generalPractitioner: [{ reference: orgUrl }] })), { ...post(org), fullUrl: orgUrl }],
      [post(person({ generalPractitioner: [{ reference: `Organization?identifier=${ODS}|EV2` }] }))],
      [
        post(person({ generalPractitioner: [{ reference: roleUrl }] })),
        { ...post({ ...role, organization: practice('EV2') }), fullUrl: roleUrl },
      ],
    ];
    for (const entries of attempts) {
      const sent = await transaction('EV2', entries);
      expect([200, 403]).toContain(sent.status);
      expect(await sees('EV2')).toBe(0);
    }
    const summary = await homeward.call('POST', '/FHIR/R4/Bundle', {
      token: homeward.token('system/Bundle.c', 'HUB1'),
      body: aSummary()
        .stay(2)
        .with('Patient.generalPractitioner', [practice('EV2')] as never)
        .bytes(),
    });
    expect([summary.status, await sees('EV2')]).toEqual([201, 2]);
  });

  it('stay its own whoever writes the Patient afterwards, and the practice too', async () => {
    await transaction('EV3', [post(person({ generalPractitioner: [practice('EV3')] }))]);
    expect([await sees('RR8'), await sees('EV2'), await sees('EV3')]).toEqual([2, 2, 0]);
  });

  it('are not those for whom a caller that acts for it wrote it in', async () => {
    const sent = await transaction('SUP1', [post(person({ generalPractitioner: [practice('GP9')] }))]);
    const found = await homeward.call('GET', '/FHIR/R4/Patient?_summary=count', {
      token: homeward.token('system/*.rs', 'SUP1'),
      headers: { 'NHSD-End-User-Organisation-ODS': 'GP9' },
    });
    expect([sent.status, found.json.total]).toEqual([200, 0]);
  });

  it('are no longer a practice’s when the sender that named it names another', async () => {
    await homeward.call('POST', '/FHIR/R4/Bundle', {
      token: homeward.token('system/Bundle.c', 'HUB1'),
      body: aSummary()
        .stay(3)
        .with('Patient.generalPractitioner', [practice('GP2')] as never)
        .bytes(),
    });
    expect([await sees('EV2'), await sees('GP2')]).toEqual([0, 3]);
  });
});

describe('a client that is called like an organisation', () => {
  it('is another sender: it reads, corrects and withdraws nothing of the organisation’s', async () => {
    const token = homeward.sign({
      scope: 'system/Bundle.crs system/*.rs',
      ttlSeconds: 60,
      sub: 'RR8',
    } as never);
    const found = await homeward.call('GET', '/FHIR/R4/Bundle?_summary=count', { token });
    const corrected = await homeward.call('POST', '/FHIR/R4/Bundle', {
      token,
      body: aSummary().correction(2).without('DocumentReference.custodian').bytes(),
    });
    const kept = await homeward.call('GET', `/submissions/${corrected.headers.get('x-submission-id')}`);
    expect([found.json.total, kept.json.sender, kept.json.replaces]).toEqual([0, 'client:RR8', undefined]);
  });
});

describe('an operator’s command', () => {
  it('is held to the site’s policy, and is recorded with its road', async () => {
    const outcomes: string[] = [];
    for (const ods of ['ZZ9', undefined, 'RR8']) {
      const submitted = await submitterFor(homeward.app, ods, 'default')(aSummary().stay(7).bytes(), 'json');
      const id = submitted.ok ? submitted.receipt.submissionId : submitted.refusal.submissionId;
      const { json } = await homeward.call('GET', `/submissions/${id}`);
      outcomes.push(`${json.sender} ${json.clientId} ${json.door} ${json.httpStatus}`);
      const events = await homeward.call('GET', `/FHIR/R4/AuditEvent?entity=Bundle/${id}&action=C`);
      expect(JSON.stringify(events.json)).toContain('"detail":[{"type":"door","valueString":"cli"}]');
    }
    expect(outcomes).toEqual(['ZZ9 cli cli 403', 'client:cli cli cli 403', 'RR8 cli cli 201']);
  });
});
