/** Whoever reads what no single patient owns is in the audit trail of each patient whose data it shows. */
import { startHomeward, type Homeward } from '../support/homeward';
import { storedBy, type AnyJson } from '../semantics/sending';
import { find, known, post, type Known } from '../semantics/story';
import { put, transact, type Entry } from '../semantics/transacting';

let homeward: Homeward;
let a: Known;
let b: Known;
let submission: string;
beforeAll(async () => {
  homeward = await startHomeward();
  [a, b] = [await known(homeward), await known(homeward)];
  const sent = await transact(homeward, 'RX1', problem(a.patient), problem(b.patient), loose());
  submission = sent.submissionId;
});
afterAll(() => homeward.close());

const problem = (patient: string): Entry =>
  post({ resourceType: 'Condition', code: { text: 'Asthma' }, subject: { reference: patient } });
const loose = (): Entry =>
  post({ resourceType: 'Binary', contentType: 'text/plain', data: Buffer.from('both').toString('base64') });

/** How many records of this request each patient has. */
async function recordsOf(requestId: string, ...patients: Known[]): Promise<number[]> {
  const counts: number[] = [];
  for (const { nhsNumber } of patients) {
    const report = await homeward.call('GET', `/access-report?nhs-number=${nhsNumber}`);
    counts.push(report.json.rows.filter((row: AnyJson) => row.requestId === requestId).length);
  }
  return counts;
}
const requestIdOf = ({ headers }: { headers: Headers }): string => headers.get('x-request-id')!;

describe('a submission about two patients', () => {
  it.each(['Bundle?_count=1', 'Bundle/_history?_count=1'])(
    'is recorded of each when %s shows it',
    async (url) => {
      const shown = await homeward.call('GET', `/FHIR/R4/${url}`);
      expect(shown.json.entry[0].resource.id).toBe(submission);
      expect(await recordsOf(requestIdOf(shown), a, b)).toEqual([1, 1]);
      const body = { resourceType: 'Bundle', type: 'batch', entry: [{ request: { method: 'GET', url } }] };
      const token = homeward.token('system/Bundle.rs system/AuditEvent.rs');
      const inBatch = await homeward.call('POST', '/FHIR/R4', { body, token });
      expect(inBatch.json.entry[0].resource.entry[0].resource.id).toBe(submission);
      expect(await recordsOf(requestIdOf(inBatch), a, b)).toEqual([1, 1]);
    },
  );

  it('is recorded of each when its AuditEvent is read or found', async () => {
    const found = await homeward.call('GET', `/FHIR/R4/AuditEvent?entity=Bundle/${submission}&action=C`);
    expect(found.json.entry).toHaveLength(1);
    const [{ resource }] = found.json.entry;
    const page = await homeward.call('GET', '/FHIR/R4/AuditEvent?subtype=transaction&_count=1');
    expect(page.json.entry[0].resource.id).toBe(resource.id);
    expect(await recordsOf(requestIdOf(page), a, b)).toEqual([1, 1]);
    const read = await homeward.call('GET', `/FHIR/R4/AuditEvent/${resource.id}`);
    expect(await recordsOf(requestIdOf(read), a, b)).toEqual([1, 1]);
  });

  it('is recorded of each when a Binary of it is read', async () => {
    const { id } = (await storedBy(homeward, submission)).find(({ type }) => type === 'Binary')!;
    const read = await homeward.call('GET', `/FHIR/R4/Binary/${id}`);
    expect(read.status).toBe(200);
    expect(await recordsOf(requestIdOf(read), a, b)).toEqual([1, 1]);
  });
});

const answers = (stay: string): AnyJson => ({
  resourceType: 'QuestionnaireResponse',
  status: 'completed',
  encounter: { reference: stay },
});
const leading: [type: string, resource: () => AnyJson][] = [
  ['QuestionnaireResponse', () => answers(a.encounter)],
  [
    'Task',
    () => ({ resourceType: 'Task', status: 'requested', intent: 'order', focus: { reference: a.encounter } }),
  ],
  [
    'List',
    () => ({
      resourceType: 'List',
      status: 'current',
      mode: 'working',
      entry: [{ item: { reference: a.observation } }],
    }),
  ],
  [
    'Group',
    () => ({
      resourceType: 'Group',
      type: 'person',
      actual: true,
      member: [{ entity: { reference: a.patient } }],
    }),
  ],
];

describe.each(leading)('a %s that leads to one patient', (type, resource) => {
  let id: string;
  beforeAll(async () => {
    const sent = await transact(homeward, 'RR8', post(resource()));
    expect(sent.status).toBe(200);
    [{ id }] = await find(homeward, `${type}?_sort=-_lastUpdated&_count=1`);
  });

  it.each(['', '?_count=1', '/_history'])('is recorded of the patient when it is read (%s)', async (how) => {
    const url = how.startsWith('?') ? `${type}${how}&_sort=-_lastUpdated` : `${type}/${id}${how}`;
    const shown = await homeward.call('GET', `/FHIR/R4/${url}`);
    expect(JSON.stringify(shown.json)).toContain(id);
    expect(await recordsOf(requestIdOf(shown), a, b)).toEqual([1, 0]);
  });

  it('is recorded of the patient when an update by another sender is refused', async () => {
    const body = { ...resource(), id };
    const sent = await transact(homeward, 'RX1', put(`${type}/${id}`, body));
    expect(sent.status).toBeGreaterThanOrEqual(400);
    expect(await recordsOf(requestIdOf(sent), a, b)).toEqual([1, 0]);
  });
});

describe('a page of $everything that begins at the cursor of another search', () => {
  it('is recorded of the patient whom that search asks about', async () => {
    const first = await homeward.call('GET', `/FHIR/R4/Observation?patient=${b.patient}&_count=1`);
    const { url } = first.json.link.find(({ relation }: AnyJson) => relation === 'next');
    const page = encodeURIComponent(`Observation.${new URL(url).searchParams.get('_cursor')}`);
    const shown = await homeward.call('GET', `/FHIR/R4/${a.patient}/$everything?_page=${page}`);
    expect(shown.status).toBe(200);
    expect(await recordsOf(requestIdOf(shown), a, b)).toEqual([1, 1]);
  });
});
