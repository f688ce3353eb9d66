/**
 * semantics "Corrections" 3: only what another current summary carries stays when its summary drops it. A PUT of the same
 * sender, in a transaction or batch that is no summary, is none; a POST states what it has.
 */
import type { AnyResource, JsonObject } from '../../src/fhir/types';
import { startHomeward, type Homeward } from '../support/homeward';
import { names, searchOf, withReadings } from './readings';
import { accepted, count, freshSummary, stored, told, type AnyJson } from './sending';
let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const readingsOf = (value: string): Promise<number> => count(homeward, searchOf(value));

describe('a change by a PUT that is no summary', () => {
  const put = async (type: string, id: string, change: (resource: AnyJson) => void, kind = 'transaction') => {
    const resource = (await homeward.call('GET', `/FHIR/R4/${type}/${id}`)).json;
    change(resource);
    const body = {
      resourceType: 'Bundle',
      type: kind,
      entry: [{ resource, request: { method: 'PUT', url: `${type}/${id}` } }],
    };
    const sent = await homeward.call('POST', '/FHIR/R4', { body: Buffer.from(JSON.stringify(body)) });
    expect(sent.status).toBe(200);
    return sent.json.entry[0].response.status as string;
  };
  const idOf = async (value: string): Promise<string> => {
    const found = await homeward.call('GET', `/FHIR/R4/${searchOf(value)}`);
    return found.json.entry[0].resource.id;
  };

  it.each(['transaction', 'batch'])('does not keep a reading that its summary drops (%s)', async (kind) => {
    const [a = '', b = ''] = names('a', 'b');
    const summary = withReadings(freshSummary(), a, b);
    await accepted(homeward, summary);
    const id = await idOf(b);
    expect(await put('Observation', id, (reading) => (reading.valueQuantity.value += 1), kind)).toMatch(
      /^200/,
    );
    const sent = await accepted(homeward, withReadings(summary.correction(2), a));
    expect([await readingsOf(a), await readingsOf(b)]).toEqual([1, 0]);
    expect((await homeward.call('GET', `/FHIR/R4/Observation/${id}`)).status).toBe(410);
    expect(told(sent.json)).not.toContain('information submission-not-withdrawn');
  });

  it('does not keep a reading that a later edition stated again before it was dropped', async () => {
    const [a = '', b = ''] = names('a', 'b');
    const summary = withReadings(freshSummary(), a, b);
    await accepted(homeward, summary);
    await put('Observation', await idOf(b), (reading) => (reading.valueQuantity.value += 1));
    await accepted(
      homeward,
      withReadings(summary.correction(2).with('DocumentReference.description', 'Again'), a, b),
    );
    const sent = await accepted(homeward, withReadings(summary.correction(3), a));
    expect([await readingsOf(a), await readingsOf(b)]).toEqual([1, 0]);
    expect(told(sent.json).filter((each) => /kept-as-dropped|not-withdrawn/.test(each))).toEqual([]);
  });

  it('does not keep a stay that its summary replaces by another one', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary);
    const stay = await stored(homeward, first.submissionId, 'Encounter');
    await put('Encounter', stay.id, (resource) => (resource.status = 'finished'), 'batch');
    const [value = ''] = names('another');
    const other = summary
      .correction(2)
      .with('Encounter.identifier[0].value', value)
      .changed((bundle) => {
        const entry = (bundle.entry as AnyJson[]).find(
          ({ resource }) => resource.resourceType === 'Encounter',
        );
        const text = JSON.stringify(bundle).replaceAll(
          entry.fullUrl,
          'urn:uuid:6d5f8bd4-6f0e-4c60-8a37-7d0a40c1a0e2',
        );
        return JSON.parse(text) as AnyResource;
      });
    await accepted(homeward, other);
    expect((await homeward.call('GET', `/FHIR/R4/Encounter/${stay.id}`)).status).toBe(410);
  });

  it.each<[string, JsonObject]>([
    ['a POST', {}],
    ['a POST of which a condition finds what is stored', { ifNoneExist: true }],
  ])('keeps a reading that %s of a batch has stated in the meantime', async (_what, more) => {
    const [a = '', b = ''] = names('a', 'b');
    const summary = withReadings(freshSummary(), a, b);
    await accepted(homeward, summary);
    const { id, ...reading } = (await homeward.call('GET', `/FHIR/R4/Observation/${await idOf(b)}`)).json;
    if (!more.ifNoneExist) reading.valueQuantity.value += 1;
    const condition = more.ifNoneExist && { ifNoneExist: searchOf(b).replace('Observation?', '') };
    const entry = [{ resource: reading, request: { method: 'POST', url: 'Observation', ...condition } }];
    const body = { resourceType: 'Bundle', type: 'batch', entry };
    expect((await homeward.call('POST', '/FHIR/R4', { body })).json.entry[0].response.status).toMatch(/^200/);
    const sent = await accepted(homeward, withReadings(summary.correction(2), a));
    expect([await readingsOf(a), await readingsOf(b)]).toEqual([1, 1]);
    expect(told(sent.json).join()).toMatch(/submission-(not-withdrawn|kept-as-dropped)/);
    expect((await homeward.call('GET', `/FHIR/R4/Observation/${id}`)).status).toBe(200);
  });

  it('keeps what the sender had made without a summary', async () => {
    const [a = '', b = ''] = names('a', 'b');
    const base = freshSummary();
    await accepted(homeward, withReadings(base, a));
    const { subject, encounter, performer } = (
      await homeward.call('GET', `/FHIR/R4/Observation/${await idOf(a)}`)
    ).json;
    const own = (withReadings(base, b).build().entry as AnyJson[]).find(
      ({ resource }) => resource.resourceType === 'Observation',
    );
    const resource = { ...own.resource, id: undefined, subject, encounter, performer };
    const entry = [{ resource, request: { method: 'POST', url: 'Observation' } }];
    const body = Buffer.from(JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry }));
    expect((await homeward.call('POST', '/FHIR/R4', { body })).status).toBe(200);
    await accepted(homeward, withReadings(base.correction(2), a, b));
    const sent = await accepted(homeward, withReadings(base.correction(3), a));
    expect([await readingsOf(a), await readingsOf(b)]).toEqual([1, 1]);
    expect(told(sent.json).some((each) => each.startsWith('information submission-not-withdrawn'))).toBe(
      true,
    );
  });
});
