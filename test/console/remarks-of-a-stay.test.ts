/**
 * A mark of the checks says what is wrong with what the page of a stay shows, whoever sent it and in which order; and its
 * versions are those with a change.
 */
import { TOTAL_CODE } from '../../src/resources/observation/news2/news2';
import type { AnyResource } from '../../src/fhir/types';
import { aSummary, type SummaryBuilder } from '../fixtures/summary';
import type { Homeward } from '../support/homeward';
import { aClinician, type Visitor } from './visitor';

const NOT_THE_SUM = 'The NEWS2 total is not the sum of its sub-scores';
const STORED_IN_ERROR = 'is stored as entered-in-error';

let homeward: Homeward;
let visitor: Visitor;
beforeAll(async () => {
  ({ homeward, visitor } = await aClinician());
});
afterAll(() => homeward.close());

async function submit(body: Buffer, path = '/FHIR/R4/Bundle'): Promise<string> {
  const reply = await homeward.call('POST', path, { body });
  expect([200, 201]).toContain(reply.status);
  return JSON.stringify(reply.json);
}

/** The page of the only stay of a patient. */
async function pageOf(number: string): Promise<string> {
  await visitor.get('/console/patients');
  const { location } = await visitor.post('/console/patients', { 'nhs-number': number });
  const patient = await visitor.get(location!);
  const [, path] = /href="(\/console\/stays\/[0-9a-f-]+)"/.exec(patient.text)!;
  return (await visitor.get(path!)).text;
}

const isTotal = (resource: AnyResource): boolean => JSON.stringify(resource.code ?? {}).includes(TOTAL_CODE);

const withTotal = (of: SummaryBuilder, value: number): SummaryBuilder =>
  of.changed((bundle) => {
    for (const { resource } of bundle.entry as unknown as { resource: AnyResource }[])
      if (isTotal(resource)) resource.valueInteger = value;
  });

const RIGHT = 5;
const WRONG = 9;
const summary = (number: string, stay: number): SummaryBuilder => aSummary().stay(stay).nhsNumber(number);
/** Another summary of the same stay, with the same readings. */
const another = (of: SummaryBuilder, name: string): SummaryBuilder =>
  of
    .with('Bundle.identifier', { system: 'https://rr8.nhs.uk/Id/summary', value: name })
    .with('DocumentReference.masterIdentifier', { system: 'https://rr8.nhs.uk/Id/document', value: name });
const at = (of: SummaryBuilder, day: number): SummaryBuilder =>
  of.with('Bundle.meta.lastUpdated', `2025-03-${day}T10:00:00+00:00`);

describe('the total of a NEWS2 set', () => {
  it('has no mark once a later summary of the stay has it right', async () => {
    const number = '9990000018';
    const first = at(summary(number, 101), 11);
    expect(await submit(withTotal(first, WRONG).bytes())).toContain(NOT_THE_SUM);
    expect(await pageOf(number)).toContain(NOT_THE_SUM);
    await submit(at(another(first, 'final'), 12).bytes());
    expect(await pageOf(number)).not.toContain(NOT_THE_SUM);
  });

  it('has no mark of a summary that came late, and is not what is shown', async () => {
    const number = '9990000026';
    const newer = at(summary(number, 102), 12);
    await submit(newer.bytes());
    expect(await submit(at(another(withTotal(newer, WRONG), 'late'), 11).bytes())).toContain(NOT_THE_SUM);
    expect(await pageOf(number)).not.toContain(NOT_THE_SUM);
  });

  it('keeps its mark where what came late was right', async () => {
    const number = '9990000034';
    const newer = at(summary(number, 103), 12);
    await submit(withTotal(newer, WRONG).bytes());
    await submit(at(another(newer, 'late and right'), 11).bytes());
    expect(await pageOf(number)).toContain(NOT_THE_SUM);
  });

  it.each([
    ['corrected', WRONG, RIGHT],
    ['made wrong', RIGHT, WRONG],
  ])('has the mark of what is shown when it is %s by itself', async (_how, first, then) => {
    const number = first === WRONG ? '9990000042' : '9990000050';
    await submit(withTotal(summary(number, first === WRONG ? 104 : 105), first).bytes());
    expect((await pageOf(number)).includes(NOT_THE_SUM)).toBe(first === WRONG);
    const search = `/FHIR/R4/Observation?patient:identifier=${number}&code=${TOTAL_CODE}`;
    const { resource } = (await homeward.call('GET', search)).json.entry[0];
    delete resource.meta;
    const changed = { ...resource, status: 'corrected', valueInteger: then };
    const entry = [{ resource: changed, request: { method: 'PUT', url: `Observation/${resource.id}` } }];
    await submit(
      Buffer.from(JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry })),
      '/FHIR/R4',
    );
    expect((await pageOf(number)).includes(NOT_THE_SUM)).toBe(then === WRONG);
  });
});

describe('the warnings of the checks', () => {
  it('say nothing of a retraction that came late, and is not what is shown', async () => {
    const number = '9990000069';
    const newer = at(summary(number, 106), 12);
    await submit(newer.bytes());
    const late = at(another(newer, 'of the retraction'), 11).with('Encounter.status', 'entered-in-error');
    expect(await submit(late.bytes())).toContain(STORED_IN_ERROR);
    expect(await pageOf(number)).not.toContain(STORED_IN_ERROR);
  });

  it('go on saying what is wrong with what is shown after something came late', async () => {
    const number = '9990000077';
    const newer = at(summary(number, 107), 12).with('Encounter.status', 'entered-in-error');
    await submit(newer.bytes());
    expect(await pageOf(number)).toContain(STORED_IN_ERROR);
    await submit(at(another(newer, 'late and finished'), 11).with('Encounter.status', 'finished').bytes());
    expect(await pageOf(number)).toContain(STORED_IN_ERROR);
  });
});

it('the versions of a stay are those with a change to show, however many others there are', async () => {
  const number = '9990000085';
  const first = summary(number, 108).observations(48);
  await submit(first.bytes());
  const again = first.correction(2).changed((bundle) => {
    for (const { resource } of bundle.entry as unknown as { resource: AnyResource }[])
      if (resource.resourceType === 'Observation')
        resource.meta = {
          ...(resource.meta as object),
          tag: [{ system: 'https://rr8.nhs.uk/tag', code: 'again' }],
        };
  });
  const corrected = again.changed((bundle) => {
    const observations = (bundle.entry as unknown as { resource: AnyResource }[]).map(
      ({ resource }) => resource,
    );
    const reading = observations.find(({ valueQuantity }) => valueQuantity !== undefined)!;
    reading.status = 'corrected';
    reading.note = [{ text: 'the corrected reading of the oldest set' }];
  });
  await submit(corrected.bytes());
  const versions = (await pageOf(number)).split('id="versions"')[1]!;
  expect(versions).toContain('the corrected reading of the oldest set');
  expect(versions).not.toContain('Nothing that is shown here changed');
  expect(versions).not.toContain('More has changed than is shown here');
});
