/**
 * One submission, one patient, also where a resource names its patient only by a stay, a reading or a document: nothing
 * of another patient refers to it, in the same Bundle or later.
 */
import { startHomeward, type Homeward } from '../support/homeward';
import { send, told, type AnyJson, type Sent } from './sending';
import { about, find, known, post, withOneMore, type Known } from './story';
import { transact, type Entry } from './transacting';

let homeward: Homeward;
let a: Known;
let b: Known;
beforeAll(async () => {
  homeward = await startHomeward();
  [a, b] = [await known(homeward), await known(homeward, undefined, { as: 'RXX' })];
});
afterAll(() => homeward.close());

const answersOf = ({ encounter }: Known): AnyJson => ({
  resourceType: 'QuestionnaireResponse',
  status: 'completed',
  encounter: { reference: encounter },
  item: [{ linkId: '1', answer: [{ valueString: 'SECRET' }] }],
});
const taskOf = ({ encounter }: Known): AnyJson => ({
  resourceType: 'Task',
  status: 'requested',
  intent: 'order',
  focus: { reference: encounter },
});
const listOf = (reference: string): AnyJson => ({
  resourceType: 'List',
  status: 'current',
  mode: 'working',
  entry: [{ item: { reference } }],
});
const problem = ({ patient }: Known, evidence: string): Entry =>
  post({
    resourceType: 'Condition',
    code: { text: 'Asthma' },
    subject: { reference: patient },
    evidence: [{ detail: [{ reference: evidence }] }],
  });

/** Stores a resource, and returns its address. */
async function storedAs(resource: AnyJson): Promise<string> {
  const sent = await transact(homeward, 'RR8', post(resource));
  expect(sent.status).toBe(200);
  const [{ id }] = await find(homeward, `${resource.resourceType}?_sort=-_lastUpdated&_count=1`);
  return `${resource.resourceType}/${id}`;
}

const isRefused = ({ status, json }: Sent): void => {
  expect(status).toBe(422);
  expect(told(json).join('\n')).toContain('submission-reference-patient');
};

describe.each<[string, () => Promise<string>]>([
  ['answers about a stay', () => storedAs(answersOf(a))],
  ['a task about a stay', () => storedAs(taskOf(a))],
  ['a list of a reading', () => storedAs(listOf(a.observation))],
  ['a list of answers about a stay', async () => storedAs(listOf(await storedAs(answersOf(a))))],
])('%s of one patient', (_what, make) => {
  let target: string;
  beforeAll(async () => {
    target = await make();
  });

  it('is refused in a summary of another', async () => {
    const summary = withOneMore(about(b), (subject) => ({ ...problem(b, target).resource, subject }));
    isRefused(await send(homeward, summary, { as: 'RXX' }));
  });

  it('is refused in a transaction about another, and taken in one about the same', async () => {
    isRefused(await transact(homeward, 'RXX', problem(b, target)));
    expect((await transact(homeward, 'RXX', problem(a, target))).status).toBe(200);
  });
});

describe('in the same transaction', () => {
  const fullUrl = 'urn:uuid:6b9b148f-3a4e-4b57-9c0f-0d6a7c1b2e01';
  const list = 'urn:uuid:6b9b148f-3a4e-4b57-9c0f-0d6a7c1b2e02';

  it('answers about a stay of one patient are refused beside a problem of another', async () => {
    const answers = { ...post(answersOf(a)), fullUrl };
    isRefused(await transact(homeward, 'X26', answers, problem(b, fullUrl)));
    expect((await transact(homeward, 'X26', answers, problem(a, fullUrl))).status).toBe(200);
  });

  it('so they are in a list, in any order', async () => {
    const answers = { ...post(answersOf(a)), fullUrl };
    const listed = { ...post(listOf(fullUrl)), fullUrl: list };
    isRefused(await transact(homeward, 'X26', problem(b, list), listed, answers));
    expect((await transact(homeward, 'X26', problem(a, list), listed, answers)).status).toBe(200);
  });

  it('lists that refer to each other are stored', async () => {
    const first = { ...post(listOf(list)), fullUrl };
    const second = { ...post(listOf(fullUrl)), fullUrl: list };
    expect((await transact(homeward, 'X26', first, second, problem(b, list))).status).toBe(200);
  });
});
