/**
 * Attempts to put data on a wrong record, or to read past the policy, through resources that name no patient: by cycles,
 * spellings, contained resources, documents, conditions, and resources that everybody may read.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnyResource } from '../../src/fhir/types';
import { startHomeward, type Homeward } from '../support/homeward';
import { stored, storedBy, told, type AnyJson, type Sent } from '../semantics/sending';
import { find, known, NHS, post, type Known } from '../semantics/story';
import { put, transact, type Entry } from '../semantics/transacting';

const folder = mkdtempSync(join(tmpdir(), 'homeward-led-astray-'));
const policyFile = join(folder, 'policy.json');
let homeward: Homeward;
let a: Known;
let b: Known;
beforeAll(async () => {
  const reading = { default: 'direct-care', organisations: { ZZ2: 'own-patients' } };
  writeFileSync(policyFile, JSON.stringify({ reading }));
  homeward = await startHomeward({ POLICY_FILE: policyFile });
  [a, b] = [await known(homeward), await known(homeward)];
});
afterAll(async () => {
  await homeward.close();
  rmSync(folder, { recursive: true, force: true });
});

const at = (reference: string): AnyJson => ({ reference });
const task = (more: object): AnyResource =>
  ({ resourceType: 'Task', status: 'requested', intent: 'order', ...more }) as AnyResource;
const list = (...references: string[]): AnyResource =>
  ({
    resourceType: 'List',
    status: 'current',
    mode: 'working',
    ...(references.length === 0 ? {} : { entry: references.map((reference) => ({ item: at(reference) })) }),
  }) as AnyResource;
const named = (fullUrl: string, entry: Entry): Entry => ({ ...entry, fullUrl }) as Entry;
const url = (): string => `urn:uuid:${randomUUID()}`;

/** The patients whose rows a submission wrote, by type. */
async function filed({ submissionId }: Sent, type: string): Promise<(string | null)[]> {
  const ids = (await storedBy(homeward, submissionId))
    .filter((each) => each.type === type)
    .map(({ id }) => id);
  const table = { Location: 'location', Encounter: 'encounter' }[type] ?? 'other_resource';
  const rows = await homeward.app.database.query<{ patient_id: string | null }>(
    { text: `SELECT patient_id FROM "${table}" WHERE id = ANY($1::uuid[])` },
    [ids],
  );
  return rows.map(({ patient_id: id }) => id && `Patient/${id}`);
}
const ok = (sent: Sent): Sent => {
  expect([sent.status, ...(sent.status === 200 ? [] : told(sent.json))]).toEqual([200]);
  return sent;
};
const refusedFor = ({ status, json }: Sent, code: number, rule: string): void =>
  expect([status, told(json).join()]).toEqual([code, expect.stringContaining(rule)]);

describe('a cycle of Lists', () => {
  it('that leads to one patient is of that patient, to two is refused', async () => {
    const [one, two] = [url(), url()];
    const cycle = (first: string, second: string): Promise<Sent> =>
      transact(homeward, 'RR8', named(one, post(list(two, first))), named(two, post(list(one, second))));
    expect(await filed(ok(await cycle(a.observation, a.encounter)), 'List')).toEqual([a.patient, a.patient]);
    refusedFor(await cycle(a.observation, b.observation), 422, 'submission-reference-patient');
  });
});

describe('a reference', () => {
  it.each<[string, (name: string) => string]>([
    ['to a version', (name) => `${name}/_history/1`],
    ['at another address', (name) => `https://example.org/fhir/${name}`],
    ['in capitals', (name) => name.replace(/[0-9a-f-]{36}/, (id) => id.toUpperCase())],
  ])('%s leads to the same patient, and beside another is refused', async (_how, spelled) => {
    const sent = ok(await transact(homeward, 'RR8', post(list(spelled(a.encounter)))));
    expect(await filed(sent, 'List')).toEqual([a.patient]);
    const mixed = await transact(homeward, 'RR8', post(list(spelled(a.encounter), b.encounter)));
    refusedFor(mixed, 422, 'submission-reference-patient');
  });

  it('in a contained resource or an extension leads to the patient, and beside another is refused', async () => {
    const contained = [
      { resourceType: 'QuestionnaireResponse', id: 'q', status: 'completed', encounter: at(a.encounter) },
    ];
    const extension = [{ url: 'https://example.org/x', valueReference: at(b.encounter) }];
    const inside = task({ contained, focus: at('#q') });
    expect(await filed(ok(await transact(homeward, 'RR8', post(inside))), 'Task')).toEqual([a.patient]);
    const both = await transact(homeward, 'RR8', post({ ...inside, extension }));
    refusedFor(both, 422, 'submission-reference-patient');
  });

  it('to the address of a document leads to its patient', async () => {
    const { json } = await homeward.call('GET', `/FHIR/R4/${a.document}`);
    const binary = String(json.content[0].attachment.url);
    const told = { resourceType: 'Communication', status: 'completed' };
    const payload = [{ contentAttachment: { contentType: 'application/pdf', url: binary } }];
    const sent = ok(await transact(homeward, 'RR8', post({ ...told, payload } as AnyResource)));
    expect(await filed(sent, 'Communication')).toEqual([a.patient]);
  });

  it('to an entry whose condition finds a stored stay leads to the patient of that stay', async () => {
    const stay = (await find(homeward, `Encounter?_id=${a.encounter.slice(10)}`))[0];
    const key = `${stay.identifier[0].system}|${stay.identifier[0].value}`;
    const body = {
      resourceType: 'Procedure',
      status: 'completed',
      code: { text: 'x' },
      subject: at(a.patient),
    };
    const ofStay = task({ encounter: at(`Encounter?identifier=${key}`) });
    expect(await filed(ok(await transact(homeward, 'RR8', post(ofStay))), 'Task')).toEqual([a.patient]);
    const done = { ...body, identifier: [{ system: 'https://example.org/p', value: 'one' }] } as AnyResource;
    ok(await transact(homeward, 'RR8', post(done)));
    const full = url();
    const again = { ...done, subject: at(b.patient) } as AnyResource;
    const found = named(full, post(again, 'identifier=https://example.org/p|one'));
    refusedFor(
      await transact(homeward, 'RR8', found, post(task({ focus: at(full) }))),
      409,
      'submission-condition-other-patient',
    );
  });
});

