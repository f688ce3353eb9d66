/**
 * A resource that names no patient itself is filed on the patient that its references lead to: the patient's record has
 * it, and searches by patient find it.
 */
import { startHomeward, type Homeward } from '../support/homeward';
import { read, send, stored, storedBy, told, type AnyJson, type Sent } from './sending';
import { about, asTransaction, find, known, post, withOneMore, type Known } from './story';
import { put, transact, type Entry } from './transacting';

let homeward: Homeward;
let a: Known;
let b: Known;
beforeAll(async () => {
  homeward = await startHomeward();
  [a, b] = [await known(homeward), await known(homeward, undefined, { as: 'RXX' })];
});
afterAll(() => homeward.close());

const answersOf = (encounter: AnyJson): AnyJson => ({
  resourceType: 'QuestionnaireResponse',
  status: 'completed',
  encounter,
  item: [{ linkId: '1', answer: [{ valueString: 'Breathless' }] }],
});
const at = (reference: string): AnyJson => ({ reference });
const listOf = (...references: string[]): AnyJson => ({
  resourceType: 'List',
  status: 'current',
  mode: 'working',
  ...(references.length === 0 ? {} : { entry: references.map((reference) => ({ item: { reference } })) }),
});
const order = { resourceType: 'Task', status: 'requested', intent: 'order' };
const groupOf = (...patients: string[]): AnyJson => ({
  resourceType: 'Group',
  type: 'person',
  actual: true,
  ...(patients.length === 0 ? {} : { member: patients.map((reference) => ({ entity: { reference } })) }),
});

/** The whole record, page by page. */
async function everything({ patient }: Known): Promise<string[]> {
  const found: string[] = [];
  let path: string | undefined = `/FHIR/R4/${patient}/$everything`;
  while (path !== undefined) {
    const { json }: AnyJson = await homeward.call('GET', path);
    found.push(...json.entry.map(({ resource }: AnyJson) => `${resource.resourceType}/${resource.id}`));
    const next = json.link.find(({ relation }: AnyJson) => relation === 'next')?.url;
    path = next && new URL(next).pathname + new URL(next).search;
  }
  return found;
}
/** Stores a resource, and expects it in the record of the patient. */
async function isFiled(resource: AnyJson, whose = a): Promise<string> {
  const name = await storedAs(resource);
  expect(await everything(whose)).toContain(name);
  return name;
}
const named = ({ type, id }: { type: string; id: string }): string => `${type}/${id}`;

/** Stores a resource in a transaction of its own, and returns its address. */
async function storedAs(resource: AnyJson, as = 'RR8'): Promise<string> {
  const sent = await transact(homeward, as, post(resource));
  expect([sent.status, ...(sent.status === 200 ? [] : told(sent.json))]).toEqual([200]);
  return named(await stored(homeward, sent.submissionId, resource.resourceType));
}

const leading: readonly [string, () => AnyJson][] = [
  ['QuestionnaireResponse', () => answersOf(at(a.encounter))],
  ['Task', () => ({ ...order, focus: at(a.encounter) })],
  ['Task', () => ({ ...order, input: [{ type: { text: 'x' }, valueReference: at(a.document) }] })],
  ['List', () => listOf(a.observation)],
  [
    'Communication',
    () => ({ resourceType: 'Communication', status: 'completed', encounter: at(a.encounter) }),
  ],
];

describe.each(leading)('a %s that leads to one patient', (type, make) => {
  it('is in the record of that patient alone, and searches by patient find it', async () => {
    const name = await storedAs(make());
    expect(await everything(a)).toContain(name);
    expect(await everything(b)).not.toContain(name);
    const found = await find(homeward, `${type}?patient=${a.patient}&_count=100`);
    expect(found.map(({ id }) => `${type}/${id}`)).toContain(name);
  });
});

describe.each<[string, () => AnyJson]>([
  ['Group', () => groupOf(a.patient)],
  [
    'Linkage',
    () => ({
      resourceType: 'Linkage',
      item: [a.encounter, a.document].map((name) => ({ type: 'source', resource: at(name) })),
    }),
  ],
  [
    'Provenance',
    () => ({
      resourceType: 'Provenance',
      recorded: '2025-03-01T10:00:00Z',
      target: [at(a.encounter)],
      agent: [{ who: { display: 'x' } }],
    }),
  ],
  [
    'MessageHeader',
    () => ({
      resourceType: 'MessageHeader',
      eventUri: 'urn:x',
      source: { endpoint: 'urn:x' },
      focus: [at(a.observation)],
    }),
  ],
])('a %s, which has no search by the patient of what it refers to', (_type, make) => {
  it('is in the record of the patient that it leads to', async () => {
    await isFiled(make());
  });
});

