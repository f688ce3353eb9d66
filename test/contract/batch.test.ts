import { isObject, type AnyResource, type JsonObject } from '../../src/fhir/types';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';

const entriesOf = (bundle: AnyResource): JsonObject[] => (bundle.entry as JsonObject[]) ?? [];
const NHS = 'https://fhir.nhs.uk/Id/nhs-number|9990000018';

interface Fault {
  severity: string;
  expression: string[];
  details: { coding: { code: string }[] };
}
const faultsOf = (outcome: { issue: Fault[] }): Fault[] =>
  outcome.issue.filter(({ severity }) => severity === 'error');

describe('a batch', () => {
  let homeward: Homeward;
  beforeAll(async () => {
    homeward = await startHomeward();
    await homeward.call('POST', '/FHIR/R4/Bundle', { body: aSummary().bytes() });
  });
  afterAll(() => homeward.close());

  const post = (entry: object[], token?: string) =>
    homeward.call('POST', '/FHIR/R4', {
      body: { resourceType: 'Bundle', type: 'batch', entry },
      ...(token === undefined ? {} : { token }),
    });

  it('answers each entry for itself, reads included', async () => {
    const location = entriesOf(aSummary().stay(2).build()).find(
      ({ resource }) => isObject(resource) && resource.resourceType === 'Organization',
    );
    const answered = await post([
      { request: { method: 'GET', url: `Patient?identifier=${encodeURIComponent(NHS)}` } },
      { request: { method: 'GET', url: 'Patient/00000000-0000-0000-0000-000000000000' } },
      { resource: location?.resource, request: { method: 'POST', url: 'Organization' } },
      { resource: { resourceType: 'Encounter' }, request: { method: 'POST', url: 'Encounter' } },
      { request: { method: 'DELETE', url: 'Patient/1' } },
    ]);
    expect(answered.status).toBe(200);
    expect(answered.json).toMatchObject({
      type: 'batch-response',
      entry: [
        { resource: { resourceType: 'Bundle', type: 'searchset', total: 1 }, response: { status: '200' } },
        { response: { status: '404' } },
        { response: { status: '200 OK' } },
        { response: { status: '422', outcome: { resourceType: 'OperationOutcome' } } },
        { response: { status: '422', outcome: { resourceType: 'OperationOutcome' } } },
      ],
    });
    expect(faultsOf(answered.json.entry[3].response.outcome)[0]?.expression[0]).toMatch(
      /^Bundle\.entry\[3\]/,
    );
    expect(answered.headers.get('x-submission-id')).toBe(answered.json.id);
  });

  it.each([
    ['url', { method: 'GET', url: { toString: 1 } }, 'system/Patient.rs'],
    ['method', { method: { toString: 1 }, url: 'Patient' }, 'system/Patient.rs'],
    ['url', { method: 'POST', url: { toString: 1 } }, 'system/Patient.rs'],
    ['url', { method: 'POST', url: ['Patient'] }, 'system/Bundle.c'],
    ['method', { method: 7, url: 'Patient' }, 'system/Bundle.c'],
  ])('refuses the entry whose %s is no string, and answers the others', async (name, request, scope) => {
    const odd = { resource: { resourceType: 'Patient' }, request };
    const read = { request: { method: 'GET', url: 'metadata' } };
    const answered = await post([read, odd, read], homeward.token(scope));
    expect(answered.status).toBe(200);
    const statuses = answered.json.entry.map(
      ({ response }: { response: { status: string } }) => response.status,
    );
    expect(statuses).toEqual(['200', '400', '200']);
    expect(answered.json.entry[1].response.outcome.issue).toMatchObject([
      { expression: [`Bundle.entry[1].request.${name}`], details: { coding: [{ code: 'batch-url' }] } },
    ]);
  });

  it('reads for a caller that may read, and writes nothing for it', async () => {
    const reader = homeward.token('system/Patient.rs');
    const answered = await post(
      [
        { request: { method: 'GET', url: `Patient?identifier=${encodeURIComponent(NHS)}` } },
        { request: { method: 'GET', url: 'Encounter' } },
        { resource: { resourceType: 'Patient' }, request: { method: 'POST', url: 'Patient' } },
      ],
      reader,
    );
    expect(
      answered.json.entry.map(({ response }: { response: { status: string } }) => response.status),
    ).toEqual(['200', '403', '403']);
  });
});

describe('$process-message', () => {
  let homeward: Homeward;
  beforeAll(async () => {
    homeward = await startHomeward();
  });
  afterAll(() => homeward.close());

  const message = (change: (bundle: AnyResource) => void = () => undefined): AnyResource => {
    const bundle = aSummary().build();
    const entries = entriesOf(bundle);
    bundle.type = 'message';
    bundle.entry = [
      {
        fullUrl: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0',
        resource: {
          resourceType: 'MessageHeader',
          id: '0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0',
          eventCoding: { system: 'https://fhir.nhs.uk/CodeSystem/message-event', code: 'document' },
          source: { endpoint: 'urn:nhs-uk:addressing:ods:RR8' },
          focus: entries.slice(0, 1).map(({ fullUrl }) => ({ reference: fullUrl! })),
        },
      },
      ...entries,
    ];
    change(bundle);
    return bundle;
  };

  it('answers a stored message with the code ok', async () => {
    const answered = await homeward.call('POST', '/FHIR/R4/$process-message', { body: message() });
    expect(answered.status).toBe(200);
    expect(answered.json).toMatchObject({
      resourceType: 'Bundle',
      type: 'message',
      entry: [
        {
          resource: {
            resourceType: 'MessageHeader',
            eventCoding: { code: 'document' },
            response: { identifier: '0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0', code: 'ok' },
          },
        },
        { resource: { resourceType: 'OperationOutcome' } },
      ],
    });
    const found = await homeward.call('GET', `/FHIR/R4/MessageHeader?event=document`);
    expect(found.json.total).toBe(1);
  });

  it('answers a message that breaks a rule with the code fatal-error and every fault', async () => {
    const answered = await homeward.call('POST', '/FHIR/R4/$process-message', {
      body: message((bundle) => {
        bundle.identifier = { system: 'https://example.org', value: 'another' };
        const patient = entriesOf(bundle)[1]!.resource as JsonObject;
        (patient.identifier as JsonObject[])[0]!.value = '9990000019';
      }),
    });
    expect(answered.status).toBe(200);
    expect(answered.json.entry[0].resource.response.code).toBe('fatal-error');
    const codes = faultsOf(answered.json.entry[1].resource).map(({ details }) => details.coding[0]?.code);
    expect(codes).toEqual(['vw-patient-07']);
    expect(answered.headers.get('x-submission-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('refuses what is not a message', async () => {
    const answered = await homeward.call('POST', '/FHIR/R4/$process-message', {
      body: aSummary().stay(3).bytes(),
    });
    expect(answered.status).toBe(422);
  });
});
