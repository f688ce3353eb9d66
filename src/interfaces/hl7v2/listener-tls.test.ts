import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { listenForMessages, type MllpListener } from './listener';
import { messageMemory } from './message-memory';

const folder = mkdtempSync(join(tmpdir(), 'homeward-mllp-tls-'));
const file = (name: string): string => join(folder, name);
const problems: string[] = [];
const sockets: Socket[] = [];
let listener: MllpListener;

beforeAll(async () => {
  for (const name of ['server', 'engine'])
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
        ...['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'],
        ...['-keyout', file(`${name}.key`), '-out', file(`${name}.pem`)],
      ],
      { stdio: 'ignore' },
    );
  listener = await listenForMessages({
    host: '127.0.0.1',
    port: 0,
    tls: { certFile: file('server.pem'), keyFile: file('server.key'), clientCaFile: file('engine.pem') },
    handshakeMillis: 2_000,
    memory: messageMemory(1_000_000),
    maxFrameBytes: 1_000,
    mostOfTooLarge: 1_000,
    minBytesPerSecond: 1,
    handle: async () => Buffer.from('answer'),
    onLost: async () => undefined,
    onProblem: (text) => void problems.push(text),
    onFull: () => undefined,
    onReload: () => undefined,
  });
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  problems.length = 0;
});
afterAll(async () => {
  listener.close();
  await listener.drain(1_000);
  rmSync(folder, { recursive: true });
});

async function opened(): Promise<Socket> {
  const socket = connect({ port: listener.port, host: '127.0.0.1', allowHalfOpen: true });
  sockets.push(socket);
  socket.on('error', () => undefined).resume();
  await once(socket, 'connect');
  return socket;
}

/** What an engine with a certificate is answered; it ends its side after its message. */
async function answer(): Promise<string> {
  const options: ConnectionOptions & { allowHalfOpen: boolean } = {
    port: listener.port,
    host: '127.0.0.1',
    allowHalfOpen: true,
    ca: readFileSync(file('server.pem')),
    cert: readFileSync(file('engine.pem')),
    key: readFileSync(file('engine.key')),
  };
  const socket = connectTls(options);
  sockets.push(socket);
  await once(socket, 'secureConnect');
  socket.end('\u000bMSH|^~\\&|A|B\u001c\r');
  const [first] = (await once(socket, 'data')) as [Buffer];
  return String(first);
}

describe('A TLS listener', () => {
  it('ends a connection that ends its side before the handshake, at once and without a word', async () => {
    for (let count = 0; count < 3; count += 1) {
      const began = performance.now();
      const socket = await opened();
      socket.end();
      await once(socket, 'end');
      expect(performance.now() - began).toBeLessThan(1_500);
    }
    const begun = await opened();
    begun.end(Buffer.from('160301020001000001fc0303', 'hex'));
    await once(begun, 'end');
    await new Promise((again) => setTimeout(again, 50));
    expect(problems).toEqual([
      'a TLS connection was refused: it ended before the handshake did (from 127.0.0.1)',
    ]);
    expect(await answer()).toContain('answer');
  });

  it('ends a handshake that takes too long, also one of which something comes again and again', async () => {
    const socket = await opened();
    const hello = Buffer.from('160301020001000001fc0303', 'hex');
    let at = 0;
    const timer = setInterval(() => {
      if (!socket.writable) return;
      socket.write(hello.subarray(at, at + 1));
      at = Math.min(at + 1, hello.length - 1);
    }, 200);
    await once(socket, 'end').finally(() => clearInterval(timer));
    expect(problems).toEqual([
      'a TLS connection was refused: the handshake took longer than 2 seconds (from 127.0.0.1)',
    ]);
  });

  it('answers an engine while 560 others have not begun their handshake', async () => {
    await Promise.all(Array.from({ length: 560 }, opened));
    expect(await answer()).toContain('answer');
    expect(problems).toContain(
      'more than 500 connections; one before its TLS handshake was closed (from 127.0.0.1)',
    );
  });
});
