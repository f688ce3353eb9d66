/**
 * semantics "Corrections" 5, for the Patient: what was made before what is stored does not turn it back. What only the
 * older one says is kept: a death is never lost. No clock that runs ahead keeps newer content out.
 */
import type { SummaryBuilder } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { accepted, freshNhsNumber, read, record, stored, told, type AnyJson, type Sent } from './sending';
import { about, asTransaction } from './story';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const [EARLY, LATE] = ['2025-03-11T10:00:00Z', '2025-03-11T12:00:00Z'];
const living = (nhsNumber: string, city: string, at: string): SummaryBuilder =>
  about({ nhsNumber }).with('Patient.address[0].city', city).with('Bundle.meta.lastUpdated', at);
const patientIn = async ({ submissionId }: Sent): Promise<AnyJson> =>
  read(homeward, await stored(homeward, submissionId, 'Patient'));
const LATE_WARNING = 'warning submission-late Bundle.entry[0].resource';

describe('a summary that was made before the one that wrote the stored Patient', () => {
  it('leaves the newer demographics current; its own are a version of the history', async () => {
    const nhsNumber = freshNhsNumber();
    const newer = await accepted(homeward, living(nhsNumber, 'York', LATE));
    const older = await accepted(homeward, living(nhsNumber, 'Ely', EARLY), { as: 'RX1' });

    expect(told(older.json)).toContain(LATE_WARNING);
    const { id, address, meta } = await patientIn(newer);
    expect([address[0].city, meta.versionId]).toEqual(['York', '3']);
    const { json } = await homeward.call('GET', `/FHIR/R4/Patient/${id}/_history`);
    const cities = json.entry.map(({ resource }: AnyJson) => resource.address[0].city);
    expect(cities).toEqual(['York', 'Ely', 'York']);
    const kept = (await record(homeward, older.submissionId)).stored.filter(
      (each: AnyJson) => each.id === id,
    );
    expect(kept.map(({ version, contentOf }: AnyJson) => [version, contentOf])).toEqual([
      [2, undefined],
      [3, newer.submissionId],
    ]);
  });

  it('is compared with the newest that wrote it, whatever came late between', async () => {
    const nhsNumber = freshNhsNumber();
    const newer = await accepted(homeward, living(nhsNumber, 'York', LATE));
    await accepted(homeward, living(nhsNumber, 'Ely', EARLY), { as: 'RX1' });
    await accepted(homeward, living(nhsNumber, 'Bath', '2025-03-11T11:00:00Z'), { as: 'RJ7' });
    expect((await patientIn(newer)).address[0].city).toBe('York');
  });

  it('adds a death that the newer one does not speak of', async () => {
    const nhsNumber = freshNhsNumber();
    const newer = await accepted(homeward, living(nhsNumber, 'York', LATE));
    const dead = living(nhsNumber, 'Ely', EARLY).with('Patient.deceasedDateTime', '2025-03-11');
    await accepted(homeward, dead, { as: 'RX1' });
    expect(await patientIn(newer)).toMatchObject({
      deceasedDateTime: '2025-03-11',
      address: [{ city: 'York' }],
    });
  });

  it('writes nothing where it says nothing else', async () => {
    const nhsNumber = freshNhsNumber();
    const newer = await accepted(homeward, living(nhsNumber, 'York', LATE));
    const older = await accepted(homeward, living(nhsNumber, 'York', EARLY), { as: 'RX1' });
    expect(told(older.json)).not.toContain(LATE_WARNING);
    expect((await patientIn(newer)).meta.versionId).toBe('1');
  });

  it('is a transaction, too', async () => {
    const nhsNumber = freshNhsNumber();
    const newer = await accepted(homeward, living(nhsNumber, 'York', LATE));
    const path = '/FHIR/R4';
    const older = await accepted(homeward, asTransaction(living(nhsNumber, 'Ely', EARLY)), {
      path,
      as: 'RX1',
    });
    expect(older.json.entry[0].response.location).toMatch(/_history\/2$/);
    expect((await patientIn(newer)).address[0].city).toBe('York');
  });

  it('replaces an edition of its own lineage all the same', async () => {
    const nhsNumber = freshNhsNumber();
    const summary = living(nhsNumber, 'York', LATE);
    const first = await accepted(homeward, summary);
    const correction = summary.correction(2).with('Patient.address[0].city', 'Ely');
    await accepted(homeward, correction.with('Bundle.meta.lastUpdated', EARLY));
    expect((await patientIn(first)).address[0].city).toBe('Ely');
  });
});

