/** Whose submission it is, in the audit trail and in `/submissions`: the Patient entry's, never another person's. */
import type { AnyResource, JsonObject } from '../../src/fhir/types';
import type { SummaryBuilder } from '../fixtures/summary';
import {
  accepted,
  freshNhsNumber,
  freshSummary,
  send,
  stored,
  type AnyJson,
  type Sent,
} from '../semantics/sending';
import { startHomeward, type Homeward } from '../support/homeward';

const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

/** A person with an NHS number of their own, as the first entry of the summary. */
const after = (type: string, nhsNumber: string, summary: SummaryBuilder): SummaryBuilder =>
  summary.changed((bundle) => {
    const entries = bundle.entry as JsonObject[];
    const person: AnyResource = {
      resourceType: type,
      identifier: [{ system: NHS_NUMBER, value: nhsNumber }],
      ...(type === 'RelatedPerson' ? { patient: { reference: entries[0]!.fullUrl! } } : {}),
    };
    entries.unshift({ fullUrl: 'urn:uuid:11111111-1111-4111-8111-111111111111', resource: person });
  });

const asTransaction = (summary: SummaryBuilder): SummaryBuilder =>
  summary.changed((bundle) => {
    bundle.type = 'transaction';
    for (const entry of bundle.entry as { resource: AnyResource; request?: JsonObject }[])
      entry.request = { method: 'POST', url: entry.resource.resourceType };
  });

/** The NHS numbers that the audit record of a submission names. */
async function namedBy({ submissionId }: Sent): Promise<string[]> {
  const { json } = await homeward.call('GET', `/FHIR/R4/AuditEvent?entity=Bundle/${submissionId}&action=C`);
  return numbersIn(json);
}

const numbersIn = ({ entry }: AnyJson): string[] =>
  entry[0].resource.entity.flatMap(({ what }: AnyJson) =>
    what.identifier?.system === NHS_NUMBER ? [what.identifier.value] : [],
  );

const listedOf = async ({ submissionId }: Sent): Promise<AnyJson> =>
  (await homeward.call('GET', `/submissions/${submissionId}`)).json;

describe('the patient of a submission', () => {
  it.each(['RelatedPerson', 'Practitioner', 'Person'])(
    'is the Patient, where a %s with an NHS number comes before it',
    async (type) => {
      const [own, other] = [freshNhsNumber(), freshNhsNumber()];
      const sent = await accepted(homeward, after(type, other, freshSummary().nhsNumber(own)));
      const { id } = await stored(homeward, sent.submissionId, 'Patient');
      expect(await listedOf(sent)).toMatchObject({ nhsNumber: own, patient: `Patient/${id}` });
      expect(await namedBy(sent)).toEqual([own]);
    },
  );

  it('is the Patient of a transaction, too', async () => {
    const [own, other] = [freshNhsNumber(), freshNhsNumber()];
    const summary = asTransaction(after('RelatedPerson', other, freshSummary().nhsNumber(own)));
    const sent = await accepted(homeward, summary, { path: '/FHIR/R4' });
    expect(await listedOf(sent)).toMatchObject({ nhsNumber: own });
    expect(await namedBy(sent)).toEqual([own]);
  });

  it('is the Patient of a refused submission, too', async () => {
    const [own, other] = [freshNhsNumber(), freshNhsNumber()];
    const summary = after('Practitioner', other, freshSummary().nhsNumber(own).without('Encounter'));
    const sent = await send(homeward, summary);
    expect(sent.status).toBe(422);
    expect(await listedOf(sent)).toMatchObject({ nhsNumber: own });
    expect(await namedBy(sent)).toEqual([own]);
  });

  it.each(['/FHIR/R4/Bundle', '/FHIR/R4'])(
    'is the Patient of an attempt at %s that is refused for its scope, too',
    async (path) => {
      const [own, other] = [freshNhsNumber(), freshNhsNumber()];
      const summary = after('RelatedPerson', other, freshSummary().nhsNumber(own));
      const requestId = `attempt-${own}`;
      const token = homeward.token('system/Patient.r', 'RX1');
      const headers = { 'X-Request-ID': requestId };
      expect((await send(homeward, summary, { path, token, headers })).status).toBe(403);
      const { json } = await homeward.call('GET', `/FHIR/R4/AuditEvent?entity:identifier=${requestId}`);
      expect(numbersIn(json)).toEqual([own]);
    },
  );

  it('is each of them, where a transaction brings two Patients', async () => {
    const numbers = [freshNhsNumber(), freshNhsNumber()];
    const entry = numbers.map((value) => ({
      resource: {
        resourceType: 'Patient',
        identifier: [{ system: NHS_NUMBER, value }],
        name: [{ family: 'Testing', given: ['Avery'] }],
      },
      request: { method: 'POST', url: 'Patient' },
    }));
    const bundle = { resourceType: 'Bundle', type: 'transaction', entry };
    expect(await namedBy(await accepted(homeward, bundle, { path: '/FHIR/R4' }))).toEqual(numbers);
  });
});
