/** `CLIENTS_FILE`: what it may say, how an edit takes hold, and the commands that keep it. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ecKey, rsaKey } from '../../../test/fixtures/tokens';
import { readRegistrations } from './client-registration';
import { openClients } from './clients';

const key = ecKey('k');
const client = {
  clientId: 'ward-system',
  name: 'Ward system',
  odsCode: 'rr8',
  scope: 'system/Bundle.c',
  jwks: { keys: [key.jwk] },
};

describe('readRegistrations', () => {
  it('takes a client with its keys, or with where they are', () => {
    const { jwks: _jwks, ...withoutKeys } = client;
    const published = {
      ...withoutKeys,
      clientId: 'other',
      jwksUri: 'https://ward.example/jwks',
      disabled: true,
    };
    expect(readRegistrations([client, published])).toEqual({
      ok: true,
      value: [
        { ...client, odsCode: 'RR8' },
        { ...published, odsCode: 'RR8' },
      ],
      remarks: [],
    });
  });

  it('names every fault of every client, with its place', () => {
    const faulty = {
      clientId: '',
      odsCode: '*',
      scope: 'openid',
      jwks: { keys: [] },
      jwksUri: 'ftp://x',
      certificateSha256: 'x',
      disabled: 'no',
    };
    const privateKey = { ...client, jwks: { keys: [{ ...key.jwk, d: 'AAAA' }] } };
    expect(
      readRegistrations([
        faulty,
        7,
        client,
        privateKey,
        { ...client, jwks: { keys: [rsaKey('k', 1024).jwk] } },
      ]),
    ).toEqual({
      ok: false,
      faults: [
        '[0].clientId must be a string of 1 to 256 characters',
        '[0].name must be a string of 1 to 256 characters',
        '[0].odsCode must be the ODS code of an organisation',
        '[0].scope must contain a SMART scope, such as system/Bundle.c',
        '[0].jwks or jwksUri must be set, but not both',
        '[0].jwks must contain a public signing key',
        '[0].jwksUri must be an address that begins with https:, http: or file:',
        '[0].certificateSha256 must be the base64url of a SHA-256 (43 characters)',
        '[0].disabled must be true or false',
        '[1] must be an object',
        '[3].jwks contains a private key: remove it, and replace the key pair',
        '[3].clientId is already used by an earlier client',
        '[4].jwks.keys[0]: must be an RSA key of 2048 to 8192 bits',
        '[4].clientId is already used by an earlier client',
      ],
    });
  });

  it('remarks on what has no effect', () => {
    const odd = { ...client, scope: 'system/Bundle.c launch', jwksURI: 'x', jwks: { keys: [key.jwk, 'x'] } };
    expect(readRegistrations([odd])).toMatchObject({
      ok: true,
      remarks: [
        '[0].jwksURI is not known, and is ignored',
        '[0].scope: launch gives no access',
        '[0].jwks.keys[1]: must be an object',
      ],
    });
  });

  it('refuses what is no list', () => {
    expect(readRegistrations({})).toEqual({ ok: false, faults: ['must be a JSON array of clients'] });
  });
});

describe('openClients', () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'homeward-clients-'));
    path = join(folder, 'clients.json');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('reads an edit at once, and keeps what held while an edit is broken', async () => {
    await writeFile(path, JSON.stringify([client]));
    const problems: string[] = [];
    const opened = await openClients({ path, now: Date.now, onProblem: (text) => problems.push(text) });
    if (!opened.ok) throw new Error(opened.faults.join('\n'));
    const { clients } = opened;
    expect((await clients.find('ward-system'))?.registration.name).toBe('Ward system');
    expect(await clients.find('__proto__')).toBeUndefined();

    await writeFile(path, JSON.stringify([{ ...client, disabled: true }]));
    expect((await clients.find('ward-system'))?.registration.disabled).toBe(true);

    await writeFile(path, JSON.stringify([{ ...client, scope: '' }]));
    expect((await clients.find('ward-system'))?.registration.disabled).toBe(true);
    expect(problems).toEqual([
      'CLIENTS_FILE: [0].scope must contain a SMART scope, such as system/Bundle.c',
      'CLIENTS_FILE: the file is not valid; the server continues to use its earlier content',
    ]);

    await writeFile(path, JSON.stringify([client]));
    expect((await clients.find('ward-system'))?.registration.disabled).toBeUndefined();
  });

  it('lets a client use the tokens that fit its registration as it is now', async () => {
    const certificate = 'c'.repeat(43);
    let now = 0;
    await writeFile(path, JSON.stringify([client]));
    const opened = await openClients({ path, now: () => now, onProblem: () => {} });
    if (!opened.ok) throw new Error(opened.faults.join('\n'));
    const { clients } = opened;
    const thumbprint = (await clients.find('ward-system'))!.keys.current('k', 'ES256')!.thumbprint;
    const { jwks, ...keyless } = client;
    const uri = 'https://ward.example/jwks';
    const may = async (edit: object, token: { clientKey?: string; boundTo?: string }): Promise<boolean> => {
      await writeFile(path, JSON.stringify([edit]));
      now += 500;
      return clients.mayUse({ clientId: 'ward-system', clientKey: undefined, boundTo: undefined, ...token });
    };
    const withKey = { clientKey: thumbprint };
    expect([
      await may({ ...client, jwks: { keys: [ecKey('other').jwk, ...jwks.keys] } }, withKey),
      await may({ ...client, jwks: { keys: [ecKey('k').jwk] } }, withKey),
      await may({ ...keyless, jwksUri: uri }, withKey),
      await may({ ...keyless, jwksUri: uri }, { clientKey: uri }),
      await may({ ...keyless, jwksUri: `${uri}/2` }, { clientKey: uri }),
      await may(client, { clientKey: uri }),
      await may(client, {}),
    ]).toEqual([true, false, false, true, false, false, true]);
    const bound = { ...client, certificateSha256: certificate };
    expect([
      await may(bound, withKey),
      await may(bound, { ...withKey, boundTo: 'd'.repeat(43) }),
      await may(bound, { ...withKey, boundTo: certificate }),
      await may(client, { ...withKey, boundTo: certificate }),
      await may({ ...client, disabled: true }, withKey),
      await may({ ...client, clientId: 'other' }, withKey),
    ]).toEqual([false, false, true, true, false, false]);
  });

  it('says all that is wrong with the file when it is opened', async () => {
    await writeFile(path, JSON.stringify([{ ...client, name: 7, odsCode: 7 }]));
    expect(await openClients({ path, now: Date.now, onProblem: () => {} })).toEqual({
      ok: false,
      faults: [
        'CLIENTS_FILE: [0].name must be a string of 1 to 256 characters',
        'CLIENTS_FILE: [0].odsCode must be the ODS code of an organisation',
      ],
    });
    await rm(path);
    const missing = await openClients({ path, now: Date.now, onProblem: () => {} });
    expect(missing.ok ? [] : missing.faults).toEqual([
      expect.stringMatching(/^CLIENTS_FILE: cannot be read: ENOENT/),
    ]);
    expect(await readFile(path).catch(() => 'none')).toBe('none');
  });
});
