/** Who said what of a patient's death and name: retractions and corrections that come late, or between those of others. */
import type { SummaryBuilder } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { accepted, freshNhsNumber, read, send, stored, told, type AnyJson, type Sent } from './sending';
import { alive, at, dead, deathReasons, died, family, of, retracted, type Change } from './statements';
import { bundleOf } from './transacting';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const status =
  (code: string | undefined): Change =>
  (s) =>
    code === undefined
      ? s.without('Patient.identifier[0].extension')
      : s.with('Patient.identifier[0].extension[0].valueCodeableConcept.coding[0]', {
          system: 'https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland',
          code,
        });
const RR8 = { as: 'RR8' };
const RX1 = { as: 'RX1' };
const RX2 = { as: 'RX2' };
const patientOf = async ({ submissionId }: Sent): Promise<AnyJson> =>
  read(homeward, await stored(homeward, submissionId, 'Patient'));
const isDead = ({ deceasedBoolean, deceasedDateTime }: AnyJson): boolean =>
  deceasedBoolean === true || deceasedDateTime !== undefined;

describe('a death that a late submission added to the current version', () => {
  async function lateDeath(): Promise<{ n: string; wrong: SummaryBuilder }> {
    const n = freshNhsNumber();
    const wrong = of(n);
    await accepted(homeward, at(of(n), '05'), RX1);
    await accepted(homeward, at(dead(wrong), '03'), RR8);
    return { n, wrong };
  }
  it.each<[string, Change]>([
    ['retraction that says it again', (s) => retracted(dead(s))],
    ['retraction without it', retracted],
    ['correction that leaves it out', (s) => s],
  ])('is marked for review after a %s', async (_what, change) => {
    const { wrong } = await lateDeath();
    const sent = await accepted(homeward, at(change(wrong), '08'), RR8);
    expect(isDead(await patientOf(sent))).toBe(true);
    expect(await deathReasons(homeward, sent)).not.toEqual([]);
  });
  it('is taken back in words by its lineage, which alone has said it, and is marked', async () => {
    const { n, wrong } = await lateDeath();
    await accepted(homeward, at(family('Newer')(of(n)), '09'), RX2);
    const sent = await accepted(homeward, at(alive(wrong), '07'), RR8);
    expect([isDead(await patientOf(sent)), (await deathReasons(homeward, sent)).length > 0]).toEqual([
      false,
      true,
    ]);
  });
  it('is taken back by another who says afterwards that the patient is alive, and is marked', async () => {
    const { n } = await lateDeath();
    await accepted(homeward, at(family('Newer')(of(n)), '09'), RX2);
    const sent = await accepted(homeward, at(alive(of(n)), '07'), { as: 'RXA' });
    expect(told(sent.json).join()).toContain('submission-death-changed');
    expect(await deathReasons(homeward, sent)).not.toEqual([]);
  });
});

