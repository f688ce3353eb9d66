/**
 * A question by the number of a stay names the patient of the stay in the record, however much a sender has stored
 * under the same number, or under other numbers of the same question.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nhsNumberOf } from '../../src/demo/nhs-number';
import type { AnyResource } from '../../src/fhir/types';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';

const NUMBERS = 100;
const RESOURCES = 210;
const scope = 'system/Bundle.crs system/*.rs';
const folder = mkdtempSync(join(tmpdir(), 'homeward-flooded-identifiers-'));
let homeward: Homeward;
let patient: string;

const manyNumbers = Array.from({ length: NUMBERS }, (_, each) => ({ system: 'urn:f', value: String(each) }));
const victims = {
  Encounter: { system: 'urn:example:stay', value: 'HID1' },
  Observation: { system: 'urn:example:reading', value: 'HID2' },
  DocumentReference: { system: 'urn:example:document', value: 'HID3' },
};

beforeAll(async () => {
  const policyFile = join(folder, 'policy.json');
  const organisations = { DC1: 'direct-care' };
  writeFileSync(policyFile, JSON.stringify({ reading: { default: 'own-patients', organisations } }));
  homeward = await startHomeward({ POLICY_FILE: policyFile });
  const hidden = aSummary()
    .with('Encounter.identifier', [victims.Encounter])
    .with('Observation.identifier', [victims.Observation])
    .with('DocumentReference.masterIdentifier', victims.DocumentReference);
  expect((await homeward.call('POST', '/FHIR/R4/Bundle', { body: hidden.bytes() })).status).toBe(201);
  patient = (await homeward.call('GET', '/FHIR/R4/Patient')).json.entry[0].resource.id;
});
afterAll(async () => {
  await homeward.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Stores a summary of the sender's own patient with very many resources of a type, each with the identifiers. */
async function flood(
  seed: number,
  type: 'Encounter' | 'Observation',
  identifier: readonly { system: string; value: string }[],
): Promise<void> {
  const token = homeward.token(scope, 'DC1');
  const summary = aSummary()
    .nhsNumber(nhsNumberOf(seed))
    .stay(seed)
    .with('Organization.identifier[0].value', 'DC1')
    .changed((bundle) => {
      const entries = bundle.entry as { fullUrl: string; resource: AnyResource }[];
      const { resource } = entries.find((each) => each.resource.resourceType === type)!;
      for (let each = 0; each < RESOURCES; each += 1) {
        const id = randomUUID();
        entries.push({
          fullUrl: `urn:uuid:${id}`,
          resource: { ...resource, id, identifier: [...identifier] },
        });
      }
    });
  const { status } = await homeward.call('POST', '/FHIR/R4/Bundle', { token, body: summary.bytes() });
  expect(status).toBe(201);
}

/** Stores stays of ten other patients under a number, by another sender. */
async function tenOthers(seed: number, number: { system: string; value: string }): Promise<void> {
  for (let each = seed; each < seed + 10; each += 1) {
    const summary = aSummary()
      .nhsNumber(nhsNumberOf(each))
      .stay(each)
      .with('Organization.identifier[0].value', 'DC1')
      .with('Encounter.identifier', [number]);
    const token = homeward.token(scope, 'DC1');
    const { status } = await homeward.call('POST', '/FHIR/R4/Bundle', { token, body: summary.bytes() });
    expect(status).toBe(201);
  }
}

/** Whether the trail names the patient of the number for a search. */
async function isNamed(query: string): Promise<boolean> {
  const requestId = randomUUID();
  const { status } = await homeward.call('GET', `/FHIR/R4/${query}`, {
    token: homeward.token(scope, 'DC1'),
    headers: { 'X-Request-ID': requestId },
  });
  expect(status).toBe(200);
  const events = await homeward.call('GET', `/FHIR/R4/AuditEvent?entity:identifier=${requestId}`);
  return JSON.stringify(events.json).includes(`"Patient/${patient}"`);
}

