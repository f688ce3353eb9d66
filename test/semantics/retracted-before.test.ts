/** What one summary has retracted and a newer one says again, or an older one brings: what holds, and that a person is told. */
import type { SummaryBuilder } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { accepted, freshSummary, read, record, send, stored, told, type AnyJson, type Sent } from './sending';
import { asTransaction, NHS, reasons, rebuilt } from './story';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const at = (summary: SummaryBuilder, day: number, status?: [string, string]): SummaryBuilder => {
  const moved = summary.with('Bundle.meta.lastUpdated', `2025-04-${String(day).padStart(2, '0')}T10:00:00Z`);
  return status ? moved.with(...status) : moved;
};

const warnings = ({ json }: Sent): string[] =>
  told(json).filter((line) => line.includes('submission-retracted-before'));
const retracting = ({ json }: Sent): string[] =>
  told(json).filter((line) => line.includes('submission-retracts-other'));

const WARNED = [expect.stringMatching(/^warning submission-retracted-before Bundle\.entry\[\d+\]\.resource/)];

const nhsNumberIn = (summary: SummaryBuilder): string =>
  (summary.build().entry as AnyJson[]).find(({ resource }) => resource.resourceType === 'Patient').resource
    .identifier[0].value;

const reading = { system: 'https://trust.example.nhs.uk/reading', value: 'reading 1' };

describe('what another summary has retracted', () => {
  it.each(['Encounter', 'DocumentReference', 'Observation[0]'])(
    'holds again where a newer summary has %s, with a warning and a review mark',
    async (element) => {
      const first = freshSummary().with('Observation[0].identifier', [reading]);
      await accepted(homeward, at(first, 1));
      const wrong = at(rebuilt(first, 'wrong'), 2, [`${element}.status`, 'entered-in-error']);
      expect(warnings(await accepted(homeward, wrong))).toEqual([]);
      const again = await accepted(homeward, at(rebuilt(first, 'again'), 3));
      expect(warnings(again)).toEqual(WARNED);
      expect(await reasons(homeward, again)).toBe(1);
    },
  );

  it('does not hold again where an older summary has it', async () => {
    const first = freshSummary();
    await accepted(homeward, at(first, 1));
    await accepted(homeward, at(rebuilt(first, 'wrong'), 3, ['Encounter.status', 'entered-in-error']));
    const late = await accepted(homeward, at(rebuilt(first, 'late'), 2));
    expect(warnings(late)).toEqual([]);
    expect(told(late.json).join()).toContain('submission-late');
    expect(await reasons(homeward, late)).toBe(0);
  });

  it('may be said again by the summary that retracted it', async () => {
    const first = freshSummary();
    await accepted(homeward, first.with('Encounter.status', 'entered-in-error'));
    const corrected = await accepted(homeward, first.correction(2));
    expect(warnings(corrected)).toEqual([]);
    expect(await reasons(homeward, corrected)).toBe(0);
  });
});

const ELEMENTS = ['Encounter', 'DocumentReference', 'Observation[0]'];
const inError = (summary: SummaryBuilder): SummaryBuilder =>
  ELEMENTS.reduce((all, element) => all.with(`${element}.status`, 'entered-in-error'), summary);