describe('a death that somebody has contradicted since, and that is said again', () => {
  async function contradicted(first: Change = dead): Promise<{ n: string; summary: SummaryBuilder }> {
    const n = freshNhsNumber();
    const summary = first(of(n));
    await accepted(homeward, at(summary, '03'), RR8);
    await accepted(homeward, at(alive(of(n)), '05'), RX1);
    return { n, summary };
  }
  async function isMarked(sent: Sent): Promise<void> {
    expect(isDead(await patientOf(sent))).toBe(true);
    expect(told(sent.json).join()).toContain('submission-death-changed');
    expect(await deathReasons(homeward, sent)).not.toEqual([]);
  }
  it.each<[string, Change, Change]>([
    ['in the same words', dead, dead],
    ['with its date', died('2025-05-02'), died('2025-05-02')],
    ['with a date that is new', dead, died('2025-05-02')],
  ])('is marked when a correction says it: %s', async (_what, first, again) => {
    const { summary } = await contradicted(first);
    await isMarked(await accepted(homeward, at(again(family('Newer')(summary)), '07'), RR8));
  });
  it.each([RR8, RX2])('is marked when another summary says it: %j', async (as) => {
    const { n } = await contradicted();
    await isMarked(await accepted(homeward, at(dead(of(n)), '07'), as));
  });
  it('is marked when it comes late, and is the newest statement of it', async () => {
    const { n, summary } = await contradicted();
    await accepted(homeward, at(family('Newer')(of(n)), '09'), RX2);
    await isMarked(await accepted(homeward, at(dead(family('Other')(summary)), '07'), RR8));
  });
  it('is marked when another summary says it, and its own summary had corrected it', async () => {
    const n = freshNhsNumber();
    const wrong = of(n);
    await accepted(homeward, at(of(n), '01'), RX2);
    await accepted(homeward, at(died('2025-04-05')(wrong), '02'), RR8);
    await accepted(homeward, at(alive(wrong), '03'), RR8);
    await isMarked(await accepted(homeward, at(died('2025-04-05')(of(n)), '07'), RX1));
  });
  it.each<[string, Change[]]>([
    ['nobody has said it before', [alive]],
    ['its summary is retracted since', [dead, (s) => retracted(dead(s)), alive]],
  ])('is news where %s', async (_what, said) => {
    const n = freshNhsNumber();
    const wrong = of(n);
    await accepted(homeward, at(of(n), '01'), RX2);
    for (const [index, change] of said.entries())
      await accepted(homeward, at(change(change === alive ? of(n) : wrong), `0${index + 2}`), RR8);
    const sent = await accepted(homeward, at(dead(of(n)), '08'), RX1);
    expect(isDead(await patientOf(sent))).toBe(true);
    expect(told(sent.json).join()).not.toContain('submission-death-changed');
    expect(await deathReasons(homeward, sent)).toEqual([]);
  });
});

describe('a death that stays is marked for review, however its summary is retracted', () => {
  it('without Bundle.identifier, a silent edition in between', async () => {
    const n = freshNhsNumber();
    const wrong = of(n).without('Bundle.identifier');
    await accepted(homeward, at(dead(wrong), '02'), RR8);
    await accepted(homeward, at(family('Corrigan')(wrong), '03'), RR8);
    await accepted(homeward, at(of(n), '04'), RX2);
    const sent = await accepted(homeward, at(retracted(wrong), '05'), RR8);
    expect(isDead(await patientOf(sent))).toBe(true);
    expect(await deathReasons(homeward, sent)).not.toEqual([]);
  });
  it('by a batch with PUT of the stay and of the document', async () => {
    const n = freshNhsNumber();
    const wrong = dead(of(n));
    const one = await accepted(homeward, at(wrong, '02'), RR8);
    await accepted(homeward, at(of(n), '03'), RX1);
    const put = async (type: string): Promise<AnyJson> => {
      const { id } = await stored(homeward, one.submissionId, type);
      const resource = { ...(await read(homeward, { type, id })), status: 'entered-in-error' };
      const sent = (wrong.build().entry as AnyJson[]).find(
        (entry) => entry.resource.resourceType === type,
      ).resource;
      if (sent.content) resource.content = sent.content;
      return { resource, request: { method: 'PUT', url: `${type}/${id}` } };
    };
    const sent = await send(
      homeward,
      bundleOf('batch', await put('Encounter'), await put('DocumentReference')),
      {
        path: '/FHIR/R4',
        ...RR8,
      },
    );
    const answers = sent.json.entry.map(({ response }: AnyJson) =>
      [response.status, told(response.outcome).join()].join(' '),
    );
    if (!answers.every((each: string) => each.startsWith('200'))) throw new Error(answers.join('; '));
    expect(isDead(await patientOf(one))).toBe(true);
    // Each entry of a batch is a submission by itself: one of all those of the patient should be marked.
    const { json } = await homeward.call('GET', `/submissions?nhs-number=${n}`);
    const ids: string[] = json.submissions.map(({ id }: AnyJson) => id);
    const all = await Promise.all(
      ids.map((submissionId) => deathReasons(homeward, { submissionId } as Sent)),
    );
    expect([ids.length, all.flat().length > 0]).toEqual([5, true]);
  });
  it('after more than fifty versions of the Patient', async () => {
    const n = freshNhsNumber();
    const wrong = of(n);
    let hour = 0;
    const next = (s: SummaryBuilder): SummaryBuilder =>
      s
        .without('Bundle.meta.versionId')
        .with('Bundle.meta.lastUpdated', new Date(Date.UTC(2025, 4, 1, (hour += 1))).toISOString());
    await accepted(homeward, next(dead(wrong)), RR8);
    for (let i = 0; i < 52; i += 1)
      await accepted(homeward, next(family(i % 2 ? 'OBRIEN' : 'O-Brien')(of(n))), i % 2 ? RX1 : RX2);
    const sent = await accepted(homeward, next(retracted(wrong)), RR8);
    expect(isDead(await patientOf(sent))).toBe(true);
    expect(await deathReasons(homeward, sent)).not.toEqual([]);
  }, 60_000);
});

