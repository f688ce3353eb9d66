/** What an auditor sees of a message on the pages: its segments as lines, and each fault beside its segment. */
import { Visitor } from '../console/visitor';
import { aMessage } from './messages';
import { startReceiver, type Receiver } from './receiving';

let receiver: Receiver;
let auditor: Visitor;
beforeAll(async () => {
  receiver = await startReceiver();
  auditor = new Visitor(receiver.homeward);
  await auditor.signIn('auditor');
});
afterAll(() => receiver.close());

it('A refused message is shown with its faults beside the segments', async () => {
  const sender = await receiver.connect();
  const answer = await sender.ask(aMessage({ fields: { PV1: { 44: '' } } }));
  expect(answer.code).toBe('AE');
  sender.close();
  const { json } = await receiver.homeward.call('GET', '/submissions?status=refused');
  const { id } = json.submissions[0];
  const page = await auditor.get(`/console/submissions/${id}`);
  expect(page.status).toBe(200);
  // MSH, EVN, PID, PV1.
  const line = page.text.split('id="line-4"')[1]!.split('id="line-')[0]!;
  expect(line).toContain('app-finding--error');
  expect(line).toContain('PV1-44: ');
  const raw = await auditor.get(`/console/submissions/${id}/raw`);
  expect(raw.headers.get('content-disposition')).toContain(`${id}.hl7`);
});

it('What is not HL7 v2 at all is shown, too', async () => {
  const sender = await receiver.connect();
  await sender.ask('<b>PID</b>|{');
  sender.close();
  const { json } = await receiver.homeward.call('GET', '/submissions?status=refused');
  const page = await auditor.get(`/console/submissions/${json.submissions[0].id}`);
  expect(page.status).toBe(200);
  expect(page.text).not.toContain('<b>PID');
});
