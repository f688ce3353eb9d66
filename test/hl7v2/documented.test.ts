/** The messages on the page about HL7 v2 are what a server takes and answers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startReceiver, type Receiver } from './receiving';

const page = readFileSync(join(__dirname, '../../docs/transports/hl7v2.md'), 'utf8');
const [summary = '', retraction = '', refusal = ''] = [...page.matchAll(/```hl7\n([\s\S]*?)```/g)].map(
  ([, lines = '']) => lines.replaceAll('\n', '\r'),
);

let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver({ senders: { 'RPM|TRUST': 'RR8' } });
});
afterAll(() => receiver.close());

it('The summary is stored, and the retraction retracts it', async () => {
  const sender = await receiver.connect();
  const stored = await sender.ask(summary);
  expect(stored.code).toBe('AA');
  const { json } = await receiver.homeward.call('GET', `/FHIR/R4/Bundle/${stored.said}`);
  expect(
    json.entry.map(({ resource }: { resource: { resourceType: string } }) => resource.resourceType),
  ).toEqual(['Patient', 'Organization', 'Encounter', 'DocumentReference', 'Observation', 'Observation']);
  expect((await sender.ask(retraction)).code).toBe('AA');
  const found = await receiver.homeward.call('GET', '/FHIR/R4/DocumentReference?identifier=DOC0001');
  expect(found.json.entry[0].resource.status).toBe('entered-in-error');
  sender.close();
});

it('The refusal is the answer to the summary without PV1-44 and PV1-45', async () => {
  const sender = await receiver.connect();
  const answer = await sender.ask(summary.replace('|20250220093000|20250301093000', ''));
  const lines = refusal.split('\r');
  expect(answer.segments[0]!.slice(0, 6).join('|')).toBe(lines[0]!.split('|').slice(0, 6).join('|'));
  expect(answer.text.split('\r').slice(1)).toEqual(lines.slice(1));
  sender.close();
});

it('The summary is the one in examples/', () => {
  const example = readFileSync(join(__dirname, '../../examples/summary.hl7'), 'utf8');
  expect(example.replaceAll('\n', '\r')).toBe(summary);
});

it('The file is one that the server takes', () => {
  const file = JSON.parse(/```json\n([\s\S]*?)```/.exec(page)![1]!) as object;
  expect(Object.keys(file)).toEqual(['port', 'host', 'certFile', 'keyFile', 'clientCaFile', 'senders']);
});