describe('an older correction does not take back a death that a newer submission of another says', () => {
  it.each<[string, Change, Change]>([
    ['that there was one', dead, dead],
    ['the same date', died('2025-04-30T10:00:00Z'), died('2025-04-30T10:00:00Z')],
  ])('in the same words: %s', async (_what, first, second) => {
    const n = freshNhsNumber();
    const summary = of(n);
    await accepted(homeward, at(first(summary), '05'), RR8);
    await accepted(homeward, at(second(family('Newer')(of(n))), '09'), RX1);
    const sent = await accepted(homeward, at(alive(summary), '07'), RR8);
    expect(isDead(await patientOf(sent))).toBe(true);
  });
  it('word for word the stored Patient (restated)', async () => {
    const n = freshNhsNumber();
    const summary = of(n);
    await accepted(homeward, at(dead(summary), '05'), RR8);
    await accepted(homeward, at(dead(of(n)), '09'), RX1);
    const sent = await accepted(homeward, at(alive(summary), '07'), RR8);
    expect(isDead(await patientOf(sent))).toBe(true);
  });
  it('with a date, late itself', async () => {
    const n = freshNhsNumber();
    const summary = of(n);
    await accepted(homeward, at(dead(summary), '05'), RR8);
    await accepted(homeward, at(family('Newer')(of(n)), '09'), RX1);
    await accepted(homeward, at(died('2025-05-04T10:00:00Z')(of(n)), '08'), RX2);
    const sent = await accepted(homeward, at(alive(summary), '07'), RR8);
    expect((await patientOf(sent)).deceasedDateTime).toBe('2025-05-04T10:00:00Z');
  });
  it('an older retraction, over a newer one that stated the Patient again', async () => {
    const n = freshNhsNumber();
    const summary = of(n);
    const date = died('2025-05-04T10:00:00Z');
    await accepted(homeward, at(date(summary), '05'), RR8);
    await accepted(homeward, at(date(of(n)), '09'), RX1);
    const sent = await accepted(homeward, at(alive(retracted(summary)), '07'), RR8);
    expect(isDead(await patientOf(sent))).toBe(true);
    expect(await deathReasons(homeward, sent)).not.toEqual([]);
  });
});

describe('what the newest submission says of the death holds, also if it is a retraction', () => {
  it('alive', async () => {
    const n = freshNhsNumber();
    const summary = of(n);
    await accepted(homeward, at(summary, '01'), RR8);
    await accepted(homeward, at(dead(family('Newer')(of(n))), '03'), RX1);
    const sent = await accepted(homeward, at(alive(retracted(summary)), '08'), RR8);
    expect(told(sent.json).join()).not.toContain('submission-late');
    expect((await patientOf(sent)).deceasedBoolean).toBe(false);
  });
  it.each<[string, Change, Change]>([
    ['a death, where another said alive before', alive, died('2025-05-05')],
    ['another date', died('2025-04-29'), died('2025-04-28')],
  ])('%s', async (_what, before, says) => {
    const n = freshNhsNumber();
    const summary = of(n);
    await accepted(homeward, at(summary, '01'), RR8);
    await accepted(homeward, at(before(family('Newer')(of(n))), '03'), RX1);
    const newest = says(retracted(summary));
    const sent = await accepted(homeward, at(newest, '08'), RR8);
    expect((await patientOf(sent)).deceasedDateTime).toBe(
      (newest.build().entry as AnyJson[])[0].resource.deceasedDateTime,
    );
  });
});

