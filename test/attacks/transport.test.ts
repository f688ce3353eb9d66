/** Limits per client, CORS, proxies, TLS and mutual TLS: as configured, and closed unless configured. */
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { aSummary } from '../fixtures/summary';
import { certificate } from '../fixtures/certificates';
import { rsaKey, signJwt } from '../fixtures/tokens';
import { startHomeward, type Homeward } from '../support/homeward';
import { agitationOf, raw } from './calm';

const folder = mkdtempSync(join(tmpdir(), 'homeward-transport-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

describe('with limits', () => {
  let homeward: Homeward;
  beforeAll(async () => {
    homeward = await startHomeward({
      RATE_LIMIT_PER_MINUTE: '6',
      MAX_UPLOADS_PER_CLIENT: '1',
      CORS_ORIGINS: 'https://ward.example.nhs.uk',
      BASE_URL: 'https://homeward.example.nhs.uk',
      TRUSTED_PROXIES: '127.0.0.0/8',
    });
  });
  afterAll(() => homeward.close());
  const as = (ods: string, path = '/FHIR/R4/Patient?_count=1', headers = {}) =>
    homeward.call('GET', path, { token: homeward.token('system/*.rs system/AuditEvent.rs', ods), headers });

  it('the seventh request of a client in a minute is one too many: 429, and when to come again', async () => {
    const replies = [];
    for (let each = 0; each < 7; each += 1) replies.push(await as('AAA'));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200, 429]);
    const last = replies.at(-1)!;
    expect([Number(last.headers.get('retry-after')) > 0, last.json.issue[0].code, agitationOf(last)]).toEqual(
      [true, 'throttled', []],
    );
    expect((await as('BBB')).status).toBe(200);
  });

  it('the parts of a batch are counted like requests', async () => {
    const entry = Array.from({ length: 9 }, () => ({
      request: { method: 'GET', url: 'Patient?_count=1' },
    }));
    const { status, json } = await homeward.call('POST', '/FHIR/R4', {
      token: homeward.token('system/*.rs', 'CCC'),
      body: { resourceType: 'Bundle', type: 'batch', entry },
    });
    const statuses = json.entry.map((each: { response: { status: string } }) => each.response.status);
    expect([status, statuses]).toEqual([200, [...Array(6).fill('200'), ...Array(3).fill('429')]]);
    expect((await as('CCC')).status).toBe(429);
  });

  it('bad tokens are counted by address, as the proxy tells it', async () => {
    const attempt = (address: string): Promise<number> =>
      homeward
        .call('GET', '/FHIR/R4/Patient', { token: 'x.y.z', headers: { 'X-Forwarded-For': address } })
        .then(({ status }) => status);
    const statuses = [];
    for (let each = 0; each < 7; each += 1) statuses.push(await attempt('203.0.113.5'));
    expect([statuses, await attempt('203.0.113.6')]).toEqual([[401, 401, 401, 401, 401, 401, 429], 401]);
  });

  it('probes are never counted', async () => {
    for (let each = 0; each < 10; each += 1)
      expect((await homeward.call('GET', '/_ping', { token: null })).status).toBe(200);
  });

  it('the proxy’s word for the caller’s address is in the audit trail', async () => {
    await as('CCC', '/FHIR/R4/Patient?_count=1', { 'X-Forwarded-For': '198.51.100.7, 127.0.0.3' });
    const events = await as('DDD', '/FHIR/R4/AuditEvent?_count=50');
    expect(JSON.stringify(events.json)).toContain('198.51.100.7');
  });

  it('a second upload beside the first is one too many', async () => {
    const token = homeward.token('system/Bundle.c', 'EEE');
    const bytes = aSummary().bytes();
    const head = `POST /FHIR/R4/Bundle HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/fhir+json\r\nContent-Length: ${bytes.length}\r\nConnection: close\r\n\r\n`;
    const slow = raw(homeward.url, [head, bytes.subarray(0, 100), bytes.subarray(100)], {
      pauseMillis: 700,
      waitMillis: 9_000,
    });
    await new Promise((resolve) => setTimeout(resolve, 350));
    const second = await homeward.call('POST', '/FHIR/R4/Bundle', { token, body: bytes });
    expect([second.status, second.headers.get('retry-after'), (await slow).statuses]).toEqual([
      429,
      '1',
      [201],
    ]);
    expect((await homeward.call('POST', '/FHIR/R4/Bundle', { token, body: bytes })).status).toBe(200);
  });

  it('a browser of a named origin may call, and no other', async () => {
    const preflight = (origin: string) =>
      homeward.call('OPTIONS', '/FHIR/R4/Patient', {
        token: null,
        headers: {
          Origin: origin,
          'Access-Control-Request-Method': 'GET',
          'X-Forwarded-For': '203.0.113.77',
        },
      });
    const [known, stranger, nobody] = [
      await preflight('https://ward.example.nhs.uk'),
      await preflight('https://ward.example.nhs.uk.evil.example'),
      await preflight('null'),
    ];
    expect([
      known.status,
      known.headers.get('access-control-allow-origin'),
      known.headers.get('access-control-allow-credentials'),
    ]).toEqual([204, 'https://ward.example.nhs.uk', null]);
    expect(known.headers.get('access-control-allow-headers')).toContain('Authorization');
    expect(
      [stranger, nobody].map(({ status, headers }) => [status, headers.get('access-control-allow-origin')]),
    ).toEqual([
      [405, null],
      [405, null],
    ]);
    expect(known.headers.get('vary')).toBe('Origin');
  });

  it('a public address by https tells browsers to come by https only', async () => {
    expect(
      (await homeward.call('GET', '/_ping', { token: null })).headers.get('strict-transport-security'),
    ).toBe('max-age=31536000');
  });
});

