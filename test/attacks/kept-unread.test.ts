/** What a condition found is compared with the entry for those alone who may read it, or who sent it. */
import { randomUUID } from 'node:crypto';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';

let homeward: Homeward;
const SUBJECT = { reference: 'Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018' };

beforeAll(async () => {
  homeward = await startHomeward();
  await homeward.call('POST', '/FHIR/R4/Bundle', { body: aSummary().bytes() });
  await sent(homeward.token('system/*.rs system/Bundle.c', 'RR8'), 'transaction', '2025-01-01');
});
afterAll(() => homeward.close());

function sent(token: string, type: string, created: string): Promise<Reply> {
  const resource = {
    resourceType: 'Basic',
    identifier: [{ system: 'urn:b', value: 'b1' }],
    code: { text: 'x' },
    created,
    subject: SUBJECT,
  };
  const request = { method: 'POST', url: 'Basic', ifNoneExist: 'identifier=urn:b|b1' };
  return homeward.call('POST', '/FHIR/R4', {
    token,
    body: {
      resourceType: 'Bundle',
      type,
      entry: [{ fullUrl: `urn:uuid:${randomUUID()}`, resource, request }],
    },
  });
}

/** What the answer says of the entry, but for when it was answered. */
async function told(token: string, type: string, created: string): Promise<string> {
  const { status, json } = await sent(token, type, created);
  expect(status).toBe(200);
  return JSON.stringify({ ...json.entry[0].response, lastModified: undefined });
}
const both = async (token: string, type: string): Promise<[string, string]> => [
  await told(token, type, '2025-01-01'),
  await told(token, type, '2025-01-02'),
];

describe.each(['transaction', 'batch'])('in a %s', (type) => {
  it.each([
    ['may only submit', 'system/Bundle.c'],
    ['may read another part of the type', 'system/Bundle.c system/Basic.rs?identifier=urn:b|b2'],
    ['may search and not read', 'system/Bundle.c system/Basic.s system/Patient.s'],
  ])('who %s is told the same of equal and of other content', async (_name, scope) => {
    const [equal, other] = await both(homeward.token(scope, 'EV1'), type);
    expect(equal).toContain('submission-condition-kept');
    expect(equal).toContain('does not say whether it differs');
    expect(other).toBe(equal);
  });

  it.each([
    ['may read it', 'system/Bundle.c system/*.rs', 'EV1'],
    ['may read this part of the type', 'system/Bundle.c system/Basic.rs?identifier=urn:b|b1', 'EV1'],
    ['sent it', 'system/Bundle.c', 'RR8'],
  ])('who %s is told of other content alone', async (_name, scope, ods) => {
    const [equal, other] = await both(homeward.token(scope, ods), type);
    expect(equal).not.toContain('submission-condition-kept');
    expect(other).toContain('says something else');
  });
});
