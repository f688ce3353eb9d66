/** A batch says when it was made, as a summary does: what is older does not turn newer content back. */
import type { AnyResource, JsonObject } from '../../src/fhir/types';
import { startHomeward, type Homeward } from '../support/homeward';
import type { SummaryBuilder } from '../fixtures/summary';
import { names, searchOf, withReadings } from './readings';
import { accepted, freshNhsNumber, freshSummary, read, send, stored, told, type AnyJson } from './sending';
import { at as made, of } from './statements';
import { rebuilt, sentIn } from './story';
import { bundleOf } from './transacting';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const at = (day: string): string => `2025-05-${day}T12:00:00Z`;
const batchMade = (lastUpdated: unknown, resource: AnyResource, request: JsonObject): object => ({
  ...bundleOf('batch', { resource, request }),
  ...(lastUpdated === undefined ? {} : { meta: { lastUpdated } }),
});

describe.each(['POST', 'PUT', 'conditional PUT'])(
  'a batch that is older than what is stored, by %s',
  (how) => {
    async function statusAfter(lastUpdated: unknown): Promise<{ status: string; rules: string }> {
      const summary = freshSummary().with('Bundle.meta.lastUpdated', at('09'));
      const { submissionId } = await accepted(homeward, summary);
      const { id } = await stored(homeward, submissionId, 'Encounter');
      const stay: AnyJson = await read(homeward, { type: 'Encounter', id });
      const { system, value } = stay.identifier[0];
      const older = { ...stay, status: 'in-progress' };
      delete older.meta;
      if (how === 'POST') delete older.id;
      const condition = `Encounter?identifier=${encodeURIComponent(`${system}|${value}`)}`;
      const url = { POST: 'Encounter', PUT: `Encounter/${id}`, 'conditional PUT': condition }[how]!;
      const request = { method: how === 'POST' ? 'POST' : 'PUT', url };
      const sent = await send(homeward, batchMade(lastUpdated, older, request), { path: '/FHIR/R4' });
      const [{ response }] = sent.json.entry;
      if (!/^20/.test(response.status)) throw new Error(JSON.stringify(response));
      const { status } = await read(homeward, { type: 'Encounter', id });
      return { status, rules: told(response.outcome).join() };
    }

    it('is told that it came late, and changes nothing that is current', async () => {
      const { status, rules } = await statusAfter(at('03'));
      expect(status).toBe('finished');
      expect(rules).toContain('submission-late');
    });

    it.each([at('20'), undefined, 'yesterday', 7])('changes it where it was made %p', async (lastUpdated) => {
      expect(await statusAfter(lastUpdated)).toMatchObject({ status: 'in-progress' });
    });
  },
);

it('a batch that is newer is applied again, also where its entry is that of an earlier one', async () => {
  const { submissionId } = await accepted(homeward, freshSummary().with('Bundle.meta.lastUpdated', at('01')));
  const { id } = await stored(homeward, submissionId, 'Encounter');
  const stay: AnyJson = await read(homeward, { type: 'Encounter', id });
  delete stay.meta;
  const seen: string[] = [];
  const said: [string, string][] = [
    ['02', 'in-progress'],
    ['03', 'onleave'],
    ['04', 'in-progress'],
    ['04', 'in-progress'],
  ];
  for (const [day, status] of said) {
    const body = batchMade(at(day), { ...stay, status }, { method: 'PUT', url: `Encounter/${id}` });
    await send(homeward, body, { path: '/FHIR/R4' });
    const { status: now, meta } = await read(homeward, { type: 'Encounter', id });
    seen.push(`${now} ${meta.versionId}`);
  }
  expect(seen).toEqual(['in-progress 2', 'onleave 3', 'in-progress 4', 'in-progress 4']);
});

describe('a dated batch that came before a newer summary, both of which were made before they came', () => {
  const batchOf = (day: string, resource: AnyResource, url: string): object =>
    batchMade(at(day), resource, { method: url.includes('?') ? 'PUT' : 'POST', url });

  it('is not called newer than what the summary brings again', async () => {
    const [kept = '', name = ''] = names('a', 'b');
    const summary = freshSummary();
    const first = await accepted(homeward, made(withReadings(summary, kept, name), '01'));
    const { id } = await stored(homeward, first.submissionId, 'Observation', 1);
    const { id: _id, meta: _meta, ...reading }: AnyJson = await read(homeward, { type: 'Observation', id });
    await send(homeward, batchOf('02', { ...reading, note: [{ text: 'At rest' }] }, searchOf(name)), {
      path: '/FHIR/R4',
    });
    await accepted(homeward, made(withReadings(summary, kept), '03'));
    const weekly = await accepted(homeward, made(rebuilt(withReadings(summary, name), 'weekly'), '04'));
    expect(told(weekly.json).join()).not.toContain('submission-withdrawn-before');
  });

  it('is not one without a time, where it has stated the Patient again', async () => {
    const n = freshNhsNumber();
    const living = (city: string): SummaryBuilder => of(n).with('Patient.address[0].city', city);
    await accepted(homeward, made(living('York'), '01'));
    const patient = sentIn(living('York'), 'Patient') as AnyResource;
    const again = await send(homeward, batchOf('02', patient, 'Patient'), { path: '/FHIR/R4' });
    expect(again.json.entry.map(({ response }: AnyJson) => response.status)).toEqual(['200 OK']);
    const sent = await accepted(homeward, made(living('Ely'), '03'));
    expect(told(sent.json).join()).not.toContain('submission-order-unknown');
  });
});
