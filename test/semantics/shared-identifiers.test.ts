/** Two stays or readings that share a second identifier (of a ward, a referral, a device) stay two. */
import type { Json } from '../../src/fhir/types';
import type { SummaryBuilder } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { accepted, freshNhsNumber, freshSummary, read, stored, told } from './sending';

const REFERRAL = { system: 'https://trust.example.nhs.uk/referral', value: 'REF-9' };
const stay = (value: string): Json => ({ system: 'https://trust.example.nhs.uk/stay', value });

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const named = (nhsNumber: string, ...identifier: Json[]): SummaryBuilder =>
  freshSummary().nhsNumber(nhsNumber).with('Encounter.identifier', identifier);

describe('a stay', () => {
  it('is not the one with another identifier of the same system, though they share a referral', async () => {
    const nhsNumber = freshNhsNumber();
    const first = await accepted(homeward, named(nhsNumber, stay('a'), REFERRAL));
    const second = await accepted(homeward, named(nhsNumber, stay('b'), REFERRAL));
    const [one, other] = [
      await stored(homeward, first.submissionId, 'Encounter'),
      await stored(homeward, second.submissionId, 'Encounter'),
    ];
    expect(other.id).not.toBe(one.id);
    expect((await read(homeward, one)).meta.versionId).toBe('1');
    expect(told(second.json)).toContain('warning submission-identifier-shared Bundle.entry[2].resource');
  });

  it('is the next version of the one with its first identifier, where it names two', async () => {
    const nhsNumber = freshNhsNumber();
    const first = await accepted(homeward, named(nhsNumber, stay('c')));
    const second = await accepted(homeward, named(nhsNumber, stay('d')));
    await accepted(homeward, named(nhsNumber, stay('c'), stay('d')));
    const third = await accepted(homeward, named(nhsNumber, stay('d')));
    const [ofC, ofD] = [
      await stored(homeward, first.submissionId, 'Encounter'),
      await stored(homeward, second.submissionId, 'Encounter'),
    ];
    expect((await stored(homeward, third.submissionId, 'Encounter')).id).toBe(ofD.id);
    expect((await read(homeward, ofC)).meta.versionId).toBe('2');
  });
});

describe('a reading', () => {
  it('is not another one of the same device at another time', async () => {
    const nhsNumber = freshNhsNumber();
    const device = { system: 'https://trust.example.nhs.uk/device', value: 'SN-1' };
    const reading = (value: string): Json => ({ system: 'https://trust.example.nhs.uk/reading', value });
    const of = (value: string): SummaryBuilder =>
      named(nhsNumber, stay('e'))
        .observations(1)
        .with('Observation.identifier', [reading(value), device]);
    const first = await accepted(homeward, of('r1'));
    const second = await accepted(homeward, of('r2'));
    const ids = await Promise.all(
      [first, second].map(({ submissionId }) => stored(homeward, submissionId, 'Observation')),
    );
    expect(ids[0]!.id).not.toBe(ids[1]!.id);
  });
});

describe('a Bundle.identifier that two stays share', () => {
  it('withdraws the first stay, with a warning and a mark for review', async () => {
    const nhsNumber = freshNhsNumber();
    const of = (value: string, lastUpdated: string): SummaryBuilder =>
      named(nhsNumber, stay(value))
        .with('Bundle.identifier.value', `all of ${nhsNumber}`)
        .without('Bundle.meta.versionId')
        .with('Bundle.meta.lastUpdated', lastUpdated)
        .changed((bundle) =>
          JSON.parse(
            JSON.stringify(bundle).replace(/urn:uuid:[0-9a-f]{8}/g, `urn:uuid:0000${value.repeat(4)}`),
          ),
        );
    const first = await accepted(homeward, of('a', '2025-03-10T14:00:00Z'));
    const second = await accepted(homeward, of('b', '2025-03-11T14:00:00Z'));
    const gone = await stored(homeward, first.submissionId, 'Encounter');
    expect((await homeward.call('GET', `/FHIR/R4/Encounter/${gone.id}`)).status).toBe(410);
    expect(told(second.json).filter((text) => text.includes('submission-care-withdrawn'))).toHaveLength(1);
    const { json } = await homeward.call('GET', `/submissions/${second.submissionId}`);
    expect(JSON.stringify(json)).toContain('A correction withdrew a stay or a document');
  });
});
