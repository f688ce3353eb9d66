/** New data that refers to what is entered in error already: the sender is told, and there is a review mark. */
import type { AnyResource } from '../../src/fhir/types';
import { startHomeward, type Homeward } from '../support/homeward';
import {
  accepted,
  freshSummary,
  read,
  record,
  stored,
  told,
  type AnyJson,
  type SendOptions,
  type Sent,
} from './sending';
import { retracted } from './statements';
import { known, post, sentIn, type Known } from './story';
import { bundleOf, put } from './transacting';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const MARK = 'New data refers to a stay or document that is entered in error';
const warned = (index = 0): string => `warning submission-readings-stay Bundle.entry[${index}].resource`;
const seen = async ({ json, submissionId }: Sent): Promise<unknown> => {
  const outcomes =
    json.type === undefined ? [json] : json.entry.map(({ response }: AnyJson) => response.outcome);
  const lines: string[] = outcomes.flatMap(told);
  const { review } = await record(homeward, submissionId);
  return [
    lines.filter((line) => line.includes('submission-readings-stay')),
    (review ?? []).filter((reason: string) => reason === MARK),
  ];
};
const TOLD = [[warned()], [MARK]];
const NOTHING = [[], []];

const transacted = (resource: AnyResource, options: SendOptions = {}): Promise<Sent> =>
  accepted(homeward, bundleOf('transaction', post(resource)), { path: '/FHIR/R4', ...options });

/** A patient whose stay and document are entered in error, with everything that came with them. */
async function retractedStay(): Promise<Known> {
  const first = await known(homeward, (summary) => summary.observations(1));
  await accepted(
    homeward,
    retracted(first.summary.correction(2)).with('Observation[0].status', 'entered-in-error'),
  );
  return first;
}
const reading = (of: Known, more: object = {}): AnyResource => {
  const { id: _id, identifier: _identifier, ...resource } = sentIn(of.summary, 'Observation');
  const subject = { reference: of.patient };
  return { ...resource, subject, encounter: { reference: of.encounter }, ...more };
};
const allergy = ({ patient, encounter }: Known): AnyResource => ({
  resourceType: 'AllergyIntolerance',
  patient: { reference: patient },
  encounter: { reference: encounter },
  clinicalStatus: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' }],
  },
  code: { text: 'Penicillin' },
});

describe('a stay and a document that are entered in error', () => {
  it.each<[string, (first: Known) => AnyResource]>([
    ['a reading of the stay', (first) => reading(first)],
    ['an allergy of the stay', allergy],
    [
      'what names the stay alone',
      ({ encounter }) => ({
        resourceType: 'QuestionnaireResponse',
        status: 'completed',
        encounter: { reference: encounter },
      }),
    ],
    [
      'a reading of the stay by its identifier',
      (first) =>
        reading(first, { encounter: { identifier: sentIn(first.summary, 'Encounter').identifier[0] } }),
    ],
    [
      'a reading from the document',
      (first) => reading(first, { encounter: undefined, derivedFrom: [{ reference: first.document }] }),
    ],
  ])('are named to the sender of %s, with a review mark', async (_what, make) => {
    expect(await seen(await transacted(make(await retractedStay())))).toEqual(TOLD);
  });

  it('are named where a summary without the stay refers to it', async () => {
    const first = await retractedStay();
    const other = freshSummary()
      .nhsNumber(first.nhsNumber)
      .observations(1)
      .with('Observation[0].encounter.reference', first.encounter);
    const sent = await accepted(homeward, other);
    expect(await seen(sent)).toEqual([[expect.stringMatching(/^warning submission-readings-stay/)], [MARK]]);
  });

  it('are no news to an update of what has referred to them before', async () => {
    const first = await retractedStay();
    const { json } = await transacted(reading(first));
    const at: string = json.entry[0].response.location
      .replace(/\/_history.*/, '')
      .replace(/^.*Observation/, 'Observation');
    const again = reading(first, { id: at.slice(12), status: 'amended' });
    const sent = await accepted(homeward, bundleOf('transaction', put(at, again)), { path: '/FHIR/R4' });
    expect(await seen(sent)).toEqual(NOTHING);
  });

  it('are not named to what is in error itself', async () => {
    const first = await retractedStay();
    expect(await seen(await transacted(reading(first, { status: 'entered-in-error' })))).toEqual(NOTHING);
  });

  it('are not named to another stay that is a part of it', async () => {
    const first = await retractedStay();
    const other = await accepted(homeward, freshSummary().nhsNumber(first.nhsNumber));
    const stay = await read(homeward, await stored(homeward, other.submissionId, 'Encounter'));
    const part = { ...stay, partOf: { reference: first.encounter } };
    const bundle = bundleOf('batch', put(`Encounter/${stay.id}`, part));
    const { json } = await accepted(homeward, bundle, { path: '/FHIR/R4' });
    expect(json.entry[0].response.status).toMatch(/^200/);
    expect(JSON.stringify(json)).not.toContain('submission-readings-stay');
  });

  it('are not named to another sender, but there is a review mark', async () => {
    const first = await retractedStay();
    expect(await seen(await transacted(reading(first), { as: 'RX1' }))).toEqual([[], [MARK]]);
  });
});

it('a stay that is not in error has none', async () => {
  const first = await known(homeward);
  expect(await seen(await transacted(reading(first)))).toEqual(NOTHING);
  expect(await seen(await accepted(homeward, first.summary.correction(2)))).toEqual(NOTHING);
});
