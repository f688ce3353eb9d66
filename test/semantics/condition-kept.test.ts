/** What a condition (`ifNoneExist`) finds is kept, as FHIR asks; a sender that says something else is told. */
import type { SummaryBuilder } from '../fixtures/summary';
import type { Homeward } from '../support/homeward';
import { passingOnOfThisFile } from './passing-on';
import { accepted, freshSummary, read, stored, told, type AnyJson, type Sent } from './sending';
import { asTransaction, reasons } from './story';

const { homeward: started, deliveryOf } = passingOnOfThisFile();
const path = '/FHIR/R4';
const READING = 'https://trust.example.nhs.uk/reading';
let homeward: Homeward;

beforeAll(() => {
  homeward = started();
});

/** As a transaction that creates each entry with an identifier only if there is none. */
const onlyNew = (summary: SummaryBuilder): SummaryBuilder =>
  asTransaction(summary).changed((bundle) => {
    const entries = bundle.entry as AnyJson[];
    const ofType = (type: string): AnyJson =>
      entries.map(({ resource }) => resource).find(({ resourceType }) => resourceType === type);
    ofType('Observation').identifier = [{ system: READING, value: ofType('Encounter').identifier[0].value }];
    for (const { resource, request } of entries) {
      const identifier = resource.masterIdentifier ?? resource.identifier?.[0];
      if (identifier) request.ifNoneExist = `identifier=${identifier.system}|${identifier.value}`;
    }
  });

const warned = ({ json }: Sent): string[] =>
  json.entry
    .flatMap(({ response }: AnyJson) => told(response.outcome))
    .filter((line: string) => line.includes('submission-condition-kept'));

it.each<[string, (summary: SummaryBuilder) => SummaryBuilder, string]>([
  ['a stay', (summary) => summary.with('Encounter.status', 'entered-in-error'), 'Encounter'],
  [
    'a document with other words',
    (summary) => summary.with('DocumentReference.description', 'Another'),
    'DocumentReference',
  ],
  [
    'a document with other bytes',
    (summary) => summary.pdf(Buffer.from('%PDF-1.4\nOTHER\n%%EOF\n')),
    'DocumentReference',
  ],
  ['a reading', (summary) => summary.with('Observation[0].status', 'amended'), 'Observation'],
])('%s that says something else is told, reviewed and not passed on', async (_what, change, type) => {
  const summary = freshSummary();
  const first = await accepted(homeward, onlyNew(summary), { path });
  expect(warned(first)).toEqual([]);
  const before = await read(homeward, await stored(homeward, first.submissionId, type));
  const second = await accepted(homeward, onlyNew(change(summary.correction(2))), { path });
  expect(warned(second)).toEqual([
    expect.stringMatching(/^warning submission-condition-kept Bundle\.entry\[\d+\]\.resource/),
  ]);
  expect(await reasons(homeward, second)).toBeGreaterThan(0);
  expect(await read(homeward, await stored(homeward, second.submissionId, type))).toEqual(before);
  expect(await deliveryOf(second)).toMatchObject({
    state: 'refused',
    lastError: expect.stringContaining('is not stored'),
  });
});

it('the same said again is told nobody, and passed on', async () => {
  const summary = freshSummary();
  await accepted(homeward, onlyNew(summary), { path });
  const again = await accepted(homeward, onlyNew(summary.correction(2)), { path });
  expect(warned(again)).toEqual([]);
  expect(await deliveryOf(again)).toMatchObject({ state: 'delivered' });
});

it('a patient who is described otherwise is no reason to warn', async () => {
  const summary = freshSummary();
  await accepted(homeward, onlyNew(summary), { path });
  const other = summary.correction(2).with('Patient.name[0].prefix', ['Dr']);
  expect(warned(await accepted(homeward, onlyNew(other), { path }))).toEqual([]);
});
