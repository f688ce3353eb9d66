/**
 * Allergies, conditions and other data of a patient have no number by which they are known. An update by id changes them
 * beside their summary, and an older submission turns that back no more than it does a stay or a reading.
 */
import type { AnyResource } from '../../src/fhir/types';
import type { SummaryBuilder } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { accepted, freshSummary, read, send, stored, told, type AnyJson, type Sent } from './sending';
import { at } from './statements';
import { reasons, withOneMore } from './story';
import { bundleOf } from './transacting';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const coded = (system: string, code: string): AnyJson => ({
  coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code }],
});
type State = [verification: string, clinical?: string];
const KINDS = {
  AllergyIntolerance: ([verification, clinical]: State): AnyResource => ({
    resourceType: 'AllergyIntolerance',
    ...(clinical && { clinicalStatus: coded('allergyintolerance-clinical', clinical) }),
    verificationStatus: coded('allergyintolerance-verification', verification),
    code: { text: 'Penicillin' },
  }),
  Condition: ([verification, clinical]: State): AnyResource => ({
    resourceType: 'Condition',
    ...(clinical && { clinicalStatus: coded('condition-clinical', clinical) }),
    verificationStatus: coded('condition-ver-status', verification),
    code: { text: 'COPD' },
  }),
} as const;
type Kind = keyof typeof KINDS;

const REFUTED: State = ['refuted', 'inactive'];
const CONFIRMED: State = ['confirmed', 'active'];
const WRONG: State = ['entered-in-error'];

/** The summary, and what it says of the allergy or condition. */
const withState = (summary: SummaryBuilder, kind: Kind, state: State): SummaryBuilder =>
  withOneMore(summary, (reference) => ({
    ...KINDS[kind](state),
    [kind === 'Condition' ? 'subject' : 'patient']: reference,
  }));

/** Another edition of the summary, of this day. */
const edition = (summary: SummaryBuilder, day: string): SummaryBuilder =>
  at(summary, day).with('Encounter.period.start', `2025-03-03T11:${day}:00+00:00`);

/** Changes what is stored in a batch of this day, by its id. */
async function update(kind: Kind, { submissionId }: Sent, state: State, day: string): Promise<Sent> {
  const current = await read(homeward, await stored(homeward, submissionId, kind));
  const { meta: _meta, clinicalStatus: _clinical, ...rest } = current;
  const resource = { ...rest, ...KINDS[kind](state) };
  const request = { method: 'PUT', url: `${kind}/${current.id}` };
  const batch = {
    ...bundleOf('batch', { resource, request }),
    meta: { lastUpdated: `2025-05-${day}T12:00:00Z` },
  };
  const sent = await send(homeward, batch, { path: '/FHIR/R4' });
  if (!/^20/.test(sent.json.entry[0].response.status)) throw new Error(JSON.stringify(sent.json));
  return sent;
}

const stateOf = async (kind: Kind, { submissionId }: Sent): Promise<string> =>
  (await read(homeward, await stored(homeward, submissionId, kind))).verificationStatus.coding[0].code;

const rulesOf = ({ json }: Sent): string =>
  (json.type === undefined ? told(json) : told(json.entry[0].response.outcome)).join();

describe.each<Kind>(['AllergyIntolerance', 'Condition'])('%s', (kind) => {
  it.each<[string, State, State, string]>([
    ['refuted', REFUTED, CONFIRMED, 'confirmed'],
    ['active', CONFIRMED, WRONG, 'entered-in-error'],
  ])(
    'stays as a newer update has it, where an older edition of its summary says that it is %s',
    async (_what, before, since, stays) => {
      const summary = freshSummary();
      const first = await accepted(homeward, withState(at(summary, '01'), kind, before));
      await update(kind, first, since, '03');
      const late = await accepted(homeward, withState(edition(summary, '02'), kind, before));
      expect(await stateOf(kind, first)).toBe(stays);
      expect(rulesOf(late)).toContain('submission-late');
    },
  );

  it('stays as a newer update has it, where an older batch says something else', async () => {
    const first = await accepted(homeward, withState(at(freshSummary(), '01'), kind, REFUTED));
    await update(kind, first, CONFIRMED, '04');
    const late = await update(kind, first, REFUTED, '03');
    expect(await stateOf(kind, first)).toBe('confirmed');
    expect(rulesOf(late)).toContain('submission-late');
  });

  it('is current again by a newer edition that has not heard of its retraction, with a warning and a review mark', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, withState(at(summary, '01'), kind, CONFIRMED));
    await update(kind, first, WRONG, '03');
    const newer = await accepted(homeward, withState(edition(summary, '04'), kind, CONFIRMED));
    expect(await stateOf(kind, first)).toBe('confirmed');
    expect(rulesOf(newer)).toContain('submission-retracted-before');
    expect(await reasons(homeward, newer)).toBe(1);
  });

  it('changes in an ordinary correction, or back by an update, without a word', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, withState(at(summary, '01'), kind, CONFIRMED));
    const second = await accepted(homeward, withState(edition(summary, '02'), kind, WRONG));
    const third = await accepted(homeward, withState(edition(summary, '03'), kind, CONFIRMED));
    const updates = [await update(kind, first, WRONG, '04'), await update(kind, first, CONFIRMED, '05')];
    expect(await stateOf(kind, first)).toBe('confirmed');
    for (const sent of [second, third, ...updates])
      expect(rulesOf(sent)).not.toMatch(/submission-(late|retracted-before)/);
    for (const sent of [second, third]) expect(await reasons(homeward, sent)).toBe(0);
  });
});