describe('an older summary of a stay that was retracted since', () => {
  const MARK = 'A stay or document was retracted, and data of an older submission that has it is current';
  const marksOf = async ({ submissionId }: Sent): Promise<string[]> =>
    (await homeward.call('GET', `/submissions/${submissionId}`)).json.review.reasons.filter(
      (reason: string) => reason === MARK,
    );
  const statusOf = async ({ submissionId }: Sent, type: string): Promise<string> =>
    (await read(homeward, await stored(homeward, submissionId, type))).status;
  /** A stay that its own summary has retracted on the 3rd, and what else is known of it. */
  const retractedStay = async (): Promise<SummaryBuilder> => {
    const first = freshSummary().observations(1);
    await accepted(homeward, at(first, 1));
    await accepted(homeward, at(inError(first.with('Bundle.meta.versionId', '2')), 3));
    return first;
  };
  const ofItsOwn = (first: SummaryBuilder): SummaryBuilder =>
    at(withOther(first), 2).with('DocumentReference.masterIdentifier.value', `late ${Math.random()}`);
  /** In a summary of its own, with a reading that no other has. */
  const withOther = (first: SummaryBuilder): SummaryBuilder =>
    rebuilt(first, 'late').with('Observation[0].identifier', [
      { ...reading, value: `late ${Math.random()}` },
    ]);

  it('does not revive it, and its document and readings are current, with a warning and a review mark', async () => {
    const late = await accepted(homeward, ofItsOwn(await retractedStay()));
    expect(await statusOf(late, 'Encounter')).toBe('entered-in-error');
    expect(await statusOf(late, 'DocumentReference')).toBe('current');
    expect(await statusOf(late, 'Observation')).toBe('final');
    expect(warnings(late)).toEqual(WARNED);
    expect(JSON.stringify(late.json)).toContain('its other data about the patient is current');
    expect(await marksOf(late)).toEqual([MARK]);
  });

  it('has the warning for the document, too, where that was retracted', async () => {
    const late = await accepted(homeward, at(withOther(await retractedStay()), 2));
    expect(await statusOf(late, 'DocumentReference')).toBe('entered-in-error');
    expect(await statusOf(late, 'Observation')).toBe('final');
    expect(warnings(late)).toEqual([...WARNED, ...WARNED]);
    expect(await marksOf(late)).toEqual([MARK]);
  });

  it('has none where it is a resend, or entered in error itself but for the stay', async () => {
    const first = await retractedStay();
    const resent = await send(homeward, at(first, 1));
    expect([resent.status, ...warnings(resent)]).toEqual([200]);
    const own = ofItsOwn(first);
    await accepted(homeward, own);
    const wrong = inError(own.with('Bundle.meta.versionId', '2')).with('Encounter.status', 'finished');
    for (const summary of [wrong, inError(ofItsOwn(first))]) {
      const late = await accepted(homeward, summary);
      expect(warnings(late)).toEqual([]);
      expect(await marksOf(late)).toEqual([]);
    }
  });
});

