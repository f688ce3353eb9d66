/** A sender that may only submit can't learn what is stored: not by conditions, nor by what it is answered. */
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';

let homeward: Homeward;
/** What is stored, as paths below the base. */
let patient: string;
let mine: string;

beforeAll(async () => {
  homeward = await startHomeward();
  const sent = await homeward.call('POST', '/FHIR/R4/Bundle', { body: aSummary().bytes() });
  mine = `Bundle/${sent.headers.get('x-submission-id')}`;
  const { entry } = (await homeward.call('GET', '/FHIR/R4/Patient')).json;
  patient = `Patient/${entry[0].resource.id}`;
});
afterAll(() => homeward.close());

const codesIn = (reply: Reply): string[] =>
  (reply.json.issue ?? []).map((issue: { code: string }) => issue.code);

describe('a sender that may only submit', () => {
  const transaction = (...entry: object[]): Promise<Reply> =>
    homeward.call('POST', '/FHIR/R4', {
      token: homeward.token('system/Bundle.c', 'RX9'),
      body: { resourceType: 'Bundle', type: 'transaction', entry },
      headers: { Prefer: 'return=representation' },
    });
  const location = { resourceType: 'Location', status: 'active', name: 'Ward', mode: 'instance' };
  const create = (ifNoneExist: string, resource: object = location): object => ({
    resource,
    request: { method: 'POST', url: (resource as { resourceType: string }).resourceType, ifNoneExist },
  });

  it.each([
    ['birthdate=1950-03-14', 'Patient'],
    ['identifier=9990000018&birthdate=1950-03-14', 'Patient'],
    ['identifier=9990000018&_has:Observation:patient:value-quantity=gt90', 'Patient'],
    ['name=Ward', 'Location'],
    ['_lastUpdated=gt2020-01-01', 'Location'],
    ['identifier:not=x', 'Location'],
    ['_id=1', 'Location'],
  ])('can’t ask by a condition what it may not search: %s of %s', async (query, resourceType) => {
    const reply = await transaction(create(query, { ...location, resourceType }));
    const rules = JSON.stringify(reply.json.issue ?? []);
    expect([
      reply.status === 403 || reply.status === 422,
      codesIn(reply).length > 0,
      /"id":"[0-9a-f-]{36}"/.test(rules),
    ]).toEqual([true, true, false]);
  });

  it('can’t ask by a conditional reference either', async () => {
    const related = { resourceType: 'RelatedPerson', patient: { reference: 'Patient?birthdate=1950-03-14' } };
    const reply = await transaction({ resource: related, request: { method: 'POST', url: 'RelatedPerson' } });
    expect([reply.status, reply.json.issue[0].details.coding[0].code]).toEqual([
      403,
      'submission-condition-scope',
    ]);
  });

  it('is not shown what a condition by identifier has found', async () => {
    const identifier = [{ system: 'https://example.org/wards', value: 'w1' }];
    await homeward.call('POST', '/FHIR/R4', {
      body: {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [
          create('identifier=https://example.org/wards|w1', {
            ...location,
            identifier,
            description: 'known to its sender only',
          }),
        ],
      },
    });
    const reply = await transaction(
      create('identifier=https://example.org/wards|w1', { ...location, identifier }),
    );
    expect([reply.status, reply.json.entry[0].response.status, reply.json.entry[0].resource]).toEqual([
      200,
      '200 OK',
      undefined,
    ]);
  });

  it('reads nothing at all', async () => {
    for (const path of ['Patient', patient, 'Observation?_summary=count', mine, 'Bundle'])
      expect(
        (await homeward.call('GET', `/FHIR/R4/${path}`, { token: homeward.token('system/Bundle.c') })).status,
      ).toBe(403);
  });
});
