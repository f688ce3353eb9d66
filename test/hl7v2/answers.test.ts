/** What is not taken, how answers are written, and what a connection must keep to. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aSummary } from '../fixtures/summary';
import { aMessage, escaped, nextId, ofBundle, pdfBase64 } from './messages';
import { answerIn, frame, type Mllp } from './mllp';
import { startReceiver, type Receiver } from './receiving';

let receiver: Receiver;
let sender: Mllp;
beforeAll(async () => {
  receiver = await startReceiver({}, { MAX_BODY_BYTES: '200000' });
  sender = await receiver.connect();
});
afterAll(async () => {
  sender.close();
  await receiver.close();
});

const get = async (path: string): Promise<any> => (await receiver.homeward.call('GET', path)).json; // eslint-disable-line @typescript-eslint/no-explicit-any

const pulse = (value: string): string =>
  `OBX|2|NM|8867-4^Heart rate^LN||${value}|/min|||||F|||20250228080000`;

describe('What is not taken (AR)', () => {
  it.each([
    ['another type', { type: 'ADT^A01^ADT_A01' }, '200', 'hl7v2-type', 'MSH^1^9^1^1'],
    ['another trigger event', { type: 'MDM^T05^MDM_T01' }, '201', 'hl7v2-trigger', 'MSH^1^9^1^2'],
    ['an unknown sender', { sender: 'WHO|KNOWS' }, '204', 'road-unknown-sender', 'MSH^1^3'],
    ['another version', { version: '3' }, '203', 'hl7v2-version', 'MSH^1^12'],
  ])('%s', async (_what, options, code, rule, place) => {
    const id = nextId();
    const answer = await sender.ask(aMessage({ id, version: '2.5.1', ...options }));
    expect(answer).toMatchObject({ code: 'AR', controlId: id });
    if (rule !== 'hl7v2-version') expect(answer.errors).toMatchObject([{ code, rule, place }]);
  });

  it('what is no HL7 v2', async () => {
    const answer = await sender.ask('{"resourceType":"Bundle"}');
    expect(answer).toMatchObject({
      code: 'AR',
      controlId: '',
      errors: [{ code: '100', rule: 'hl7v2-not-hl7' }],
    });
  });

  it('is kept as a refused submission', async () => {
    await sender.ask(aMessage({ sender: 'NEW|PLACE' }));
    const { submissions } = await get('/submissions?status=refused&sender=hl7v2:NEW|PLACE');
    expect(submissions).toMatchObject([
      { door: 'hl7v2', status: 'refused', contentType: 'x-application/hl7-v2+er7' },
    ]);
  });
});

describe('What is refused (AE)', () => {
  it.each([
    ['no OBX', { without: ['OBX'] }, 'OBX^1^5', 'hl7v2-content'],
    ['no OBX of type ED', { valueType: 'TX', value: 'words' }, 'OBX^1^2', 'hl7v2-content'],
    ['a pointer alone', { valueType: 'RP', value: 'http://x/y.pdf' }, 'OBX^1^2', 'hl7v2-content'],
    ['what is not base64', { value: 'A^AP^PDF^Base64^%%%' }, 'OBX^1^5', 'hl7v2-base64'],
    ['another document', { value: 'A^AP^PNG^Base64^iVBORw0KGgo=' }, 'OBX^1^5', 'hl7v2-document'],
    ['a number of 201 characters', { more: [pulse('7'.repeat(201))] }, 'OBX^2^5', 'hl7v2-number'],
    ['a number of 140,000 characters', { more: [pulse('7'.repeat(140_000))] }, 'OBX^2^5', 'hl7v2-number'],
    ['an unknown character set', { charset: 'GB 18030-2000' }, 'MSH^1^18', 'hl7v2-charset'],
    ['a blank MSH-10', { id: ' ' }, 'MSH^1^10', 'hl7v2-control-id'],
  ])('%s', async (_what, options, place, rule) => {
    const answer = await sender.ask(aMessage(options));
    expect(answer).toMatchObject({ code: 'AE', errors: [{ place, rule }] });
  });

  it('a Bundle that is not JSON, and it is kept', async () => {
    const answer = await sender.ask(aMessage({ value: ofBundle('{"resourceType":') }));
    expect(answer).toMatchObject({ code: 'AE', errors: [{ place: 'OBX^1^5' }] });
    const { submissions } = await get('/submissions?status=refused&sender=RR8');
    expect(submissions[0]).toMatchObject({ size: 16, contentType: 'application/fhir+json' });
  });

  it('a document larger than the limit once base64 is undone, and what was read is kept', async () => {
    const value = `A^AP^PDF^Base64^${Buffer.concat([Buffer.from('%PDF-1.4\n'), Buffer.alloc(200_000)]).toString('base64')}`;
    const answer = await sender.ask(aMessage({ value }));
    expect(answer).toMatchObject({ code: 'AE', errors: [{ rule: 'road-too-large', code: '104' }] });
    const { submissions } = await get('/submissions?status=refused&sender=RR8');
    expect(submissions[0]).toMatchObject({ size: 200_000 });
  });

  it('a frame far above the limit, and the connection goes on', async () => {
    const id = nextId();
    const answer = await sender.ask(aMessage({ id, value: `A^AP^PDF^Base64^${'A'.repeat(3_000_000)}` }));
    expect(answer).toMatchObject({ code: 'AE', controlId: id, errors: [{ rule: 'road-too-large' }] });
    expect((await sender.ask(aMessage())).code).toBe('AA');
  });
});

describe('The answer', () => {
  it('swaps the applications and facilities and names the trigger event', async () => {
    const answer = await sender.ask(aMessage({ id: 'MSG-42', version: '2.4' }));
    const [msh, msa] = answer.segments;
    expect(msh!.slice(1, 6)).toEqual(['^~\\&', 'HOMEWARD', 'GP', 'RPM', 'TRUST']);
    expect(msh![8]).toBe('ACK^T02^ACK');
    expect(msh![11]).toBe('2.4');
    expect(msa!.slice(0, 3)).toEqual(['MSA', 'AA', 'MSG-42']);
  });

  it('before version 2.5 says rule and sentence in ERR-1 and MSA-3', async () => {
    const answer = await sender.ask(aMessage({ version: '2.3.1', fields: { PV1: { 44: '' } } }));
    const error = answer.segments.find(([name, place]) => name === 'ERR' && place!.startsWith('PV1^1^44'))!;
    expect(error[1]).toMatch(/^PV1\^1\^44\^vw-enc-1[12]&PV1-44: /);
    expect(answer.said).toMatch(/vw-enc-1[12]: PV1-44: /);
  });

  it('keeps the delimiters of the message', async () => {
    const usual = aMessage({ fields: { PV1: { 44: '' } } });
    const other = usual.replace(
      /[|^~\\&]/g,
      (each) => ({ '|': '#', '^': '!', '~': '*', '\\': '$', '&': '%' })[each]!,
    );
    const answer = await sender.ask(other);
    expect(answer.text).toMatch(/^MSH#!\*\$%#HOMEWARD#GP#RPM#TRUST#/);
    expect(answer.text).toContain('\rERR##PV1!1!44#');
  });
});

describe('Character sets', () => {
  const named = async (answer: { said: string }): Promise<string> => {
    const { entry } = await get(`/FHIR/R4/Bundle/${answer.said}`);
    return entry[0].resource.name[0].family;
  };
  const withName = (charset: string, family: string): string =>
    aMessage({ charset, fields: { PID: { 5: `${family}^Zoe` } } });

  it.each([
    ['UNICODE UTF-8', 'utf8'],
    ['', 'utf8'],
    ['8859/1', 'latin1'],
  ] as const)('MSH-18 %s', async (charset, encoding) => {
    const answer = await sender.ask(Buffer.from(withName(charset, 'Müller'), encoding));
    expect(answer.text).toContain('MSA|AA|');
    expect(await named(answer)).toBe('Müller');
  });

  it.each([
    ['UNICODE UTF-8', 'latin1'],
    ['ASCII', 'utf8'],
  ] as const)('a message that is not %s is refused', async (charset, encoding) => {
    const answer = await sender.ask(Buffer.from(withName(charset, 'Müller'), encoding));
    expect(answer).toMatchObject({ code: 'AE', errors: [{ place: 'MSH^1^18', rule: 'hl7v2-charset' }] });
  });

  it('escapes are undone', async () => {
    expect(await named(await sender.ask(withName('ASCII', 'O\\X27\\Brien \\T\\ Co')))).toBe("O'Brien & Co");
  });

  it('a facility with an accent is a sender, and is answered in its character set', async () => {
    const message = aMessage({ sender: 'LEEDS É|TRUST', charset: '8859/1' });
    sender.write(frame(Buffer.from(message, 'latin1')));
    const answer = await sender.next();
    expect(answerIn(answer!.bytes).code).toBe('AA');
    expect(answer!.bytes.toString('latin1')).toContain('|LEEDS É|TRUST|');
  });
});

describe('Long lines', () => {
  it.each([
    ['line feeds', '\n'],
    ['carriage returns', '\r'],
    ['\\.br\\', '\\.br\\'],
  ])('base64 wrapped with %s is read', async (_what, ending) => {
    const wrapped = pdfBase64().replace(/.{76}/g, `$&${ending}`);
    const answer = await sender.ask(aMessage({ value: `A^AP^PDF^Base64^${wrapped}` }));
    expect(answer.text).toContain('MSA|AA|');
  });

  it('a document that several OBX share is put together', async () => {
    const base64 = pdfBase64();
    const at = Math.floor(base64.length / 2);
    const answer = await sender.ask(
      aMessage({
        value: `A^AP^PDF^Base64^${base64.slice(0, at)}`,
        more: [`OBX|2|ED|VW^Summary^L||A^AP^PDF^Base64^${base64.slice(at)}||||||F`],
      }),
    );
    expect(answer.text).toContain('MSA|AA|');
    const { entry } = await get(`/FHIR/R4/Bundle/${answer.said}`);
    expect(entry[3].resource.content[0].attachment.data).toBe(base64);
  });
});

describe('A connection', () => {
  it('carries several messages in one packet, and is answered in their order', async () => {
    const ids = [nextId(), nextId(), nextId()];
    sender.write(
      Buffer.concat([
        frame(aMessage({ id: ids[0]! })),
        frame(aMessage({ id: ids[1]!, type: 'ADT^A08' })),
        frame(aMessage({ id: ids[2]! })),
      ]),
    );
    const answers = [await sender.next(), await sender.next(), await sender.next()];
    expect(answers.map((answer) => answer?.controlId)).toEqual(ids);
    expect(answers.map((answer) => answer?.code)).toEqual(['AA', 'AR', 'AA']);
  });

  it('takes a message with a line feed before MSH', async () => {
    expect((await sender.ask(`\r\n${aMessage()}`)).code).toBe('AA');
  });

  it('takes a message byte by byte', async () => {
    const message = frame(aMessage({ value: ofBundle('{}') }));
    for (let at = 0; at < message.length; at += 97) {
      sender.write(message.subarray(at, at + 97));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await sender.next())?.code).toBe('AE');
  });

  it.each([
    ['before a frame', Buffer.from('MSH|^~\\&|')],
    ['after a frame', Buffer.concat([frame(aMessage({ type: 'ADT^A01' })), Buffer.from('\n')])],
    ['in place of the end', Buffer.from('\u000bMSH|\u001cPID|')],
  ])('is closed for bytes outside frames: %s', async (_where, bytes) => {
    const stranger = await receiver.connect();
    stranger.write(bytes);
    await stranger.closed;
    expect((await sender.ask(aMessage({ type: 'ADT^A01' }))).code).toBe('AR');
  });

  it('that its sender ends after its last message is still answered', async () => {
    const once = await receiver.connect();
    once.socket.end(frame(aMessage()));
    expect((await once.next())?.code).toBe('AA');
    await once.closed;
  });

  it('is one of many at the same time', async () => {
    const message = aMessage();
    const many = await Promise.all(Array.from({ length: 8 }, () => receiver.connect()));
    const answers = await Promise.all(many.map((each) => each.ask(message)));
    expect(new Set(answers.map(({ code }) => code))).toEqual(new Set(['AA']));
    expect(new Set(answers.map(({ said }) => said)).size).toBe(1);
    for (const each of many) each.close();
  });
});

describe('The file', () => {
  it('is read again: a new sender is known within a second, a fault leaves the old content in force', async () => {
    const strange = aMessage({ sender: 'LATER|PLACE' });
    expect((await sender.ask(strange)).code).toBe('AR');
    receiver.write({ senders: { 'RPM|TRUST': 'RR8', 'LATER|PLACE': 'RR7', 'LEEDS É|TRUST': 'RR9' } });
    await new Promise((resolve) => setTimeout(resolve, 1600));
    expect((await sender.ask(strange)).code).toBe('AA');
    receiver.write({ senders: { RPM: 'rr8' } });
    await new Promise((resolve) => setTimeout(resolve, 1600));
    expect((await sender.ask(aMessage())).code).toBe('AA');
    const status = await get('/_status');
    expect(status.checks.hl7v2[0]).toMatchObject({ status: 'warn' });
    expect(status.checks.hl7v2[0].output).toContain('HL7V2_FILE: senders["RPM"] must be');
    receiver.write({});
    await new Promise((resolve) => setTimeout(resolve, 1600));
    expect((await get('/_status')).checks.hl7v2[0]).toMatchObject({ status: 'pass' });
  });

  it('with a fault stops the start', async () => {
    await expect(startReceiver({ port: 'x', certFile: 'none.pem', clientCa: 1 })).rejects.toMatchObject({
      message: expect.stringContaining('HL7V2_FILE: port must be a number'),
    });
  });
});

describe('TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-tls-'));
  const make = (name: string): void => {
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
        ...['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'],
        ...['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.pem`)],
      ],
      { stdio: 'ignore' },
    );
  };
  const pem = (name: string, kind = 'pem'): Buffer => readFileSync(join(folder, `${name}.${kind}`));
  let secure: Receiver;
  beforeAll(async () => {
    for (const name of ['server', 'engine', 'stranger', 'renewed']) make(name);
    secure = await startReceiver({
      certFile: join(folder, 'server.pem'),
      keyFile: join(folder, 'server.key'),
      clientCaFile: join(folder, 'engine.pem'),
    });
  });
  afterAll(() => secure.close());
  const as = (name: string, ca = 'server'): object => ({
    cert: pem(name),
    key: pem(name, 'key'),
    ca: pem(ca),
  });

  it('takes messages of a client with a certificate of the authority', async () => {
    const engine = await secure.connect(as('engine'));
    expect((await engine.ask(aMessage())).code).toBe('AA');
    engine.close();
  });

  it('refuses a client without one, or with another', async () => {
    for (const options of [{ ca: pem('server') }, as('stranger')]) {
      const client = await secure.connect(options).catch(() => undefined);
      client?.write(frame(aMessage()));
      expect(await client?.next()).toBeUndefined();
    }
  });

  it('uses a renewed certificate within a second, and keeps open connections', async () => {
    const before = await secure.connect(as('engine'));
    copyFileSync(join(folder, 'renewed.key'), join(folder, 'server.key'));
    copyFileSync(join(folder, 'renewed.pem'), join(folder, 'server.pem'));
    await new Promise((resolve) => setTimeout(resolve, 1600));
    const after = await secure.connect(as('engine', 'renewed'));
    expect((await after.ask(aMessage())).code).toBe('AA');
    expect((await before.ask(aMessage())).code).toBe('AA');
    before.close();
    after.close();
  });
});

describe('A Bundle as text', () => {
  it('in UTF-8 keeps its bytes in a message of another character set', async () => {
    const summary = aSummary().stay(7900);
    const text = escaped(summary.bytes().toString('utf8'));
    const answer = await sender.ask(
      Buffer.from(aMessage({ charset: '8859/1', value: `A^TEXT^^A^${text}` }), 'latin1'),
    );
    expect(answer.text).toContain('MSA|AA|');
  });
});
