/** Asynchronous messages: `$process-message?async=true&response-url=…`. @see docs/exchange.md */
import { aSummary } from '../fixtures/summary';
import { become } from '../fixtures/kinds';
import { writeXml } from '../../src/fhir/xml/write-xml';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';
import { startReceiver, type Receiver } from './receiver';

let homeward: Homeward;
let engine: Receiver;
let responseUrl: string;

beforeAll(async () => {
  engine = await startReceiver();
  responseUrl = `${engine.url}/answers?to=ward`;
  homeward = await startHomeward({ RESPONSE_URLS: `https://engine.example.nhs.uk/answers, ${responseUrl}` });
});
afterAll(async () => {
  await homeward.close();
  await engine.close();
});
beforeEach(() => void (engine.arrivals.length = 0));

let stays = 10;
const aMessage = (): ReturnType<typeof aSummary> =>
  aSummary()
    .stay((stays += 1))
    .changed(become.message);
const later = (body: object | Buffer, url: string | undefined = responseUrl): Promise<Reply> => {
  const address = url === '' ? '' : `&response-url=${encodeURIComponent(url)}`;
  return homeward.call('POST', `/FHIR/R4/$process-message?async=true${address}`, { body });
};
const headerOf = (body: Buffer): { response: { code: string; identifier: string } } =>
  JSON.parse(body.toString()).entry[0].resource;

it('a message is answered 202, and its answer is sent to the response-url', async () => {
  const sent = await later(aMessage().with('MessageHeader.id', 'request-1').bytes());
  expect([sent.status, sent.json.issue[0].details.coding[0].code]).toEqual([202, 'message-answered-later']);
  const [arrival] = await engine.has(1);
  expect(arrival).toMatchObject({ method: 'POST', path: '/answers?to=ward' });
  expect(arrival!.headers['content-type']).toBe('application/fhir+json');
  expect(arrival!.headers.authorization).toBeUndefined();
  expect(JSON.parse(arrival!.body.toString())).toMatchObject({ resourceType: 'Bundle', type: 'message' });
  expect(headerOf(arrival!.body).response).toMatchObject({
    code: 'ok',
    identifier: 'request-1',
  });
  const { deliveries } = (await homeward.call('GET', '/deliveries')).json;
  expect(deliveries[0]).toMatchObject({
    name: `response:${responseUrl}`,
    submission: sent.headers.get('x-submission-id'),
  });
});

it('a message that is sent again is answered again, and stored once', async () => {
  const body = aMessage().bytes();
  const [first, second] = [await later(body), await later(body)];
  expect(second.headers.get('x-submission-id')).toBe(first.headers.get('x-submission-id'));
  const answers = await engine.has(2);
  expect(answers.map((each) => headerOf(each.body).response.code)).toEqual(['ok', 'ok']);
});

it('a message with faults is answered 202, and fatal-error is sent', async () => {
  const sent = await later(aMessage().without('Encounter').bytes());
  expect(sent.status).toBe(202);
  const [arrival] = await engine.has(1);
  expect(headerOf(arrival!.body).response.code).toBe('fatal-error');
});

it('what is no message is answered at once', async () => {
  expect((await later(Buffer.from('{'))).status).toBe(400);
  expect((await later(aSummary().stay(99).bytes())).status).toBe(422);
  expect(engine.arrivals).toEqual([]);
});

it.each([
  'https://engine.example.nhs.uk/answers/',
  'https://engine.example.nhs.uk/Answers',
  'https://engine.example.nhs.uk:443/answers',
  'https://engine.example.nhs.uk@attacker.example/answers',
  'http://169.254.169.254/latest/meta-data',
])('%s is not allowed, and the message is kept as refused', async (url) => {
  const sent = await later(aMessage().bytes(), url);
  expect([sent.status, sent.json.issue[0].details.coding[0].code]).toEqual([403, 'message-response-url']);
  const kept = await homeward.call('GET', `/submissions/${sent.headers.get('x-submission-id')}`);
  expect(kept.json).toMatchObject({ status: 'refused', httpStatus: 403, nhsNumber: '9990000018' });
});

it('without a response-url the answer goes to the endpoint of the source, if that is allowed', async () => {
  const from = (endpoint: string): Buffer =>
    aMessage().with('MessageHeader.source', { name: 'Ward', endpoint }).bytes();
  expect((await later(from('https://elsewhere.example/'), '')).status).toBe(403);
  expect((await later(from(responseUrl), '')).status).toBe(202);
  await engine.has(1);
});

it('an async that is neither true nor false is refused', async () => {
  const sent = await homeward.call('POST', '/FHIR/R4/$process-message?async=yes', {
    body: aMessage().bytes(),
  });
  expect(sent.status).toBe(400);
});

it('a message in XML is answered in XML', async () => {
  const sent = await homeward.call(
    'POST',
    `/FHIR/R4/$process-message?async=true&response-url=${encodeURIComponent(responseUrl)}`,
    { body: writeXml(aMessage().build()), headers: { 'Content-Type': 'application/fhir+xml' } },
  );
  expect(sent.status).toBe(202);
  const [arrival] = await engine.has(1);
  expect(arrival!.headers['content-type']).toBe('application/fhir+xml');
  expect(arrival!.body.toString()).toContain('<Bundle xmlns="http://hl7.org/fhir">');
});