describe('a summary that was made before the newest that stated the stored Patient', () => {
  const MIDDLE = '2025-03-11T11:00:00Z';

  it.each([
    ['three senders', ['RR8', 'RX1', 'RJ7']],
    ['one sender', ['RR8', 'RR8', 'RR8']],
  ])('leaves it as it is, though the newest wrote no version: %s', async (_who, [one, two, three]) => {
    const nhsNumber = freshNhsNumber();
    const first = await accepted(homeward, living(nhsNumber, 'York', EARLY), { as: one! });
    const second = living(nhsNumber, 'York', LATE).without('Patient.gender');
    const newest = await accepted(homeward, second, { as: two! });
    const late = await accepted(homeward, living(nhsNumber, 'Ely', MIDDLE), { as: three! });

    expect(told(late.json)).toContain(LATE_WARNING);
    const { address, meta } = await patientIn(first);
    expect([address[0].city, meta.versionId]).toEqual(['York', '3']);
    const kept = (await record(homeward, late.submissionId)).stored;
    expect(kept.find(({ contentOf }: AnyJson) => contentOf)).toMatchObject({
      version: 3,
      contentOf: newest.submissionId,
    });
    // And once more, after the version that kept it.
    await accepted(homeward, living(nhsNumber, 'Bath', MIDDLE), { as: 'RA9' });
    expect((await patientIn(first)).address[0].city).toBe('York');
  });

  it('does not bring a death to life', async () => {
    const nhsNumber = freshNhsNumber();
    const dead = (at: string): SummaryBuilder =>
      living(nhsNumber, 'York', at).with('Patient.deceasedDateTime', '2025-03-10');
    const first = await accepted(homeward, dead(EARLY));
    await accepted(homeward, dead(LATE), { as: 'RX1' });
    const alive = living(nhsNumber, 'York', MIDDLE).with('Patient.deceasedBoolean', false);
    await accepted(homeward, alive, { as: 'RJ7' });
    expect((await patientIn(first)).deceasedDateTime).toBe('2025-03-10');
  });

  it('is replaced by what is newer than all of them', async () => {
    const nhsNumber = freshNhsNumber();
    const first = await accepted(homeward, living(nhsNumber, 'York', EARLY));
    await accepted(homeward, living(nhsNumber, 'York', MIDDLE), { as: 'RX1' });
    await accepted(homeward, living(nhsNumber, 'Ely', LATE), { as: 'RJ7' });
    expect((await patientIn(first)).address[0].city).toBe('Ely');
  });

  it('counts no Patient that a condition found: its content was not compared', async () => {
    const nhsNumber = freshNhsNumber();
    const first = await accepted(homeward, living(nhsNumber, 'York', EARLY));
    const ifNoneExist = `identifier=https://fhir.nhs.uk/Id/nhs-number|${nhsNumber}`;
    const found = asTransaction(living(nhsNumber, 'Bath', LATE), { Patient: { ifNoneExist } });
    await accepted(homeward, found, { path: '/FHIR/R4', as: 'RX1' });
    await accepted(homeward, living(nhsNumber, 'Ely', MIDDLE), { as: 'RJ7' });
    expect((await patientIn(first)).address[0].city).toBe('Ely');
  });
});

describe('a summary of a clock that runs years ahead', () => {
  it('is as new as it was received: what is made after that is newer', async () => {
    const nhsNumber = freshNhsNumber();
    const ahead = await accepted(homeward, living(nhsNumber, 'York', '2099-01-01T00:00:00Z'));
    const now = new Date(Date.now() + 1000).toISOString();
    const next = await accepted(homeward, living(nhsNumber, 'Ely', now), { as: 'RX1' });
    expect(told(next.json)).not.toContain(LATE_WARNING);
    expect((await patientIn(ahead)).address[0].city).toBe('Ely');
  });
});
