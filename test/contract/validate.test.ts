/** `$validate`: what a submission would be told, in each way that FHIR gives to ask. */
import type { AnyResource, Json } from '../../src/fhir/types';
import { writeXml } from '../../src/fhir/xml/write-xml';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type CallOptions, type Homeward, type Reply } from '../support/homeward';
import { told, type Told } from '../support/outcome';

let homeward: Homeward;
let patientId: string;
let documentId: string;

beforeAll(async () => {
  homeward = await startHomeward();
  await homeward.call('POST', '/FHIR/R4/Bundle', { body: aSummary().bytes() });
  const idOf = async (type: string): Promise<string> =>
    (await homeward.call('GET', `/FHIR/R4/${type}`)).json.entry[0].resource.id as string;
  patientId = await idOf('Patient');
  documentId = await idOf('DocumentReference');
});
afterAll(() => homeward.close());

const patient = (): AnyResource => (aSummary().build().entry as { resource: AnyResource }[])[0]!.resource;
const ask = (path: string, options: CallOptions = {}): Promise<Reply> =>
  homeward.call('POST', `/FHIR/R4/${path}`, options);
const parameters = (...parameter: Json[]): AnyResource => ({ resourceType: 'Parameters', parameter });
const rulesOf = (reply: Reply): string[] => told(reply).map(({ rule }) => rule);

const NOTHING_WRONG: Told[] = [{ severity: 'information', code: 'informational', rule: 'ok' }];

describe('$validate', () => {
  it('answers 200 and no fault for a valid summary, and stores nothing', async () => {
    const before = (await homeward.call('GET', '/submissions')).json.submissions.length as number;
    const reply = await ask('Bundle/$validate', { body: aSummary().stay(2).bytes() });
    expect(reply.status).toBe(200);
    expect(told(reply)).toEqual(NOTHING_WRONG);
    expect((await homeward.call('GET', '/submissions')).json.submissions).toHaveLength(before);
  });

  it('answers 200 with the faults that a submission would be told', async () => {
    const broken = aSummary().stay(3).without('Encounter.status').bytes();
    const [asked, sent] = [
      await ask('Bundle/$validate', { body: broken }),
      await ask('Bundle', { body: broken }),
    ];
    expect([asked.status, sent.status]).toEqual([200, 422]);
    expect(told(asked)).toEqual(told(sent));
  });

  it('takes XML', async () => {
    const body = Buffer.from(writeXml(aSummary().without('Encounter.status').build()));
    const reply = await ask('Bundle/$validate', {
      body,
      headers: { 'Content-Type': 'application/fhir+xml' },
    });
    expect(rulesOf(reply)).toContain('vw-enc-05');
  });

  it('turns repairs into errors under handling=strict', async () => {
    const body = aSummary().with('Encounter.status', 'final').bytes();
    const reply = await ask('Bundle/$validate', { body, headers: { Prefer: 'handling=strict' } });
    expect(told(reply)).toContainEqual({
      severity: 'error',
      code: 'value',
      rule: 'enc-status-final',
      expression: 'Bundle.entry[2].resource.status',
    });
  });

  it('takes one resource, bare or in Parameters', async () => {
    const bare = await ask('Patient/$validate', { body: patient() });
    const inside = await ask('Patient/$validate', {
      body: parameters({ name: 'resource', resource: patient() }),
    });
    expect([told(bare), told(inside)]).toEqual([NOTHING_WRONG, NOTHING_WRONG]);
  });

  it('refuses a resource of another type than the path names, Parameters without one, and a mode of its own', async () => {
    const faults = [
      await ask('Encounter/$validate', { body: patient() }),
      await ask('Patient/$validate', { body: parameters({ name: 'mode', valueCode: 'create' }) }),
      await ask('Patient/$validate?mode=improve', { body: patient() }),
    ];
    expect(faults.map((reply) => [reply.status, ...rulesOf(reply)])).toEqual([
      [400, 'r4-other-type'],
      [400, 'validate-no-resource'],
      [400, 'validate-mode'],
    ]);
  });

  it('answers 404 for what is no resource type', async () => {
    expect((await ask('Bandle/$validate', { body: patient() })).status).toBe(404);
  });

  it('takes the scope to submit', async () => {
    const token = homeward.token('system/*.rs');
    expect((await ask('Patient/$validate', { token, body: patient() })).status).toBe(403);
  });
});