/** Questions that show nothing of the patient of the number, and tell something of them. */
const questions = (type: keyof typeof victims, others: string): string[] => {
  const { system, value } = victims[type];
  return [`${system}|${value}`, value].flatMap((number) => {
    const asked = `${others}${number}`;
    return [
      `${type}?identifier=${asked}&patient.birthdate=ne1950-03-15&_summary=count`,
      `${type}?identifier=${asked}&patient.family=Zz`,
      type === 'DocumentReference'
        ? `Patient?_has:${type}:patient:identifier=${asked}&family=Zz`
        : `Patient?_has:${type}:subject:identifier=${asked}&family=Zz`,
      ...(type === 'Encounter'
        ? [
            `Organization?_has:Encounter:service-provider:identifier=${asked}`,
            `Observation?encounter.identifier=${asked}&status=cancelled`,
            `QuestionnaireResponse?encounter.identifier=${asked}`,
          ]
        : []),
    ];
  });
};

async function unnamed(asked: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const query of asked) if (!(await isNamed(query))) found.push(query);
  return found;
}

describe('a question by the number of a stay, a reading or a document', () => {
  it('names its patient among numbers that one other patient has on very many stays', async () => {
    await flood(2, 'Encounter', manyNumbers);
    const many = manyNumbers.map(({ system, value }) => `${system}|${value},`).join('');
    const bare = manyNumbers.map(({ value }) => `${value},`).join('');
    for (const others of [many, bare]) expect(await unnamed(questions('Encounter', others))).toEqual([]);
  });

  it('names its patient among numbers that one other patient has on very many readings', async () => {
    await flood(3, 'Observation', manyNumbers);
    const many = manyNumbers.map(({ system, value }) => `${system}|${value},`).join('');
    for (const type of ['Observation', 'DocumentReference'] as const)
      expect(await unnamed(questions(type, many))).toEqual([]);
  });

  it('names its patient where one other patient has very many stays under it', async () => {
    await flood(4, 'Encounter', [victims.Encounter]);
    expect(await unnamed(questions('Encounter', ''))).toEqual([]);
  });

  it('names its patient where one other patient has very many readings under it', async () => {
    await flood(5, 'Observation', [victims.Observation]);
    expect(await unnamed(questions('Observation', ''))).toEqual([]);
  });

  it('names its patient where another sender has stored ten patients under it since', async () => {
    await tenOthers(10, victims.Encounter);
    expect(await unnamed(questions('Encounter', ''))).toEqual([]);
    expect(await unnamed(questions('Encounter', 'urn:f|1,'))).toEqual([]);
  });

  it('names its patient where another sender has stored ten patients under it before', async () => {
    const number = { system: victims.Encounter.system, value: 'HID4' };
    await tenOthers(30, number);
    const summary = aSummary().stay(40).with('Encounter.identifier', [number]);
    expect((await homeward.call('POST', '/FHIR/R4/Bundle', { body: summary.bytes() })).status).toBe(201);
    const asked = questions('Encounter', '').map((each) => each.replaceAll('HID1', number.value));
    expect(await unnamed(asked)).toEqual([]);
  });

  it('names its patient in the record of a condition of a submission', async () => {
    const requestId = randomUUID();
    const { system, value } = victims.Encounter;
    const numbers = manyNumbers.map((each) => `${each.system}|${each.value}`).join(',');
    const resource = {
      resourceType: 'Basic',
      code: { text: 'x' },
      extension: [
        {
          url: 'urn:e',
          valueReference: { reference: `Encounter?identifier=${numbers},${system}|${value}&status=planned` },
        },
      ],
    };
    await homeward.call('POST', '/FHIR/R4', {
      token: homeward.token(scope, 'DC1'),
      body: {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [{ fullUrl: `urn:uuid:${randomUUID()}`, resource, request: { method: 'POST', url: 'Basic' } }],
      },
      headers: { 'X-Request-ID': requestId },
    });
    const events = await homeward.call('GET', `/FHIR/R4/AuditEvent?entity:identifier=${requestId}`);
    expect(JSON.stringify(events.json)).toContain(`"Patient/${patient}"`);
  });
});