describe('with TLS, client certificates and a token endpoint of its own', () => {
  const authority = certificate('Test authority');
  const server = certificate('localhost', authority);
  const renewed = certificate('localhost', authority);
  const client = certificate('ward-system', authority);
  const otherClient = certificate('other-system', authority);
  const stranger = certificate('stranger', certificate('Another authority'));
  const thumbprint = createHash('sha256').update(new X509Certificate(client.cert).raw).digest('base64url');
  const key = rsaKey('ward-1');
  const identity = rsaKey('idp-1');
  let homeward: Homeward;
  let certFile: string;
  let keyFile: string;

  beforeAll(async () => {
    certFile = file('server.pem', server.cert);
    keyFile = file('server.key', server.key);
    const jwks = { keys: [key.jwk] };
    homeward = await startHomeward({
      TLS_CERT_FILE: certFile,
      TLS_KEY_FILE: keyFile,
      TLS_CLIENT_CA_FILE: file('ca.pem', authority.cert),
      AUTH_ISSUER: 'https://identity.example.nhs.uk',
      AUTH_AUDIENCE: 'https://homeward.example.nhs.uk',
      AUTH_JWKS_URI: pathToFileURL(file('jwks.json', JSON.stringify({ keys: [identity.jwk] }))).href,
      SIGNING_KEY_PASSPHRASE: 'correct horse battery staple',
      CLIENTS_FILE: file(
        'clients.json',
        JSON.stringify([
          {
            clientId: 'ward-system',
            name: 'Ward system',
            odsCode: 'RR8',
            scope: 'system/Patient.rs',
            jwks,
            certificateSha256: thumbprint,
          },
        ]),
      ),
    });
  });
  afterAll(() => homeward.close());

  interface Answer {
    status: number;
    headers: Record<string, unknown>;
    text: string;
  }
  const ask = (
    path: string,
    options: {
      from?: typeof client | undefined;
      method?: string;
      body?: string;
      headers?: Record<string, string>;
    },
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const { from, method = 'GET', body, headers = {} } = options;
      const sent = request(
        `${homeward.url}${path}`,
        {
          method,
          headers,
          ca: authority.cert,
          agent: false,
          ...(from ? { cert: from.cert, key: from.key } : {}),
        },
        (response) => {
          let text = '';
          response.on('data', (chunk) => (text += String(chunk)));
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
          );
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  const tokenFor = async (from: typeof client): Promise<Answer> => {
    const now = Math.floor(Date.now() / 1000);
    const assertion = signJwt(
      key,
      {
        iss: 'ward-system',
        sub: 'ward-system',
        aud: `${homeward.url}/oauth2/token`,
        jti: `${now}-${Math.random()}`,
        exp: now + 200,
        iat: now,
      },
      { alg: 'RS512' },
    );
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    });
    return ask('/oauth2/token', {
      from,
      method: 'POST',
      body: form.toString(),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    });
  };

  it('nobody comes in without a certificate, or with one of another authority', async () => {
    await expect(ask('/_ping', {})).rejects.toThrow();
    await expect(ask('/_ping', { from: stranger })).rejects.toThrow();
    const answer = await ask('/_ping', { from: client });
    expect([answer.status, answer.headers['strict-transport-security']]).toEqual([200, 'max-age=31536000']);
  });

  it('a token is bound to the certificate of the client it was made for', async () => {
    const issued = await tokenFor(client);
    expect(issued.status).toBe(200);
    const { access_token: token } = JSON.parse(issued.text) as { access_token: string };
    const headers = { Authorization: `Bearer ${token}` };
    const own = await ask('/FHIR/R4/Patient', { from: client, headers });
    const others = await ask('/FHIR/R4/Patient', { from: otherClient, headers });
    expect([own.status, others.status]).toEqual([200, 401]);
    expect((await tokenFor(otherClient)).status).toBe(401);
  });

  it('tokens of the identity provider are accepted beside its own', async () => {
    const token = signJwt(identity, {
      iss: 'https://identity.example.nhs.uk',
      aud: 'https://homeward.example.nhs.uk',
      sub: 'x',
      scope: 'system/Patient.rs',
      exp: Math.floor(Date.now() / 1000) + 60,
    });
    expect(
      (await ask('/FHIR/R4/Patient', { from: otherClient, headers: { Authorization: `Bearer ${token}` } }))
        .status,
    ).toBe(200);
  });

  const handshake = (options: ConnectionOptions): Promise<string> =>
    new Promise((resolve) => {
      const { port } = new URL(homeward.url);
      const socket = connectTls({
        port: Number(port),
        host: '127.0.0.1',
        ca: authority.cert,
        cert: client.cert,
        key: client.key,
        ...options,
      });
      socket.on('secureConnect', () => {
        resolve(`${socket.getProtocol()} ${socket.getPeerX509Certificate()?.fingerprint256}`);
        socket.destroy();
      });
      socket.on('error', () => resolve('refused'));
    });

  it.each([
    ['TLS 1.0', { minVersion: 'TLSv1', maxVersion: 'TLSv1' }],
    ['TLS 1.1', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' }],
    ['a suite without forward secrecy', { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' }],
    ['a suite of CBC', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' }],
  ] as [string, ConnectionOptions][])('%s is refused', async (_name, options) => {
    expect(await handshake(options)).toBe('refused');
  });

  it('a renewed certificate is used without a restart, and a broken one changes nothing', async () => {
    const of = ({ cert }: typeof server): string => `TLSv1.3 ${new X509Certificate(cert).fingerprint256}`;
    expect(await handshake({})).toBe(of(server));
    writeFileSync(keyFile, renewed.key);
    writeFileSync(certFile, renewed.cert);
    let seen = '';
    for (let each = 0; each < 60 && seen !== of(renewed); each += 1) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      seen = await handshake({});
    }
    expect(seen).toBe(of(renewed));
  });
});
