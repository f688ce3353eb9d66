/**
 * Summaries of hundreds of readings, in many editions: what became of their content is told all the same. An answer has
 * no room for every remark, and a patient with thousands of newer versions is not read whole.
 */
import type { AnyResource } from '../../src/fhir/types';
import type { SummaryBuilder } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { accepted, freshSummary, read, send, stored, told, type AnyJson, type Sent } from './sending';
import { at } from './statements';
import { rebuilt } from './story';
import { bundleOf, put } from './transacting';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

/** With so many readings of a heart rate, one a minute, from this value on. */
const withMany = (
  summary: SummaryBuilder,
  count: number,
  change: (reading: AnyJson) => void = () => undefined,
) =>
  summary.observations(0).changed((bundle) => {
    const entries = bundle.entry as AnyJson[];
    const urlOf = (type: string): string =>
      entries.find(({ resource }) => resource.resourceType === type).fullUrl;
    for (let i = 0; i < count; i += 1) {
      const reading: AnyJson = {
        resourceType: 'Observation',
        status: 'final',
        code: { coding: [{ system: 'http://snomed.info/sct', code: '364075005', display: 'Heart rate' }] },
        subject: { reference: urlOf('Patient') },
        encounter: { reference: urlOf('Encounter') },
        effectiveDateTime: new Date(Date.UTC(2025, 2, 5, 0, i)).toISOString(),
        valueQuantity: { value: 61, unit: 'beats/min', system: 'http://unitsofmeasure.org', code: '/min' },
      };
      change(reading);
      const id = i.toString(16).padStart(12, '0');
      entries.push({ fullUrl: `urn:uuid:5d5f8bd4-6f0e-4c60-8a37-${id}`, resource: reading as AnyResource });
    }
  });

const reviewOf = async ({ submissionId }: Sent): Promise<string> =>
  (await homeward.call('GET', `/submissions/${submissionId}`)).json.review.reasons.join();

describe('a summary with more remarks than an answer had room for', () => {
  it('is told of all that became of its content', async () => {
    const withoutUnit = (reading: AnyJson): void => {
      delete reading.valueQuantity.unit;
    };
    const summary = freshSummary();
    const first = await accepted(homeward, withMany(at(summary, '10'), 250, withoutUnit));
    const reading = await read(homeward, await stored(homeward, first.submissionId, 'Observation'));
    const { meta: _meta, ...rest } = reading;
    const changed = { ...rest, valueQuantity: { ...rest.valueQuantity, value: 70 } } as AnyResource;
    const update = {
      ...bundleOf('batch', put(`Observation/${reading.id}`, changed)),
      meta: { lastUpdated: '2025-05-15T12:00:00Z' },
    };
    expect((await send(homeward, update, { path: '/FHIR/R4' })).status).toBe(200);
    const late = withMany(at(summary, '12').with('DocumentReference.description', 'Again'), 250, withoutUnit);
    const { json } = await accepted(homeward, late);
    expect(told(json).filter((line) => line.startsWith('warning submission-late'))).toHaveLength(1);
    expect(told(json).length).toBeGreaterThan(250);
  });
});

describe('what was withdrawn in the last of many large editions', () => {
  const COUNT = 700;
  const wrong = (reading: AnyJson): void => {
    if (reading.effectiveDateTime.startsWith('2025-03-05T00:00')) reading.valueQuantity.value = 161;
  };

  it('is stored again by an older summary with a warning and a review mark', async () => {
    const summary = freshSummary();
    for (const [edition, day] of ['10', '12', '14', '16'].entries())
      await accepted(
        homeward,
        withMany(at(summary, day).with('DocumentReference.description', `Edition ${edition}`), COUNT, wrong),
      );
    const without = withMany(at(summary, '18'), COUNT, wrong).changed((bundle) => {
      const entries = bundle.entry as AnyJson[];
      bundle.entry = entries.filter(({ resource }) => resource.valueQuantity?.value !== 161) as never;
    });
    await accepted(homeward, without);
    const late = await accepted(homeward, withMany(at(rebuilt(summary, 'late'), '11'), 1, wrong));
    expect(told(late.json).join()).toContain('warning submission-withdrawn-before');
    expect(await reviewOf(late)).toContain(
      'An older summary stores again what a newer correction has withdrawn',
    );
    // All that has changed since is more than is looked through.
    expect(await reviewOf(late)).toContain('was not found out, because too much of the patient is newer');
  }, 60_000);
});
