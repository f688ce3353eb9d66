/** Summaries that arrive through MESH, with the official sandbox of NHS England as MESH. @see docs/transports/mesh.md */
import { gzipSync } from 'node:zlib';
import type { JsonObject } from '../../src/fhir/types';
import { aSummary } from '../fixtures/summary';
import { freshSummary } from '../semantics/sending';
import { startHomeward, type Homeward } from '../support/homeward';
import { describeWithSandbox, meshSandbox, type MeshSandbox } from './mesh-sandbox';
import { meshFile, openSender, until, type MeshFile, type Sender } from './sender';

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

  it('reads chunks, and what was compressed by its sender and on its way', async () => {
    const zipped = gzipSync(freshSummary().bytes());
    const chunked = freshSummary().bytes();
    const messages = [
      { chunks: [zipped] },
      { chunks: [gzipSync(zipped)], headers: { 'Content-Encoding': 'gzip' } },
      {
        chunks: [chunked.subarray(0, 9_000), chunked.subarray(9_000)].map((part) => gzipSync(part)),
        headers: { 'Content-Encoding': 'gzip' },
      },
    ];
    for (const message of messages) {
      const { head } = await sender.reportOn(await sender.send(message));
      expect(head.subject === 'accepted' || (await submission(head.localId))).toBe(true);
      // The same zipped summary is sent twice: the second one is a resend.
    }
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
});