describe('the retraction of a summary', () => {
  const numbered = (): SummaryBuilder => freshSummary().with('Observation[0].identifier', [reading]);

  it('that comes after the right one has a warning for each resource that both have, and a review mark', async () => {
    const first = numbered();
    await accepted(homeward, at(first, 1));
    const right = await accepted(homeward, at(rebuilt(first, 'right'), 2));
    expect(retracting(right)).toEqual([]);
    const wrong = await accepted(homeward, at(inError(first.with('Bundle.meta.versionId', '2')), 3));
    expect(retracting(wrong)).toHaveLength(ELEMENTS.length);
    expect(await statuses(right)).toEqual(ELEMENTS.map(() => 'entered-in-error'));
    expect(await reasons(homeward, wrong)).toBeGreaterThan(0);
    // The right one holds again where it is sent again.
    const again = await accepted(homeward, at(rebuilt(first, 'again'), 4));
    expect(warnings(again)).toHaveLength(ELEMENTS.length);
  });

  it('that no other has stored since has none, and neither has one in a summary of its own', async () => {
    const [first, second] = [numbered(), numbered()];
    await accepted(homeward, at(first, 1));
    const wrong = await accepted(homeward, at(inError(first.with('Bundle.meta.versionId', '2')), 3));
    await accepted(homeward, at(second, 1));
    const own = await accepted(homeward, at(inError(rebuilt(second, 'wrong')), 2));
    expect([...retracting(wrong), ...retracting(own)]).toEqual([]);
  });

  describe('that repeated the readings of the right one', () => {
    const WARNED = [
      expect.stringMatching(/^warning submission-retracts-other Bundle\.entry\[\d+\]\.resource/),
    ];
    const stayNumber = 'Encounter.identifier[0].value';
    const documentNumber = 'DocumentReference.masterIdentifier.value';
    /** The summary of another stay, with its own document, and the same reading. */
    const ofWrongStay = (right: SummaryBuilder): SummaryBuilder =>
      rebuilt(right, 'wrong').with(stayNumber, 'wrong stay').with(documentNumber, 'wrong document');
    const next = (summary: SummaryBuilder, version: string): SummaryBuilder =>
      summary.with('Bundle.meta.versionId', version);

    it('has a warning for each reading, and one more review mark than without', async () => {
      const [right, alone] = [numbered(), numbered()];
      await accepted(homeward, at(right, 1));
      const wrong = ofWrongStay(right);
      await accepted(homeward, at(wrong, 2));
      await accepted(homeward, at(alone, 2));
      const retracted = await accepted(homeward, at(inError(next(wrong, '2')), 3));
      const other = await accepted(homeward, at(inError(next(alone, '2')), 3));
      expect(retracting(retracted)).toEqual(WARNED);
      expect(await reasons(homeward, retracted)).toBe((await reasons(homeward, other)) + 1);
      const back = await accepted(homeward, at(next(right, '2'), 4));
      expect((await read(homeward, await stored(homeward, back.submissionId, 'Observation'))).status).toBe(
        'final',
      );
    });

    it('has them where the right one found the reading by a condition', async () => {
      const wrong = numbered();
      await accepted(homeward, at(wrong, 1));
      const ifNoneExist = `identifier=${reading.system}|${reading.value}&patient:identifier=${NHS}|${nhsNumberIn(wrong)}`;
      const right = asTransaction(at(ofWrongStay(wrong), 2), { Observation: { ifNoneExist } });
      const same = await accepted(homeward, right, { path: '/FHIR/R4' });
      expect(await stored(homeward, same.submissionId, 'Observation')).toMatchObject({ written: false });
      const retracted = await accepted(homeward, at(inError(next(wrong, '2')), 3));
      expect(retracting(retracted)).toEqual(WARNED);
    });

    it.each<[string, (right: SummaryBuilder) => SummaryBuilder]>([
      ['has retracted it too', (right) => right.with('Observation[0].status', 'entered-in-error')],
      ['no longer contains it', (right) => right.with('Observation[0].identifier[0].value', 'its own')],
    ])('has none where the right one %s', async (_what, corrected) => {
      const right = numbered();
      await accepted(homeward, at(right, 1));
      await accepted(
        homeward,
        at(
          corrected(next(rebuilt(right, 'right again'), '2')).with(
            'Bundle.identifier',
            right.build().identifier!,
          ),
          2,
        ),
      );
      const wrong = ofWrongStay(right);
      await accepted(homeward, at(wrong, 3));
      expect(retracting(await accepted(homeward, at(inError(next(wrong, '2')), 4)))).toEqual([]);
    });

    it('has the review mark alone where only another sender states it', async () => {
      const right = numbered();
      await accepted(homeward, at(right, 1), { as: 'RX1' });
      const wrong = rebuilt(right, 'wrong');
      await accepted(homeward, at(wrong, 2));
      const retracted = await accepted(homeward, at(inError(next(wrong, '2')), 3));
      expect(retracting(retracted)).toEqual([]);
      const { review } = await record(homeward, retracted.submissionId);
      expect(review).toContain(
        'A correction entered a stay, document or reading in error that another current summary contains',
      );
    });
  });

  const statuses = ({ submissionId }: Sent): Promise<string[]> =>
    Promise.all(
      ['Encounter', 'DocumentReference', 'Observation'].map(
        async (type) => (await read(homeward, await stored(homeward, submissionId, type))).status,
      ),
    );
});