describe('the mode of $validate', () => {
  it('delete needs no resource, and says that nothing is deleted', async () => {
    const replies = [
      await ask('Patient/$validate', { body: parameters({ name: 'mode', valueCode: 'delete' }) }),
      await ask('Patient/$validate?mode=delete'),
      await ask(`Patient/${patientId}/$validate?mode=delete`),
    ];
    for (const reply of replies)
      expect(told(reply)).toEqual([
        { severity: 'information', code: 'informational', rule: 'validate-delete', expression: 'Patient' },
      ]);
  });

  it('update asks for the id of what is updated', async () => {
    const { id: _id, ...unnamed } = patient();
    const update = (resource: Json, path = 'Patient'): Promise<Reply> =>
      ask(`${path}/$validate`, {
        body: parameters({ name: 'mode', valueCode: 'update' }, { name: 'resource', resource }),
      });
    expect(rulesOf(await update(unnamed))).toContain('validate-update-id');
    expect(told(await update(patient()))).toEqual(NOTHING_WRONG);
    expect(rulesOf(await update(patient(), `Patient/${patientId}`))).toEqual(['validate-update-id']);
    expect(told(await update({ ...patient(), id: patientId }, `Patient/${patientId}`))).toEqual(
      NOTHING_WRONG,
    );
  });
});

describe('the profile of $validate', () => {
  const heartRate = (): AnyResource => ({
    resourceType: 'Observation',
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
    subject: { reference: 'Patient/1' },
    effectiveDateTime: '2025-03-09',
    valueQuantity: { value: 72, unit: '/min', system: 'http://unitsofmeasure.org', code: '/min' },
  });
  const asking = (type: string, resource: AnyResource, profile: string): Promise<Reply> =>
    ask(`${type}/$validate`, {
      body: parameters({ name: 'resource', resource }, { name: 'profile', valueCanonical: profile }),
    });

  it('that is not loaded is a warning', async () => {
    const reply = await asking('Patient', patient(), 'https://example.org/StructureDefinition/mine');
    expect(told(reply)).toEqual([
      { severity: 'warning', code: 'not-found', rule: 'validate-profile-unknown', expression: 'Patient' },
    ]);
  });

  it('that the guidance names is held by the rules of the guidance', async () => {
    const reply = await asking(
      'Patient',
      patient(),
      'https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient',
    );
    expect(told(reply)).toEqual(NOTHING_WRONG);
  });

  it('that is known is applied, though the resource does not claim it', async () => {
    const reply = await asking(
      'Observation',
      heartRate(),
      'http://hl7.org/fhir/StructureDefinition/heartrate',
    );
    expect(told(reply).filter(({ severity }) => severity === 'error')).not.toEqual([]);
    expect(told(reply).every(({ expression }) => expression?.startsWith('Observation'))).toBe(true);
  });

  it('of another type is an error', async () => {
    const reply = await asking('Patient', patient(), 'http://hl7.org/fhir/StructureDefinition/Encounter');
    expect(rulesOf(reply)).toEqual(['validate-profile-type']);
  });

  it('may stand in the URL', async () => {
    const reply = await ask('Patient/$validate?profile=https://example.org/mine', { body: patient() });
    expect(rulesOf(reply)).toEqual(['validate-profile-unknown']);
  });
});

describe('$validate of a stored resource', () => {
  const get = (path: string, options: CallOptions = {}): Promise<Reply> =>
    homeward.call('GET', `/FHIR/R4/${path}`, options);

  it('finds what is stored valid', async () => {
    for (const path of [`Patient/${patientId}`, `DocumentReference/${documentId}`])
      expect(told(await get(`${path}/$validate`))).toEqual(NOTHING_WRONG);
    expect(told(await ask(`Patient/${patientId}/$validate`, { body: parameters() }))).toEqual(NOTHING_WRONG);
  });

  it('answers 404 for what is not there', async () => {
    expect((await get('Patient/00000000-0000-4000-8000-000000000000/$validate')).status).toBe(404);
  });

  it('takes the scope to read it beside that to submit', async () => {
    const path = `Patient/${patientId}/$validate`;
    expect((await get(path, { token: homeward.token('system/Bundle.c') })).status).toBe(403);
    expect((await get(path, { token: homeward.token('system/Patient.r') })).status).toBe(403);
    expect((await get(path, { token: homeward.token('system/Bundle.c system/Patient.r') })).status).toBe(200);
  });
});