describe('the way to the patient', () => {
  it('may be of any length through what is stored', async () => {
    let name = await storedAs(answersOf(at(a.encounter)));
    for (let length = 0; length < 8; length += 1) name = await storedAs(listOf(name));
    expect(await everything(a)).toContain(name);
  });

  it('may be of any length through the Bundle, in any order', async () => {
    const url = (index: number): string =>
      `urn:uuid:6b9b148f-3a4e-4b57-9c0f-${String(index).padStart(12, '0')}`;
    const chain: Entry[] = [];
    for (let index = 0; index < 600; index += 1)
      chain.push({
        ...post(listOf(index === 599 ? a.encounter : url(index + 1))),
        fullUrl: url(index),
      } as Entry);
    const sent = await transact(homeward, 'RR8', ...chain);
    expect(sent.status).toBe(200);
    const ids = (await storedBy(homeward, sent.submissionId)).map(named);
    const rows = await homeward.app.database.query<{ id: string }>({
      text: `SELECT id FROM other_resource WHERE patient_id = '${a.patient.slice(8)}' AND resource_type = 'List'`,
    });
    expect(rows.map(({ id }) => `List/${id}`)).toEqual(expect.arrayContaining(ids));
  });

  it('may be an identifier of a stay', async () => {
    const { json } = await homeward.call('GET', `/FHIR/R4/${a.encounter}`);
    const [{ system, value }] = json.identifier;
    await isFiled(answersOf({ identifier: { system, value } }));
  });

  it('may be an NHS number, which becomes a literal reference', async () => {
    const identifier = { system: 'https://fhir.nhs.uk/Id/nhs-number', value: a.nhsNumber };
    const name = await storedAs({ ...groupOf(), member: [{ entity: { identifier } }] });
    expect(await everything(a)).toContain(name);
    const [type, id] = name.split('/') as [string, string];
    expect((await read(homeward, { type, id })).member[0].entity.reference).toBe(a.patient);
  });

  it('leads nowhere where nothing is stored, or where what it names is no data of a patient', async () => {
    const nowhere = await transact(homeward, 'RR8', post(listOf(`Encounter/${a.patient.slice(8)}`)));
    expect(nowhere.status).toBe(422);
    const unknown = await storedAs(groupOf(`Patient/${a.encounter.slice(10)}`));
    const empty = await storedAs(listOf());
    const record = await everything(a);
    for (const name of [unknown, empty]) expect(record).not.toContain(name);
  });

  it('does not file what describes medicines, places and people at work', async () => {
    const extension = [{ url: 'https://example.org/x', valueReference: at(a.patient) }];
    const name = await storedAs({ resourceType: 'Medication', extension });
    expect(await everything(a)).not.toContain(name);
  });
});

describe('a summary', () => {
  it('files what refers to its stay on its patient, also one that is new', async () => {
    const fresh = await known(homeward, (summary) =>
      withOneMore(summary, () => {
        const { fullUrl } = (summary.build().entry as AnyJson[]).find(
          ({ resource }) => resource.resourceType === 'Encounter',
        );
        return answersOf(at(fullUrl));
      }),
    );
    const answers = await stored(homeward, fresh.sent.submissionId, 'QuestionnaireResponse');
    expect(await everything(fresh)).toContain(named(answers));
    expect((await find(homeward, `QuestionnaireResponse?patient=${fresh.patient}`)).length).toBe(1);
  });

  it('files what refers to a stored stay of its patient', async () => {
    const summary = withOneMore(about(a), () => ({ ...order, focus: at(a.encounter) }));
    const sent = await send(homeward, asTransaction(summary), { path: '/FHIR/R4' });
    expect(sent.status).toBe(200);
    expect(await everything(a)).toContain(named(await stored(homeward, sent.submissionId, 'Task')));
  });
});

const isConflict = ({ status, json }: Sent, rule: string): void => {
  expect([status, told(json).join('\n')]).toEqual([409, expect.stringContaining(rule)]);
};

