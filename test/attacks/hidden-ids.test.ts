/**
 * An organisation that writes to, or refers to, resources by ids that the site's policy hides from it: it is answered
 * as if they were not there, and the attempt is on record with the patient whose they are.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';

const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';
const HIDDEN = '9990000018';
const OWN = '9990000026';
const folder = mkdtempSync(join(tmpdir(), 'homeward-hidden-ids-'));
let homeward: Homeward;
/** What is stored, by type. */
let hidden: Record<string, Stored>;
let own: Record<string, Stored>;

interface Stored {
  resourceType: string;
  id: string;
  [name: string]: unknown;
}

const read = (ods: string, path: string): Promise<Reply> =>
  homeward.call('GET', path, { token: homeward.token('system/*.rs system/AuditEvent.rs', ods) });

const storedBy = async (ods: string): Promise<Record<string, Stored>> => {
  const found: Record<string, Stored> = {};
  for (const type of ['Patient', 'Encounter', 'Observation'])
    found[type] = (await read(ods, `/FHIR/R4/${type}`)).json.entry[0].resource as Stored;
  return found;
};

beforeAll(async () => {
  const policyFile = join(folder, 'policy.json');
  writeFileSync(policyFile, JSON.stringify({ reading: { default: 'own-patients' } }));
  homeward = await startHomeward({ POLICY_FILE: policyFile });
  const send = (ods: string, body: string): Promise<Reply> =>
    homeward.call('POST', '/FHIR/R4/Bundle', { token: homeward.token('system/Bundle.c', ods), body });
  const ofAnother = JSON.stringify(aSummary().stay(2).nhsNumber(OWN).build()).replaceAll('RR8', 'ZZ2');
  expect((await send('RR8', JSON.stringify(aSummary().nhsNumber(HIDDEN).build()))).status).toBe(201);
  expect((await send('ZZ2', ofAnother)).status).toBe(201);
  hidden = await storedBy('RR8');
  own = await storedBy('ZZ2');
});
afterAll(async () => {
  await homeward.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Attempt {
  answer: string;
  patients: string[];
}

/** What the server says to ZZ2, without ids and times; and whom the trail names. */
async function attempt(type: 'batch' | 'transaction', entry: object, id: string): Promise<Attempt> {
  const requestId = randomUUID();
  const { status, bytes } = await homeward.call('POST', '/FHIR/R4', {
    token: homeward.token('system/Bundle.c system/*.rs', 'ZZ2'),
    body: { resourceType: 'Bundle', type, entry: [entry] },
    headers: { 'X-Request-ID': requestId },
  });
  const { json } = await read('RR8', `/FHIR/R4/AuditEvent?entity:identifier=${requestId}`);
  /* eslint-disable @typescript-eslint/no-explicit-any -- what comes back, whatever it is */
  const patients = (json.entry ?? []).flatMap(({ resource }: any) =>
    resource.entity.flatMap(({ what }: any) => what?.reference ?? []),
  ) as string[];
  /* eslint-enable @typescript-eslint/no-explicit-any */
  const answer = bytes
    .toString('utf8')
    .replaceAll(id, 'ID')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME');
  return { answer: `${status} ${answer}`, patients };
}

const put = (resource: Stored, id: string, request: object = {}): object => ({
  resource: { ...resource, id },
  request: { method: 'PUT', url: `${resource.resourceType}/${id}`, ...request },
});
const withNumber = (resource: Stored, value: string): Stored => ({
  ...resource,
  identifier: [{ system: NHS_NUMBER, value }],
});
const procedure = (more: object): object => ({
  fullUrl: `urn:uuid:${randomUUID()}`,
  resource: { resourceType: 'Procedure', status: 'completed', code: { text: 'x' }, ...more },
  request: { method: 'POST', url: 'Procedure' },
});

/** Each names a hidden resource of a type by its id, or one that is not there. */
const attempts: readonly [string, 'Patient' | 'Encounter' | 'Observation', (id: string) => object][] = [
  ['a PUT of a stay as it is stored', 'Encounter', (id) => put(hidden.Encounter!, id)],
  ['a PUT of a stay of its own patient', 'Encounter', (id) => put(own.Encounter!, id)],
  ['a PUT with a version', 'Encounter', (id) => put(own.Encounter!, id, { ifMatch: 'W/"9"' })],
  ['a PUT with the right version', 'Encounter', (id) => put(own.Encounter!, id, { ifMatch: 'W/"1"' })],
  ['a PUT of a reading', 'Observation', (id) => put(hidden.Observation!, id)],
  ['a PUT of a reading of its own patient', 'Observation', (id) => put(own.Observation!, id)],
  [
    'a PUT of a reading with a version',
    'Observation',
    (id) => put(own.Observation!, id, { ifMatch: 'W/"9"' }),
  ],
  ['a PUT of the patient', 'Patient', (id) => put(hidden.Patient!, id)],
  ['a PUT of the patient, another number', 'Patient', (id) => put(withNumber(hidden.Patient!, OWN), id)],
  ['a PUT in capitals', 'Encounter', (id) => put(own.Encounter!, id.toUpperCase())],
  ['a DELETE of a stay', 'Encounter', (id) => ({ request: { method: 'DELETE', url: `Encounter/${id}` } })],
  ['a DELETE of the patient', 'Patient', (id) => ({ request: { method: 'DELETE', url: `Patient/${id}` } })],
  ['a PATCH of a stay', 'Encounter', (id) => ({ request: { method: 'PATCH', url: `Encounter/${id}` } })],
  ['a reference to the patient', 'Patient', (id) => procedure({ subject: { reference: `Patient/${id}` } })],
];

describe.each(['transaction', 'batch'] as const)('in a %s', (kind) => {
  it.each(attempts)('%s is answered as if it were not there, and recorded', async (_name, type, entryOf) => {
    const { id } = hidden[type]!;
    const nowhere = randomUUID();
    const there = await attempt(kind, entryOf(id), id);
    const notThere = await attempt(kind, entryOf(nowhere), nowhere);
    expect(there.answer.replaceAll(id.toUpperCase(), 'ID')).toBe(
      notThere.answer.replaceAll(nowhere.toUpperCase(), 'ID'),
    );
    expect(there.patients).toContain(`Patient/${hidden.Patient!.id}`);
  });

  it('a reference to a stay of another patient is refused, and recorded with that patient', async () => {
    const subject = { reference: `Patient/${own.Patient!.id}` };
    const encounter = { reference: `Encounter/${hidden.Encounter!.id}` };
    const { answer, patients } = await attempt(kind, procedure({ subject, encounter }), 'no id');
    expect(answer).toContain('submission-reference-patient');
    expect(patients).toContain(`Patient/${hidden.Patient!.id}`);
  });

  it('the id of a hidden resource in the body of an update is no other than an id of nowhere', async () => {
    const entryOf = (id: string): object => ({
      resource: { ...own.Observation!, id },
      request: { method: 'PUT', url: `Observation/${own.Observation!.id}` },
    });
    await attempt(kind, put(own.Observation!, own.Observation!.id), 'no id');
    const [there, notThere] = [
      await attempt(kind, entryOf(hidden.Observation!.id), 'no id'),
      await attempt(kind, entryOf(randomUUID()), 'no id'),
    ];
    const unnumbered = ({ answer }: Attempt): string => answer.replace(/_history.{3}|W.{6}/g, 'VERSION');
    expect(unnumbered(there)).toBe(unnumbered(notThere));
    expect(there.answer).toContain('200 OK');
  });
});

describe.each(['transaction', 'batch'] as const)('what names no patient itself, in a %s', (kind) => {
  const write = (ods: string, resource: object & { resourceType: string }): Promise<Reply> =>
    homeward.call('POST', '/FHIR/R4', {
      token: homeward.token('system/Bundle.c', ods),
      body: {
        resourceType: 'Bundle',
        id: randomUUID(),
        type: 'transaction',
        entry: [{ resource, request: { method: 'POST', url: resource.resourceType } }],
      },
    });
  const list = (reference?: string): Stored => ({
    resourceType: 'List',
    id: '',
    status: 'current',
    mode: 'working',
    ...(reference === undefined ? {} : { entry: [{ item: { reference } }] }),
  });
  const group: Stored = { resourceType: 'Group', id: '', type: 'person', actual: true };
  const idIn = ({ json }: Reply): string => json.entry[0].response.location.split('/').at(-3);

  it.each<[string, () => Stored]>([
    ['a List of nobody', () => list()],
    ['a Group of nobody', () => group],
    ['a List of a hidden reading', () => list(`Observation/${hidden.Observation!.id}`)],
  ])('%s is updated as if it were not there', async (_name, make) => {
    const { id: _none, ...resource } = make();
    const id = idIn(await write('RR8', resource));
    const nowhere = randomUUID();
    const there = await attempt(kind, put(make(), id), id);
    expect(there.answer).toBe((await attempt(kind, put(make(), nowhere), nowhere)).answer);
    const inBody = (given: string): object => ({
      resource: { ...own.Observation!, id: given },
      request: { method: 'PUT', url: `Observation/${own.Observation!.id}` },
    });
    expect((await attempt(kind, inBody(id), id)).answer).toContain('200 OK');
  });

  it('is not filed on a hidden patient by the id of a stay, and is answered as for an id of nowhere', async () => {
    const task = (id: string): object => ({
      fullUrl: `urn:uuid:${randomUUID()}`,
      resource: {
        resourceType: 'Task',
        status: 'requested',
        intent: 'order',
        focus: { reference: `Encounter/${id}` },
      },
      request: { method: 'POST', url: 'Task' },
    });
    const unnumbered = ({ answer }: Attempt): string => answer.replace(/"id":"[^"]*"/g, '"id"');
    const nowhere = randomUUID();
    const there = await attempt(kind, task(hidden.Encounter!.id), hidden.Encounter!.id);
    expect(unnumbered(there)).toBe(unnumbered(await attempt(kind, task(nowhere), nowhere)));
    expect(there.patients).toContain(`Patient/${hidden.Patient!.id}`);
    const record = await read('RR8', `/FHIR/R4/Patient/${hidden.Patient!.id}/$everything?_type=Task`);
    expect(record.json.entry ?? []).toEqual([]);
    const itsOwn = await attempt(kind, task(own.Encounter!.id), own.Encounter!.id);
    expect(itsOwn.answer).toMatch(/20[01]/);
    const seen = await read('ZZ2', `/FHIR/R4/Patient/${own.Patient!.id}/$everything?_type=Task`);
    expect(seen.json.entry.length).toBeGreaterThan(0);
  });

  it.each<[string, (key: string) => object]>([
    ['a reference that is a search', (key) => ({ encounter: { reference: `Encounter?identifier=${key}` } })],
    ['a condition', () => ({})],
  ])('%s with the identifier of hidden data is recorded with its patient', async (how, more) => {
    const [{ system, value }] = hidden.Encounter!.identifier as [{ system: string; value: string }];
    const identifier = [{ system: 'https://example.org/p', value: `of ${kind}` }];
    const done = { resourceType: 'Procedure', status: 'completed', code: { text: 'x' } };
    const ofHidden = { ...done, identifier, subject: { reference: `Patient/${hidden.Patient!.id}` } };
    expect((await write('RR8', ofHidden)).status).toBe(200);
    const ifNoneExist = `identifier=https://example.org/p|of ${kind}`;
    const subject = { reference: `Patient/${own.Patient!.id}` };
    for (const scope of ['system/Bundle.c system/*.rs', 'system/Bundle.c']) {
      const requestId = randomUUID();
      await homeward.call('POST', '/FHIR/R4', {
        token: homeward.token(scope, 'ZZ2'),
        body: {
          resourceType: 'Bundle',
          id: requestId,
          type: kind,
          entry: [
            {
              resource: { ...done, code: { text: requestId }, subject, ...more(`${system}|${value}`) },
              request: {
                method: 'POST',
                url: 'Procedure',
                ...(how === 'a condition' ? { ifNoneExist } : {}),
              },
            },
          ],
        },
        headers: { 'X-Request-ID': requestId },
      });
      const { json } = await read('RR8', `/FHIR/R4/AuditEvent?entity:identifier=${requestId}`);
      expect(JSON.stringify(json)).toContain(`Patient/${hidden.Patient!.id}`);
    }
  });
});

describe('whoever may see it', () => {
  const asRr8 = (entry: object): Promise<Reply> =>
    homeward.call('POST', '/FHIR/R4', {
      token: homeward.token('system/Bundle.c', 'RR8'),
      body: { resourceType: 'Bundle', type: 'transaction', entry: [entry] },
    });

  it('still refers to the patient by id, and updates the stay, without a scope to read', async () => {
    const refers = await asRr8(procedure({ subject: { reference: `Patient/${hidden.Patient!.id}` } }));
    expect(refers.status).toBe(200);
    const updates = await asRr8(
      put({ ...hidden.Observation!, note: [{ text: 'x' }] }, hidden.Observation!.id),
    );
    expect(updates.status).toBe(200);
  });

  it('is still told that the version is another one, or the number', async () => {
    const { Observation, Patient } = hidden;
    expect((await asRr8(put(Observation!, Observation!.id, { ifMatch: 'W/"99"' }))).status).toBe(412);
    expect((await asRr8(put(withNumber(Patient!, OWN), Patient!.id))).status).toBe(409);
  });
});
