/** This server’s own address before `Type/id`, as its answers give it: what names a resource so names it like its id. */
import type { AnyResource } from '../../src/fhir/types';
import { startHomeward, type Homeward } from '../support/homeward';
import { accepted, record, stored, told, type AnyJson } from './sending';
import { retracted } from './statements';
import { known, post, sentIn, type Known } from './story';
import { bundleOf } from './transacting';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const path = '/FHIR/R4';
/** A reading of the stay, which it names by address, as it does its patient. */
const reading = (of: Known): AnyResource => {
  const { id: _id, identifier: _identifier, ...resource } = sentIn(of.summary, 'Observation');
  const at = (reference: string): object => ({ reference: `${homeward.fhir}/${reference}` });
  return { ...resource, subject: at(of.patient), encounter: at(of.encounter) };
};
const first = (): Promise<Known> => known(homeward, (summary) => summary.observations(1));
const found = async (query: string): Promise<string[]> =>
  ((await homeward.call('GET', `${path}/${query}`)).json.entry ?? []).map(
    ({ resource }: AnyJson) => resource.id,
  );

describe('a reading that names its stay by address', () => {
  it('is stored with the id of the stay, and found by it', async () => {
    const of = await first();
    const sent = await accepted(homeward, bundleOf('transaction', post(reading(of))), { path });
    const { id } = await stored(homeward, sent.submissionId, 'Observation');
    const { json } = await homeward.call('GET', `${path}/Observation/${id}`);
    expect([json.subject.reference, json.encounter.reference]).toEqual([of.patient, of.encounter]);
    expect(await found(`Observation?encounter=${of.encounter}`)).toContain(id);
    expect(await found(`Observation?encounter=${homeward.fhir}/${of.encounter}`)).toContain(id);
    expect(await found(`Observation?patient=${homeward.fhir}/${of.patient}`)).toContain(id);
  });

  it('is named by a retraction of the stay', async () => {
    const of = await first();
    await accepted(homeward, bundleOf('transaction', post(reading(of))), { path });
    const sent = await accepted(
      homeward,
      retracted(of.summary.correction(2)).with('Observation[0].status', 'entered-in-error'),
    );
    expect(told(sent.json).join()).toContain('submission-readings-stay');
    expect((await record(homeward, sent.submissionId)).review).not.toEqual([]);
  });
});

it('a condition that names the patient by address finds what was stored before', async () => {
  const of = await first();
  const resource = reading(of);
  const once = (): Promise<AnyJson> => {
    const entry = post(resource);
    const ifNoneExist = `patient=${homeward.fhir}/${of.patient}&date=${String(resource.effectiveDateTime)}&status=final`;
    return accepted(
      homeward,
      bundleOf('transaction', { ...entry, request: { ...entry.request, ifNoneExist } }),
      { path },
    );
  };
  await once();
  const before = await found(`Observation?patient=${of.patient}`);
  await once();
  expect(await found(`Observation?patient=${of.patient}`)).toEqual(before);
});
