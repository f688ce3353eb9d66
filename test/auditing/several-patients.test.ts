/**
 * A transaction that is no summary may be about several patients: each of them finds it in the audit trail, in the access
 * report and among the submissions, whether it was stored, refused or sent again.
 */
import { startHomeward, type Homeward } from '../support/homeward';
import { freshNhsNumber, send, type AnyJson, type Sent } from '../semantics/sending';
import { find, known, NHS, post, type Known } from '../semantics/story';
import { bundleOf, put, transact, type Entry } from '../semantics/transacting';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const problem = (patient: string, text = 'Asthma'): Entry =>
  post({ resourceType: 'Condition', code: { text }, subject: { reference: patient } });

/** The outcomes of what an auditor finds of a patient, by the id and by the NHS number, for one submission. */
async function foundOf(
  sent: Sent,
  { patient, nhsNumber }: Pick<Known, 'patient' | 'nhsNumber'>,
): Promise<unknown> {
  const about = `entity=Bundle/${sent.submissionId}&action=C`;
  const events = await find(homeward, `AuditEvent?patient=${patient}&${about}`);
  const byNumber = await find(homeward, `AuditEvent?patient:identifier=${NHS}|${nhsNumber}&${about}`);
  const report = await homeward.call('GET', `/access-report?nhs-number=${nhsNumber}`);
  const { json } = await homeward.call('GET', `/submissions?nhs-number=${nhsNumber}`);
  return {
    events: events.map(({ outcome }) => outcome),
    byNumber: byNumber.length,
    isReported: report.json.rows.some((row: AnyJson) => row.requestId === sent.headers.get('x-request-id')),
    isListed: json.submissions.some(({ id }: AnyJson) => id === sent.submissionId),
  };
}

const seen = (...events: string[]): object => ({
  events,
  byNumber: events.length,
  isReported: true,
  isListed: true,
});

describe('a transaction about two patients', () => {
  it('is in the trail, the report and the list of each', async () => {
    const [a, b] = [await known(homeward), await known(homeward)];
    const sent = await transact(homeward, 'RX1', problem(a.patient), problem(b.patient));
    expect(sent.status).toBe(200);
    for (const each of [a, b]) expect(await foundOf(sent, each)).toEqual(seen('0'));
    const { json } = await homeward.call('GET', `/submissions/${sent.submissionId}`);
    expect(json.patients).toEqual([a.patient, b.patient]);
  });

  it('is there of each whose stored reading it changes', async () => {
    const [a, b] = [await known(homeward), await known(homeward)];
    const changed = async ({ observation }: Known): Promise<Entry> => {
      const { json } = await homeward.call('GET', `/FHIR/R4/${observation}`);
      return put(observation, { ...json, status: 'amended' });
    };
    const sent = await transact(homeward, 'RR8', await changed(a), await changed(b));
    expect(sent.status).toBe(200);
    for (const each of [a, b]) expect(await foundOf(sent, each)).toEqual(seen('0'));
  });

  it('is there when it is sent again', async () => {
    const [a, b] = [await known(homeward), await known(homeward)];
    const bundle = bundleOf('transaction', problem(a.patient), problem(b.patient));
    await send(homeward, bundle, { path: '/FHIR/R4', as: 'RX1' });
    const again = await send(homeward, bundle, { path: '/FHIR/R4', as: 'RX1' });
    for (const each of [a, b]) expect(await foundOf(again, each)).toEqual(seen('0', '0'));
  });

  it('is there when it is refused', async () => {
    const [a, b] = [await known(homeward), await known(homeward)];
    const bad = post({ resourceType: 'Condition', code: { text: 'nobody' } });
    const sent = await transact(homeward, 'RX1', problem(a.patient), problem(b.patient), bad);
    expect(sent.status).toBe(422);
    for (const each of [a, b]) expect(await foundOf(sent, each)).toEqual(seen('4'));
  });

  it('is there when an update of stored data is refused', async () => {
    const [a, b] = [await known(homeward), await known(homeward)];
    const { json } = await homeward.call('GET', `/FHIR/R4/${b.observation}`);
    const { subject: _subject, ...nobodys } = json;
    const sent = await transact(homeward, 'RX1', problem(a.patient), put(b.observation, nobodys));
    expect(sent.status).toBe(422);
    for (const each of [a, b]) expect(await foundOf(sent, each)).toEqual(seen('4'));
  });

  it('is there of a patient whom it names by NHS number alone, stored or not', async () => {
    const [a, nhsNumber] = [await known(homeward), freshNhsNumber()];
    const byNumber = { identifier: { system: NHS, value: nhsNumber } };
    const bad = post({
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'x' },
      subject: byNumber,
    });
    const sent = await transact(homeward, 'RX1', problem(a.patient), bad);
    expect(sent.status).toBe(422);
    const { json } = await homeward.call('GET', `/submissions?nhs-number=${nhsNumber}`);
    expect(json.submissions.map(({ id }: AnyJson) => id)).toEqual([sent.submissionId]);
    expect(await find(homeward, `AuditEvent?patient:identifier=${NHS}|${nhsNumber}&action=C`)).toHaveLength(
      1,
    );
  });

  it('has a Provenance in the record of each, which names nothing of the other', async () => {
    const [a, b] = [await known(homeward), await known(homeward)];
    await transact(homeward, 'RX1', problem(a.patient), problem(b.patient));
    for (const { patient } of [a, b]) {
      const [condition] = await find(homeward, `Condition?patient=${patient}`);
      const made = await find(homeward, `Provenance?target=Condition/${condition.id}`);
      expect(made.map(({ target }) => target)).toEqual([
        [{ reference: `Condition/${condition.id}/_history/1` }],
      ]);
      const { json } = await homeward.call('GET', `/FHIR/R4/${patient}/$everything?_count=500`);
      expect(json.entry.map(({ resource }: AnyJson) => resource.id)).toContain(made[0].id);
    }
  });
});

describe('a reader of a submission about two patients', () => {
  it.each(['/FHIR/R4/Bundle/', '/submissions/'])('is in the trail of each, at %s', async (path) => {
    const [a, b] = [await known(homeward), await known(homeward)];
    const sent = await transact(homeward, 'RX1', problem(a.patient), problem(b.patient));
    await homeward.call('GET', `${path}${sent.submissionId}`);
    for (const { patient } of [a, b]) {
      const about = `AuditEvent?patient=${patient}&entity=Bundle/${sent.submissionId}&action=R`;
      expect(await find(homeward, about)).toHaveLength(1);
    }
  });
});
