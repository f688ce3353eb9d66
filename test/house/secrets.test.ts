/**
 * What must not get out: no answer carries a stack, SQL or an exception's message; no line of the log carries the NHS
 * number, name, address or birth date of a patient.
 */
import { createLogger } from '../../src/platform/logger';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';
import { told } from '../support/outcome';

let homeward: Homeward;
const lines: string[] = [];

beforeAll(async () => {
  homeward = await startHomeward(
    {},
    createLogger('trace', { write: (line: string) => void lines.push(line) }),
  );
});
afterAll(() => homeward.close());

const nhsNumber = '9990000018';
const nhs = `https://fhir.nhs.uk/Id/nhs-number|${nhsNumber}`;
const secrets = [
  nhsNumber,
  "O'Brien",
  'O\\u0027Brien',
  'Margaret',
  'Siân',
  'LS99',
  'Lanternhouse',
  '1950-03-14',
  '07700',
];
const leaksIn = (text: string): string[] => secrets.filter((secret) => text.includes(secret));

const post = (path: string, body: Buffer | string): Promise<Reply> => homeward.call('POST', path, { body });

/** Everything that a patient's data goes through. */
async function walk(): Promise<void> {
  const summary = aSummary();
  expect((await post('/FHIR/R4/Bundle', summary.bytes())).status).toBe(201);
  expect((await post('/FHIR/R4/Bundle', summary.bytes())).status).toBe(200);
  expect((await post('/FHIR/R4/Bundle', summary.stay(2).without('Encounter.status').bytes())).status).toBe(
    422,
  );
  expect((await post('/FHIR/R4/Bundle', summary.with('Patient.gender', 'other').bytes())).status).toBe(409);
  expect((await post('/FHIR/R4/Bundle', summary.stay(3).birthDate('1950-03-15').bytes())).status).toBe(409);
  expect((await post('/FHIR/R4/Bundle', summary.bytes().subarray(0, 3000))).status).toBe(400);
  expect((await post('/FHIR/R4/Bundle/$validate', summary.bytes())).status).toBe(200);
  const query = encodeURIComponent(nhs);
  const found = await homeward.call('GET', `/FHIR/R4/Patient?identifier=${query}`);
  expect(found.json.total).toBe(1);
  const { id } = found.json.entry[0].resource;
  for (const path of [
    `/FHIR/R4/Observation?patient:identifier=${query}`,
    `/FHIR/R4/Patient?family=O%27Brien&birthdate=1950-03-14&address-postalcode=LS99`,
    `/FHIR/R4/Patient/${id}`,
    `/FHIR/R4/Patient/${id}/_history`,
    `/FHIR/R4/Patient/${nhsNumber}`,
    `/FHIR/R4/Patient?nhs=${nhsNumber}`,
    `/${nhsNumber}/O'Brien`,
    `/submissions?nhs-number=${nhsNumber}`,
    `/FHIR/R4/AuditEvent?patient.identifier=${query}`,
  ])
    await homeward.call('GET', path);
  await homeward.call('POST', '/FHIR/R4/Encounter/_search', {
    body: `patient:identifier=${query}`,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  });
}

describe('the log', () => {
  it('has a line for each request, and nothing of the patient in any', async () => {
    await walk();
    expect(lines.length).toBeGreaterThan(15);
    expect(lines.filter((line) => leaksIn(line).length > 0)).toEqual([]);
  });
});

describe('a fault of ours', () => {
  const inner = /SELECT|INSERT|relation|column|\bat .*\.(ts|js)|Error:|node_modules|plpgsql|SQLSTATE/;

  async function expectSilence(reply: Reply): Promise<void> {
    expect(reply.status).toBe(500);
    expect(told(reply)).toEqual([{ severity: 'fatal', code: 'exception', rule: 'http-exception' }]);
    expect(reply.bytes.toString()).not.toMatch(inner);
    expect(leaksIn(reply.bytes.toString())).toEqual([]);
    const requestId = reply.headers.get('x-request-id') ?? '?';
    const mine = lines.filter((line) => line.includes(requestId));
    expect(mine.some((line) => line.includes('"stack"'))).toBe(true);
    expect(lines.filter((line) => leaksIn(line).length > 0)).toEqual([]);
  }

  it('is told by a fixed sentence when a submission meets it, however much the database says', async () => {
    const { database } = homeward.app;
    await database.query({
      text: `CREATE FUNCTION leak() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'a leak of % by %', NEW.content, NEW.identifier; END $$`,
    });
    await database.query({
      text: 'CREATE TRIGGER leak BEFORE INSERT ON encounter FOR EACH ROW EXECUTE FUNCTION leak()',
    });
    try {
      await expectSilence(await post('/FHIR/R4/Bundle', aSummary().stay(9).bytes()));
    } finally {
      await database.query({ text: 'DROP FUNCTION leak() CASCADE' });
    }
    expect((await post('/FHIR/R4/Bundle', aSummary().stay(9).bytes())).status).toBe(201);
  });

  it('is told by the same sentence when a search or a read meets it', async () => {
    const { database } = homeward.app;
    const { id } = (await homeward.call('GET', '/FHIR/R4/Patient')).json.entry[0].resource;
    await database.query({ text: 'ALTER TABLE patient RENAME TO patient_elsewhere' });
    try {
      await expectSilence(
        await homeward.call('GET', `/FHIR/R4/Patient?identifier=${encodeURIComponent(nhs)}`),
      );
      await expectSilence(await homeward.call('GET', `/FHIR/R4/Patient/${id}`));
    } finally {
      await database.query({ text: 'ALTER TABLE patient_elsewhere RENAME TO patient' });
    }
  });
});
