/** Summaries that arrive through MESH, with the official sandbox of NHS England as MESH. @see docs/transports/mesh.md */
import { gzipSync } from 'node:zlib';
import type { JsonObject } from '../../src/fhir/types';
import { aSummary } from '../fixtures/summary';
import { freshSummary } from '../semantics/sending';
import { startHomeward, type Homeward } from '../support/homeward';
import { describeWithSandbox, meshSandbox, type MeshSandbox } from './mesh-sandbox';
import { meshFile, openSender, until, type MeshFile, type Sender, type SentMessage } from './sender';

interface Listed extends JsonObject {
  id: string;
  status: string;
  sender: string;
  door: string;
}

describeWithSandbox('a mailbox of MESH', (python) => {
  let sandbox: MeshSandbox;
  let file: MeshFile;
  let homeward: Homeward;
  let sender: Sender;
  beforeAll(async () => {
    sandbox = await meshSandbox(python);
    await sandbox.start();
    file = meshFile(sandbox.url);
    homeward = await startHomeward({ MESH_FILE: file.path, MAX_BODY_BYTES: '300000' });
    sender = openSender(sandbox.url);
  });
  afterAll(async () => {
    sender?.close();
    await homeward?.close();
    await sandbox?.remove();
    file?.remove();
  });

  const submission = async (id: string): Promise<Listed> =>
    (await homeward.call('GET', `/submissions/${id}`)).json as Listed;
  const inboxOfServer = async (): Promise<readonly string[]> => {
    const server = openSender(sandbox.url, 'X26ABC1');
    try {
      return await server.inbox();
    } finally {
      server.close();
    }
  };

  it('stores a summary, acknowledges it, and reports it as accepted', async () => {
    const messageId = await sender.send(freshSummary().bytes());
    const { head, text } = await sender.reportOn(messageId);
    expect(head).toMatchObject({
      from: 'X26ABC1',
      workflow: 'VW_SUMMARY_ACK',
      subject: 'accepted',
      fileName: `${messageId}.json`,
      contentType: 'application/fhir+json',
    });
    expect(JSON.parse(text)).toMatchObject({ resourceType: 'OperationOutcome' });
    expect(await submission(head.localId)).toMatchObject({
      status: 'accepted',
      sender: 'RR8',
      door: 'mesh',
      contentType: 'application/fhir+json',
    });
    await until('the acknowledgement', async () => (await inboxOfServer()).length === 0);
  });

  it('names the sender and the road in the audit trail', async () => {
    const { head } = await sender.reportOn(await sender.send(freshSummary().bytes()));
    const found = await homeward.call('GET', `/FHIR/R4/AuditEvent?entity=Bundle/${head.localId}`);
    const [event] = found.json.entry.map(({ resource }: { resource: JsonObject }) => resource);
    expect(JSON.stringify(event)).toContain('mesh:X26ABC2');
    expect(JSON.stringify(event)).toContain('"door"');
  });

  it('reports what is refused, in the format that came', async () => {
    const { head, text } = await sender.reportOn(
      await sender.send(Buffer.from('<Bundle xmlns="http://hl7.org/fhir"/>')),
    );
    expect(head).toMatchObject({ subject: 'refused', contentType: 'application/fhir+xml' });
    expect(head.fileName).toMatch(/\.xml$/);
    expect(text).toMatch(/<OperationOutcome xmlns="http:\/\/hl7\.org\/fhir">/);
    expect(await submission(head.localId)).toMatchObject({ status: 'refused', door: 'mesh' });
  });

  it('answers a FHIR message with a message', async () => {
    const header = {
      resourceType: 'MessageHeader',
      id: 'b7a0f7a1-8f3c-4a5e-9d49-7f2f6c0f1d11',
      eventUri: 'urn:example:event',
      source: { endpoint: 'https://sender.example/fhir' },
    };
    const message = freshSummary().changed((bundle) => {
      bundle.type = 'message';
      (bundle.entry as JsonObject[]).unshift({ fullUrl: `urn:uuid:${header.id}`, resource: header });
    });
    const { head, text } = await sender.reportOn(await sender.send(message.bytes()));
    expect(head.subject).toBe('accepted');
    expect(JSON.parse(text)).toMatchObject({
      resourceType: 'Bundle',
      type: 'message',
      entry: [
        { resource: { resourceType: 'MessageHeader', response: { identifier: header.id, code: 'ok' } } },
        { resource: { resourceType: 'OperationOutcome' } },
      ],
    });
    const refused = message.without('Encounter.status').bytes();
    const { text: told } = await sender.reportOn(await sender.send(refused));
    expect(JSON.parse(told)).toMatchObject({
      entry: [{ resource: { response: { identifier: header.id, code: 'fatal-error' } } }, {}],
    });
  });

  it('reports a resend as accepted, with the id of the first submission', async () => {
    const bytes = freshSummary().bytes();
    const first = await sender.reportOn(await sender.send(bytes));
    const again = await sender.reportOn(await sender.send(bytes));
    expect(again.head).toMatchObject({ subject: 'accepted', localId: first.head.localId });
  });

  it.each<[string, (bytes: Buffer) => SentMessage]>([
    ['that its sender compressed', (bytes) => ({ chunks: [gzipSync(bytes)] })],
    [
      'that was compressed twice',
      (bytes) => ({ chunks: [gzipSync(gzipSync(bytes))], headers: { 'Content-Encoding': 'gzip' } }),
    ],
    [
      'in chunks, each compressed',
      (bytes) => ({
        chunks: [bytes.subarray(0, 9_000), bytes.subarray(9_000)].map((part) => gzipSync(part)),
        headers: { 'Content-Encoding': 'gzip' },
      }),
    ],
  ])('stores a summary %s, and keeps it as it was before', async (_how, message) => {
    const bytes = freshSummary().bytes();
    const { head } = await sender.reportOn(await sender.send(message(bytes)));
    expect(head.subject).toBe('accepted');
    const raw = await homeward.call('GET', `/submissions/${head.localId}/raw`);
    expect(raw.bytes.equals(bytes)).toBe(true);
  });

  it.each<[string, Buffer, string]>([
    ['is no FHIR', Buffer.from('%PDF-1.4'), 'json'],
    ['is gzip that ends early', gzipSync(aSummary().bytes()).subarray(0, 500), 'json'],
    ['is larger than the limit', Buffer.alloc(300_001, '{'), 'json'],
  ])('keeps and reports what %s', async (_what, bytes, format) => {
    const { head, text } = await sender.reportOn(await sender.send(bytes));
    expect(head).toMatchObject({ subject: 'refused', contentType: `application/fhir+${format}` });
    expect(JSON.parse(text)).toMatchObject({ resourceType: 'OperationOutcome' });
    expect(await submission(head.localId)).toMatchObject({ status: 'refused', sender: 'RR8', door: 'mesh' });
  });

  it('reports a conflict as refused', async () => {
    const first = freshSummary().with('Bundle.meta.lastUpdated', '2025-03-11T10:00:00Z');
    const older = first
      .with('Bundle.meta.lastUpdated', '2025-03-11T09:00:00Z')
      .with('Encounter.status', 'in-progress');
    await sender.reportOn(await sender.send(first.bytes()));
    const { head, text } = await sender.reportOn(await sender.send(older.bytes()));
    expect(head.subject).toBe('refused');
    expect(await submission(head.localId)).toMatchObject({ status: 'refused', httpStatus: 409 });
    expect(JSON.parse(text).issue[0].code).toBe('conflict');
  });

  it('settles what it sent when MESH reports that it was not delivered, and acknowledges the REPORT', async () => {
    const { id, head } = await sender.reportOn(await sender.send(freshSummary().bytes()));
    await sandbox.report({ mailbox: 'X26ABC1', messageId: id, workflow: 'VW_SUMMARY_ACK' });
    const delivery = await until('the settled delivery', async () => {
      const { json } = await homeward.call('GET', '/deliveries?name=mesh:X26ABC1&state=refused');
      return (json.deliveries as Listed[]).find(({ submission: of }) => of === head.localId);
    });
    expect(delivery.lastError).toBe(
      'MESH could not deliver it (Message not collected by recipient after 5 days, code 14).',
    );
    await until('the acknowledgement', async () => (await inboxOfServer()).length === 0);
    await until('the warning', async () => {
      const { json } = await homeward.call('GET', '/_status');
      return json.checks['deliveries:mesh:X26ABC1'][0].status === 'warn';
    });
  });

  it('logs and acknowledges a REPORT about what it did not send', async () => {
    const before = (await homeward.call('GET', '/submissions')).json.submissions.length;
    await sandbox.report({ mailbox: 'X26ABC1', messageId: 'UNKNOWN1', workflow: 'OTHER' });
    await until('the acknowledgement', async () => (await inboxOfServer()).length === 0);
    expect((await homeward.call('GET', '/submissions')).json.submissions).toHaveLength(before);
  });

  describe('with a message of another workflow or an unknown sender', () => {
    const mailbox = {
      mailbox: 'X26ABC1',
      passwordFile: 'password',
      workflows: [{ id: 'VW_SUMMARY', acknowledge: 'VW_SUMMARY_ACK' }],
    };
    afterEach(() => file.write({}));

    it('leaves it in the inbox, handles those behind it, and takes it when the file names it', async () => {
      const other = await sender.send({ workflow: 'OTHER', chunks: [freshSummary().bytes()] });
      const ours = await sender.send(freshSummary().bytes());
      expect((await sender.reportOn(ours)).head.subject).toBe('accepted');
      await until('the acknowledgement', async () => (await inboxOfServer()).length === 1);
      expect(await inboxOfServer()).toEqual([other]);
      expect((await homeward.call('GET', '/_status')).json.checks['mesh:X26ABC1'][0].status).toBe('pass');
      file.write({
        mailboxes: [
          { ...mailbox, workflows: [{ id: 'OTHER', acknowledge: 'OTHER_ACK' }], senders: { X26ABC2: 'RR8' } },
        ],
      });
      const { head } = await sender.reportOn(other);
      expect(head).toMatchObject({ subject: 'accepted', workflow: 'OTHER_ACK' });
    });

    it('keeps it as a refused submission and does not report, with set-aside', async () => {
      file.write({ others: 'set-aside', mailboxes: [{ ...mailbox, senders: { X26ABC3: 'RR8' } }] });
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      const bytes = freshSummary().bytes();
      await sender.send(bytes);
      const kept = await until('the refused submission', async () => {
        const { json } = await homeward.call('GET', '/submissions?sender=mesh:X26ABC2&status=refused');
        return (json.submissions as Listed[])[0];
      });
      expect(kept).toMatchObject({ sender: 'mesh:X26ABC2', door: 'mesh', status: 'refused' });
      const raw = await homeward.call('GET', `/submissions/${kept.id}/raw`);
      expect(raw.bytes.equals(bytes)).toBe(true);
      await until('the acknowledgement', async () => (await inboxOfServer()).length === 0);
      expect(await sender.inbox()).toEqual([]);
    });
  });
});