describe('a wrong person’s name on the patient through a retraction', () => {
  const wrongly: Change = (s) => family('Threlkeld')(s).with('Patient.name[0].given', ['Joan']);
  it('the right summary, made before the retraction, is delivered after it', async () => {
    const n = freshNhsNumber();
    const wrong = wrongly(of(n));
    await accepted(homeward, at(wrong, '17'), RR8);
    await accepted(homeward, at(retracted(wrong), '26'), RR8);
    const sent = await accepted(homeward, at(of(n), '25'), RX1);
    const { name } = await patientOf(sent);
    expect(name[0].family).toBe("O'Brien");
  });
  it('a wrong name that was late, and never current, does not become so by the retraction', async () => {
    const n = freshNhsNumber();
    const wrong = wrongly(of(n));
    await accepted(homeward, at(of(n), '05'), RX1);
    await accepted(homeward, at(wrong, '03'), RR8);
    const sent = await accepted(homeward, at(retracted(wrong), '08'), RR8);
    expect((await patientOf(sent)).name[0].family).toBe("O'Brien");
  });
  it.each<[string, Change]>([
    ['a less precise birth date', (s) => s.with('Patient.birthDate', '1950')],
    ['the gender unknown', (s) => s.with('Patient.gender', 'unknown')],
  ])('a retraction that says the same as its summary, with %s', async (_what, change) => {
    const n = freshNhsNumber();
    const wrong = change(wrongly(of(n)));
    await accepted(homeward, at(of(n), '01'), RX1);
    await accepted(homeward, at(wrong, '02'), RR8);
    await accepted(homeward, at(of(n), '03'), RX2);
    const sent = await accepted(homeward, at(retracted(wrong), '05'), RR8);
    expect((await patientOf(sent)).name[0].family).toBe("O'Brien");
  });
});

describe('the death of the person whom a verified birth date has replaced', () => {
  it('does not come to the verified patient with the retraction, which is accepted', async () => {
    const n = freshNhsNumber();
    const wrong = status(undefined)(died('2025-04-29')(family('Threlkeld')(of(n)).birthDate('1941-01-02')));
    await accepted(homeward, at(wrong, '01'), RR8);
    await accepted(homeward, at(of(n), '03'), RX1);
    const sent = await accepted(homeward, at(retracted(wrong), '04'), RR8);
    const patient = await patientOf(sent);
    expect(patient.birthDate).toBe('1950-03-14');
    expect(isDead(patient)).toBe(false);
  });
});

describe('a death that two summaries said, and that both leave out in a correction', () => {
  it.each<[string, string, Change]>([
    ['the second correction', 'submission-value-kept', (s) => s],
    ['the retraction of the second', 'submission-value-kept', retracted],
  ])('is marked for review by %s, because no current summary says it', async (_what, rule, change) => {
    const n = freshNhsNumber();
    const [report, discharge] = [of(n), of(n)];
    await accepted(homeward, at(dead(report), '01'));
    await accepted(homeward, at(dead(discharge), '02'));
    const first = await accepted(homeward, at(report, '03'));
    expect([told(first.json).join().includes(rule), await deathReasons(homeward, first)]).toEqual([
      false,
      [],
    ]);
    const second = await accepted(homeward, at(change(discharge), '04'));
    expect(told(second.json).join()).toContain(`warning ${rule}`);
    expect(await deathReasons(homeward, second)).not.toEqual([]);
    expect(isDead(await patientOf(second))).toBe(true);
  });
});
