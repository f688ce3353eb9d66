import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { certificate } from '../../../test/fixtures/certificates';
import { ENDLESS, startEndless, trickle } from '../../../test/fixtures/endless-server';
import { openConnection, type Connection } from './connection';

const signal = new AbortController().signal;
const authority = certificate('authority');
const serverCertificate = certificate('server', authority);

describe('the connection to MESH', () => {
  let folder: string;
  let server: Server;
  let url: string;
  const problems: string[] = [];
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'homeward-mesh-tls-'));
    // Answers with the name in the client's certificate.
    server = createServer(
      { cert: serverCertificate.cert, key: serverCertificate.key, ca: authority.cert, requestCert: true },
      (request, response) =>
        response.end(String((request.socket as TLSSocket).getPeerCertificate().subject?.CN)),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `https://127.0.0.1:${(server.address() as { port: number }).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });

  async function answer(connection: Connection): Promise<string> {
    const parts: Buffer[] = [];
    for await (const part of await connection.send({ method: 'GET', path: '/', headers: {} }, signal))
      parts.push(part as Buffer);
    return Buffer.concat(parts).toString();
  }
  function connectionWith(name: string): Connection {
    const client = certificate(name, authority);
    return openConnection({
      url,
      tls: {
        certFile: write('client.pem', client.cert),
        keyFile: write('client.key', client.key),
        caFile: write('ca.pem', authority.cert),
      },
      onProblem: (text) => problems.push(text),
    });
  }

  it('shows the client certificate', async () => {
    const connection = connectionWith('first.api.mesh-client.nhs.uk');
    expect(await answer(connection)).toBe('first.api.mesh-client.nhs.uk');
    connection.close();
  });

  it('serves several mailboxes that begin at the same moment', async () => {
    const connection = connectionWith('first');
    const answers = await Promise.all([1, 2, 3].map(() => answer(connection)));
    expect(answers).toEqual(['first', 'first', 'first']);
    connection.close();
  });

  it('says each time that the certificate cannot be used, as long as none was', async () => {
    const certFile = write('none.pem', 'no certificate');
    const connection = openConnection({ url, tls: { certFile }, onProblem: () => undefined });
    const ends = await Promise.allSettled([answer(connection), answer(connection)]);
    ends.push(...(await Promise.allSettled([answer(connection)])));
    const away = { status: 'rejected', reason: expect.objectContaining({ name: 'MeshAway', isSent: false }) };
    expect(ends).toEqual([away, away, away]);
    connection.close();
  });

  it('uses a changed certificate within seconds, and keeps the earlier one while key and certificate differ', async () => {
    const connection = connectionWith('first');
    expect(await answer(connection)).toBe('first');
    const next = certificate('second', authority);
    write('client.pem', next.cert);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await answer(connection)).toBe('first');
    expect(problems).toEqual([expect.stringContaining('the earlier ones stay in use')]);
    write('client.key', next.key);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await answer(connection)).toBe('second');
    connection.close();
  });

  it('does not speak to a server of another authority, and says what to check', async () => {
    const connection = openConnection({ url, tls: {}, onProblem: () => undefined });
    await expect(answer(connection)).rejects.toThrow(
      /^The encrypted connection to MESH at 127\.0\.0\.1:\d+ failed: .*Check certFile, keyFile and caFile in MESH_FILE\.$/,
    );
    connection.close();
  });

  const limits = { silenceMillis: 400, headMillis: 500, tls: {}, onProblem: () => undefined };

  it.each(Object.entries(ENDLESS))('ends without an answer after %s', async (_name, answer) => {
    const endless = await startEndless(answer);
    const connection = openConnection({ url: endless.url, ...limits });
    await expect(connection.send({ method: 'GET', path: '/', headers: {} }, signal)).rejects.toMatchObject({
      name: 'MeshAway',
      isSent: true,
    });
    connection.close();
    await endless.close();
  });

  it('ends an answer whose body trickles and never ends', async () => {
    const endless = await startEndless(trickle);
    const connection = openConnection({ url: endless.url, ...limits });
    await expect(answer(connection)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    connection.close();
    await endless.close();
  });
});
