/** What becomes of connections that send no whole message, and what the site learns of them. */
import { once } from 'node:events';
import { aMessage } from './messages';
import { frame } from './mllp';
import { connect as connectTcp, type Socket } from 'node:net';
import { startReceiver, type Receiver } from './receiving';

const MIB = 1024 * 1024;
const NHS_NUMBER = '9994762788';
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver({}, { STRANGERS_RECORDED_PER_MINUTE: '2', MAX_BODY_BYTES: String(2 * MIB) });
  (await receiver.connect()).close();
});
afterAll(() => receiver.close());

/** Sends bytes on a connection of their own, and ends it. */
async function sent(bytes: Buffer | string): Promise<void> {
  const socket = connectTcp(receiver.port, '127.0.0.1').resume();
  socket.end(bytes);
  await once(socket, 'close');
}

/** The records of attempts that were refused, newest last. */
async function records(): Promise<any[]> /* eslint-disable-line @typescript-eslint/no-explicit-any */ {
  const { json } = await receiver.homeward.call('GET', '/FHIR/R4/AuditEvent?outcome=4&_sort=date&_count=100');
  return (json.entry ?? []).map(({ resource }: { resource: unknown }) => resource);
}

async function recordsOnce(
  count: number,
): Promise<any[]> /* eslint-disable-line @typescript-eslint/no-explicit-any */ {
  for (let tries = 0; tries < 100 && (await records()).length < count; tries += 1)
    await new Promise((again) => setTimeout(again, 30));
  return records();
}

describe('A message that does not come whole', () => {
  it('is in the audit trail with its sender, its address and the NHS numbers in it', async () => {
    const whole = aMessage();
    await sent(frame(whole).subarray(0, -2));
    await sent(Buffer.concat([Buffer.of(0x0b), Buffer.from(whole), Buffer.of(0x1c, 0x0a)]));
    await sent(whole);
    const found = await recordsOnce(3);
    expect(found).toHaveLength(3);
    for (const record of found) {
      const text = JSON.stringify(record);
      expect(record.outcomeDesc).toContain('it did not come whole');
      expect(text).toContain(NHS_NUMBER);
      expect(JSON.stringify(record.agent)).toContain('RR8');
      expect(JSON.stringify(record.agent)).toContain('127.0.0.1');
    }
    expect(found.map(({ outcomeDesc }) => String(outcomeDesc).split(': ').at(-1)).sort()).toEqual([
      'bytes outside an MLLP frame; the connection was closed',
      'bytes outside an MLLP frame; the connection was closed',
      'the connection was cut',
    ]);
    expect((await receiver.homeward.call('GET', '/submissions')).json.submissions).toEqual([]);
  });

  it('has no record where nothing was sent, and one for so many of an unknown sender in a minute', async () => {
    const before = (await records()).length;
    await sent('');
    for (let count = 0; count < 5; count += 1) await sent('\u000bMSH|^~\\&|NOBODY|X|');
    const found = await recordsOnce(before + 2);
    await new Promise((again) => setTimeout(again, 100));
    expect(await records()).toHaveLength(before + 2);
    expect(JSON.stringify(found.at(-1).agent)).toContain('hl7v2:NOBODY|X');
  });
});

describe('A frame far above the limit', () => {
  it('is kept with its first 1 MiB, so that it takes no memory while its rest comes', async () => {
    const sender = await receiver.connect();
    const value = `A^AP^PDF^Base64^${'A'.repeat(6 * MIB)}`;
    expect(await sender.ask(aMessage({ value }))).toMatchObject({ code: 'AE' });
    sender.close();
    const { submissions } = (await receiver.homeward.call('GET', '/submissions?status=refused')).json;
    expect(submissions[0]).toMatchObject({ size: MIB });
  });
});

describe('/_status', () => {
  it('warns after a connection was closed for a new one', async () => {
    const status = async (): Promise<unknown> =>
      (await receiver.homeward.call('GET', '/_status')).json.checks.hl7v2[0];
    expect(await status()).toMatchObject({ status: 'pass' });
    const sockets: Socket[] = [];
    for (let count = 0; count < 501; count += 1) {
      const socket = connectTcp(receiver.port, '127.0.0.1').resume();
      sockets.push(socket);
      await once(socket, 'connect');
    }
    const sender = await receiver.connect();
    expect((await sender.ask(aMessage())).code).toBe('AA');
    expect(await status()).toMatchObject({ status: 'warn', output: expect.stringContaining('too many') });
    for (const socket of sockets) socket.destroy();
    sender.close();
  });
});
