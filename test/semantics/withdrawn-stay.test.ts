/**
 * A stay that a correction withdraws, and a stay that was retracted: who is told, and what their sender may still do.
 */
import { startHomeward, type Homeward } from '../support/homeward';
import { accepted, freshSummary, read, send, stored, told, type AnyJson } from './sending';
import { about, find, known, post, reasons, rebuilt } from './story';
import { put, transact } from './transacting';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const answersOf = (encounter: string): AnyJson => ({
  resourceType: 'QuestionnaireResponse',
  status: 'completed',
  encounter: { reference: encounter },
});
const RULE = 'warning submission-withdrawn-referred-to';

describe('a stay that a correction withdraws', () => {
  it('is named where a resource of another submission refers to it, with a review mark', async () => {
    const first = await known(homeward);
    const answers = await transact(homeward, 'RR8', post(answersOf(first.encounter)));
    const { id } = await stored(homeward, answers.submissionId, 'QuestionnaireResponse');
    const other = about(first).build();
    const next = rebuilt(about(first))
      .with('Bundle.identifier', first.summary.build().identifier!)
      .with('Bundle.meta.versionId', '2');
    expect(other.identifier).not.toEqual(first.summary.build().identifier);
    const sent = await accepted(homeward, next);
    expect(await read(homeward, { type: 'Encounter', id: first.encounter.slice(10) })).toBe(410);
    expect(told(sent.json)).toContain(RULE);
    const { diagnostics } = sent.json.issue.find(
      (issue: AnyJson) => issue.details.coding[0].code === 'submission-withdrawn-referred-to',
    );
    expect(diagnostics).toContain(`QuestionnaireResponse/${id}`);
    expect(diagnostics).not.toMatch(/Provenance|Bundle\//);
    expect(await reasons(homeward, sent)).toBeGreaterThanOrEqual(2);
  });

  it('is only marked for review where the resource is of another sender', async () => {
    const correct = async (answersBy?: string): Promise<{ rules: string[]; reasons: number }> => {
      const first = await known(homeward);
      if (answersBy !== undefined)
        expect((await transact(homeward, answersBy, post(answersOf(first.encounter)))).status).toBe(200);
      const next = rebuilt(about(first))
        .with('Bundle.identifier', first.summary.build().identifier!)
        .with('Bundle.meta.versionId', '2');
      const sent = await accepted(homeward, next);
      return { rules: told(sent.json), reasons: await reasons(homeward, sent) };
    };
    const [alone, referred] = [await correct(), await correct('RXX')];
    expect(referred.rules).toEqual(alone.rules);
    expect(referred.reasons).toBe(alone.reasons + 1);
  });

  it('has no such warning where nothing else refers to it', async () => {
    const first = await known(homeward);
    const next = rebuilt(about(first))
      .with('Bundle.identifier', first.summary.build().identifier!)
      .with('Bundle.meta.versionId', '2');
    expect(told((await accepted(homeward, next)).json)).not.toContain(RULE);
  });

  it('is withdrawn by a transaction of the lineage with the Patient alone', async () => {
    const first = await known(homeward);
    const { id, ...patient } = (await find(homeward, `Patient?_id=${first.patient.slice(8)}`))[0];
    const entry = put(first.patient, {
      ...patient,
      id,
      telecom: [{ system: 'phone', value: '020 7946 0000' }],
    });
    const { identifier } = first.summary.build();
    const body = {
      resourceType: 'Bundle',
      type: 'transaction',
      identifier,
      meta: { versionId: '2' },
      entry: [entry],
    };
    const sent = await send(homeward, body, { path: '/FHIR/R4' });
    expect(sent.status).toBe(200);
    expect(await read(homeward, { type: 'Encounter', id: first.encounter.slice(10) })).toBe(410);
    expect(JSON.stringify(sent.json)).toContain('submission-care-withdrawn');
  });
});

describe('a sender that has retracted its only stay and document of a patient', () => {
  it('changes the Patient no more', async () => {
    const first = await known(homeward, undefined, { as: 'RXX' });
    const patient = (await find(homeward, `Patient?_id=${first.patient.slice(8)}`))[0];
    const changed = (value: string): ReturnType<typeof put> =>
      put(first.patient, { ...patient, telecom: [{ system: 'phone', value }] });
    expect((await transact(homeward, 'RXX', changed('020 7946 0001'))).status).toBe(200);
    const retraction = first.summary
      .correction(2)
      .with('Encounter.status', 'entered-in-error')
      .with('DocumentReference.status', 'entered-in-error');
    await accepted(homeward, retraction, { as: 'RXX' });
    expect((await transact(homeward, 'RXX', changed('020 7946 0002'))).status).toBe(403);
    await accepted(homeward, freshSummary().nhsNumber(first.nhsNumber), { as: 'RXX' });
    expect((await transact(homeward, 'RXX', changed('020 7946 0003'))).status).toBe(200);
  });
});

describe('an older summary of what a newer one has dropped', () => {
  it('becomes current by a correction that is not older, as its warning says', async () => {
    const at = (time: string): string => `2025-03-02T${time}:00Z`;
    const old = freshSummary().with('Bundle.meta.lastUpdated', at('10:00'));
    const first = await accepted(homeward, old);
    const newer = rebuilt(old, 'newer').with('Bundle.meta.lastUpdated', at('12:00'));
    await accepted(homeward, newer.with('Encounter.language', 'cy'));
    const dropping = rebuilt(newer.correction(2).with('Encounter.identifier[0].value', 'of its own'))
      .with('Bundle.identifier', newer.build().identifier!)
      .with('Bundle.meta.lastUpdated', at('13:00'));
    await accepted(homeward, dropping);
    const stay = await stored(homeward, first.submissionId, 'Encounter');
    const late = await accepted(
      homeward,
      old.correction(2).with('Encounter.language', 'en').with('Bundle.meta.lastUpdated', at('11:00')),
    );
    const { diagnostics } = late.json.issue.find(
      (issue: AnyJson) => issue.details.coding[0].code === 'submission-late',
    );
    expect(diagnostics).toContain('send a correction whose meta.lastUpdated is not earlier');
    expect((await read(homeward, stay)).language).toBe('cy');
    await accepted(
      homeward,
      old.correction(3).with('Encounter.language', 'en').with('Bundle.meta.lastUpdated', at('12:30')),
    );
    expect((await read(homeward, stay)).language).toBe('en');
  });
});
