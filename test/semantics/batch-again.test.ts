/** A batch that is sent again: what was refused is judged anew, what was stored is a resend, whatever bytes they have. */
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';

const NHS = 'https://fhir.nhs.uk/Id/nhs-number';

interface Part {
  response: { status: string; location?: string };
}

describe('a batch that is sent again', () => {
  let homeward: Homeward;
  beforeAll(async () => {
    homeward = await startHomeward();
  });
  afterAll(() => homeward.close());

  /** A procedure of a patient who is named by NHS number. */
  const procedure = (value: string, nhsNumber: string): object => ({
    resource: {
      resourceType: 'Procedure',
      identifier: [{ system: 'urn:batch-again', value }],
      status: 'completed',
      code: { text: 'Sutures' },
      subject: { reference: `Patient?identifier=${NHS}|${nhsNumber}` },
    },
    request: { method: 'POST', url: 'Procedure' },
  });
  const bundleOf = (...entry: object[]): object => ({ resourceType: 'Bundle', type: 'batch', entry });
  const send = async (...entry: object[]): Promise<Part['response'][]> => {
    const answered = await homeward.call('POST', '/FHIR/R4', { body: bundleOf(...entry) });
    expect(answered.status).toBe(200);
    return (answered.json.entry as Part[]).map(({ response }) => response);
  };
  const statuses = (responses: readonly Part['response'][]): string[] =>
    responses.map(({ status }) => status.slice(0, 3));
  const stored = async (value: string): Promise<number> =>
    (await homeward.call('GET', `/FHIR/R4/Procedure?identifier=urn:batch-again|${value}`)).json
      .total as number;
  const arrive = (stay: number, nhsNumber: string) =>
    homeward.call('POST', '/FHIR/R4/Bundle', { body: aSummary().stay(stay).nhsNumber(nhsNumber).bytes() });

  it('stores an entry that was refused before, once nothing speaks against it', async () => {
    const entry = procedure('1', '9990000131');
    expect(statuses(await send(entry))).toEqual(['412']);
    expect((await arrive(1, '9990000131')).status).toBe(201);
    const [again] = await send(entry);
    expect(again).toMatchObject({ status: '201 Created', location: expect.stringMatching(/^Procedure\//) });
    expect(await stored('1')).toBe(1);
    expect(await send(entry)).toMatchObject([{ location: again?.location }]);
    expect(await stored('1')).toBe(1);
  });

  it('refuses again what is still wrong, also inside another batch, and never says that it is stored', async () => {
    const entry = procedure('2', '9990000026');
    const remove = { request: { method: 'DELETE', url: 'Procedure/1' } };
    for (let time = 1; time <= 2; time += 1) {
      expect(statuses(await send(entry))).toEqual(['412']);
      expect(statuses(await send(remove))).toEqual(['422']);
      expect(statuses(await send(entry, remove, entry))).toEqual(['412', '422', '412']);
    }
  });

  it('answers what was stored as a resend, and judges the others anew', async () => {
    expect((await arrive(3, '9990000042')).status).toBe(201);
    const [good, bad] = [procedure('3', '9990000042'), procedure('4', '9990000050')];
    const [first, refused] = await send(good, bad);
    expect([first?.status, refused?.status.slice(0, 3)]).toEqual(['201 Created', '412']);
    expect((await arrive(4, '9990000050')).status).toBe(201);
    const [again, late] = await send(good, bad);
    expect([again?.location, late?.status]).toEqual([first?.location, '201 Created']);
    expect([await stored('3'), await stored('4')]).toEqual([1, 1]);
  });

  it('is never an answer to another kind of submission with the same bytes', async () => {
    const bad = procedure('5', '9990000069');
    await send(bad, bad);
    const elsewhere = await homeward.call('POST', '/FHIR/R4/Bundle', { body: bundleOf(bad, bad) });
    expect(elsewhere.status).toBe(422);
    expect(elsewhere.headers.get('location')).toBeNull();
  });

  it('is kept beside its entry where both have the same bytes', async () => {
    expect((await arrive(5, '9990000077')).status).toBe(201);
    const entry = procedure('6', '9990000077');
    await send(entry);
    const answered = await homeward.call('POST', '/FHIR/R4', { body: bundleOf(entry) });
    const id = answered.headers.get('x-submission-id');
    const kept = await homeward.call('GET', '/submissions?status=accepted');
    const same = (kept.json.submissions as { id: string; sha256: string }[]).filter(
      ({ sha256 }, _at, all) => sha256 === all.find((each) => each.id === id)?.sha256,
    );
    expect(same).toHaveLength(2);
  });

  it('names the patients of all its entries where it is read, stored or refused', async () => {
    const named = [procedure('7', '9990000042'), procedure('8', '9990000085')];
    const id = (await homeward.call('POST', '/FHIR/R4', { body: bundleOf(...named) })).headers.get(
      'x-submission-id',
    );
    for (const path of [`/FHIR/R4/Bundle/${id}`, `/submissions/${id}`, `/submissions/${id}/raw`]) {
      const requestId = `batch-read-${path.length}`;
      await homeward.call('GET', path, { headers: { 'X-Request-ID': requestId } });
      for (const nhsNumber of ['9990000042', '9990000085']) {
        const report = await homeward.call('GET', `/access-report?nhs-number=${nhsNumber}`);
        const rows = (report.json.rows as { requestId: string }[]).filter(
          (row) => row.requestId === requestId,
        );
        expect([path, nhsNumber, rows.length]).toEqual([path, nhsNumber, 1]);
      }
    }
  });
});