describe('a Group that had no members', () => {
  it('becomes that of one patient, and then never of another', async () => {
    const group = (...members: string[]): AnyResource =>
      ({
        resourceType: 'Group',
        type: 'person',
        actual: true,
        ...(members.length === 0 ? {} : { member: members.map((member) => ({ entity: at(member) })) }),
      }) as AnyResource;
    const sent = ok(await transact(homeward, 'RR8', post(group())));
    const name = `Group/${(await stored(homeward, sent.submissionId, 'Group')).id}`;
    expect(await filed(ok(await transact(homeward, 'RR8', put(name, group(a.patient)))), 'Group')).toEqual([
      a.patient,
    ]);
    refusedFor(await transact(homeward, 'RR8', put(name, group(b.patient))), 409, 'submission-patient-moves');
    refusedFor(await transact(homeward, 'RR8', put(name, group(a.patient, b.patient))), 422, 'vw-bundle-21');
  });
});

describe('what everybody may read', () => {
  it('leads nobody else’s data to a patient', async () => {
    const extension = [{ url: 'https://example.org/x', valueReference: at(a.patient) }];
    const place = { resourceType: 'Location', name: 'Ward', extension } as AnyResource;
    const sent = ok(await transact(homeward, 'RXX', post(place)));
    const location = `Location/${(await stored(homeward, sent.submissionId, 'Location')).id}`;
    expect(await filed(sent, 'Location')).toEqual([null]);
    const here = await transact(homeward, 'RR8', post(task({ location: at(location) })));
    expect(await filed(ok(here), 'Task')).toEqual([null]);
  });
});

describe('an organisation that does not see a patient', () => {
  const asZz2 = (path: string): Promise<AnyJson> =>
    homeward.call('GET', `/FHIR/R4/${path}`, { token: homeward.token('system/*.rs', 'ZZ2') });

  it.each<[string, (name: Known) => AnyResource]>([
    ['a Task', ({ encounter }) => task({ focus: at(encounter) })],
    ['a List', ({ observation }) => list(observation)],
    [
      'a Group',
      ({ patient }) =>
        ({
          resourceType: 'Group',
          type: 'person',
          actual: true,
          member: [{ entity: at(patient) }],
        }) as AnyResource,
    ],
    [
      'a stay of its own that is part of a hidden one',
      ({ encounter }) =>
        ({
          resourceType: 'Encounter',
          status: 'finished',
          class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'VR' },
          partOf: at(encounter),
          serviceProvider: {
            identifier: { system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'ZZ2' },
          },
        }) as AnyResource,
    ],
  ])('gains no sight of the patient by an id: %s', async (_what, make) => {
    const sent = await transact(homeward, 'ZZ2', post(make(a)));
    if (sent.status === 200) {
      const type = make(a).resourceType;
      expect(await filed(sent, type)).toEqual([null]);
      const { id } = await stored(homeward, sent.submissionId, type);
      expect((await asZz2(`${type}/${id}`)).status).toBe(404);
    }
    expect((await asZz2(a.patient)).status).toBe(404);
    expect((await asZz2(`${a.patient}/$everything`)).status).toBe(404);
    for (const type of ['Task', 'List', 'Group', 'Encounter', 'Observation'])
      expect((await asZz2(`${type}?_count=1`)).json.entry ?? []).toEqual([]);
  });

  it('names a patient by NHS number as before, and reads nothing of the patient by it', async () => {
    const identifier = { system: NHS, value: a.nhsNumber };
    const group = {
      resourceType: 'Group',
      type: 'person',
      actual: true,
      member: [{ entity: { identifier } }],
    };
    const sent = ok(await transact(homeward, 'ZZ2', post(group as AnyResource)));
    expect(await filed(sent, 'Group')).toEqual([a.patient]);
    expect((await asZz2('Group?_count=1')).json.entry ?? []).toEqual([]);
    expect((await asZz2(a.patient)).status).toBe(404);
  });
});