describe('the next version', () => {
  it('of a List whose items are removed stays with the patient', async () => {
    const name = await storedAs(listOf(a.observation));
    expect((await transact(homeward, 'RR8', put(name, listOf()))).status).toBe(200);
    expect(await everything(a)).toContain(name);
  });

  it('leads to the same patient', async () => {
    const name = await storedAs(listOf(a.observation));
    isConflict(await transact(homeward, 'RR8', put(name, listOf(b.observation))), 'submission-patient-moves');
    expect((await transact(homeward, 'RR8', put(name, listOf(a.observation, a.encounter)))).status).toBe(200);
    const subject = { subject: at(b.patient) };
    isConflict(
      await transact(homeward, 'RR8', put(name, { ...listOf(), ...subject })),
      'submission-patient-moves',
    );
  });

  it('of what was stored before patients were found by references is filed, and does not move', async () => {
    const [one, other, both] = [
      await storedAs(listOf(a.observation)),
      await storedAs(listOf(a.observation)),
      await storedAs(listOf(a.observation)),
    ];
    const ids = [one, other, both].map((name) => `'${name.slice(5)}'`).join();
    await homeward.app.database.query({
      text: `UPDATE other_resource SET patient_id = NULL WHERE id IN (${ids})`,
    });
    expect((await transact(homeward, 'RR8', put(one, listOf(a.encounter)))).status).toBe(200);
    expect(await everything(a)).toContain(one);
    isConflict(
      await transact(homeward, 'RR8', put(other, listOf(b.observation))),
      'submission-patient-moves',
    );
    const whose = { subject: at(a.patient) };
    expect((await transact(homeward, 'RR8', put(both, { ...listOf(a.encounter), ...whose }))).status).toBe(
      200,
    );
    expect(await everything(a)).toContain(both);
  });

  it('in a correction is the same resource, whether or not it still leads anywhere', async () => {
    const entryOf = (resource: AnyJson) => (): AnyJson => resource;
    const own = (bundle: AnyJson): string =>
      bundle.entry.find(({ resource }: AnyJson) => resource.resourceType === 'Encounter').fullUrl;
    const summary = about(a);
    const full = withOneMore(summary, entryOf(listOf(own(summary.build()))));
    const sent = await send(homeward, full);
    expect(sent.status).toBe(201);
    const list = await stored(homeward, sent.submissionId, 'List');
    const empty = withOneMore(summary, entryOf(listOf())).with('Bundle.meta.versionId', '2');
    const corrected = await send(homeward, empty);
    expect(corrected.status).toBe(201);
    const next = await stored(homeward, corrected.submissionId, 'List');
    expect([next.id, next.version]).toEqual([list.id, 2]);
    expect(await everything(a)).toContain(named(next));
  });
});

describe('a condition that finds what leads to another patient', () => {
  it('is refused', async () => {
    const identifier = [{ system: 'https://example.org/lists', value: 'one' }];
    expect((await transact(homeward, 'RR8', post({ ...listOf(a.observation), identifier }))).status).toBe(
      200,
    );
    const condition = 'identifier=https://example.org/lists|one';
    const again = (name: string): Promise<Sent> =>
      transact(homeward, 'RR8', post({ ...listOf(name), identifier }, condition));
    isConflict(await again(b.observation), 'submission-condition-other-patient');
    expect((await again(a.observation)).status).toBe(200);
  });
});

describe('a chain of resources that lead to nobody', () => {
  const url = (index: number): string =>
    `urn:uuid:7b9b148f-3a4e-4b57-9c0f-${String(index).padStart(12, '0')}`;
  /** Lists, of which each names the one before it. */
  const chain = (first: AnyJson, length: number): Promise<Sent> =>
    transact(
      homeward,
      'RR8',
      ...Array.from({ length }, (_each, index) => ({
        ...post(index === 0 ? first : listOf(url(index - 1))),
        fullUrl: url(index),
      })),
    );
  const isTooFar = ({ status, json }: Sent): void =>
    expect([status, told(json).join()]).toEqual([422, expect.stringContaining('references-too-far')]);
  const lastOf = async ({ status, submissionId }: Sent): Promise<string> => {
    expect(status).toBe(200);
    return named((await storedBy(homeward, submissionId)).at(-1)!);
  };

  it('is refused where it would be too long to follow', async () => {
    isTooFar(await chain(listOf(), 60));
    const last = await lastOf(await chain(listOf(), 40));
    isTooFar(await chain(listOf(last), 20));
    expect(await storedAs(listOf(last))).toContain('List/');
  });

  it('is not shown where updates made it too long, and the refusal is recorded once', async () => {
    let last = await storedAs(listOf());
    for (let times = 0; times < 6; times += 1) {
      const next = await chain(listOf(), 40);
      const [first] = (await storedBy(homeward, next.submissionId)).map(named);
      // The first of a chain is changed to name the last of the one before, whose end is near.
      await homeward.app.database.query({
        text: `UPDATE other_resource SET content = jsonb_set(content::jsonb, '{entry}', '[{"item":{"reference":"${last}"}}]')::text WHERE id = '${first!.slice(5)}'`,
      });
      last = await lastOf(next);
    }
    const refused = await homeward.call('GET', `/FHIR/R4/${last}`);
    expect([refused.status, told(refused.json).join()]).toEqual([
      403,
      expect.stringContaining('owner-unknown'),
    ]);
    const requestId = refused.headers.get('x-request-id')!;
    const events = await find(homeward, `AuditEvent?entity:identifier=${requestId}`);
    expect(events.map(({ outcome }) => outcome)).toEqual(['4']);
    const body = {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [{ request: { method: 'GET', url: last } }],
    };
    const token = homeward.token('system/*.rs');
    expect((await homeward.call('POST', '/FHIR/R4', { body, token })).status).toBe(403);
  });
});
