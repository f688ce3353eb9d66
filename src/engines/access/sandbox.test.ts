/** The sandbox's key is made once, kept to its owner, and its tokens are accepted by a server of the same folder only. */
import { scopeRules } from '../../../test/support/scope-rules';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSandbox, sandboxToken } from './sandbox';
import { createTokenVerifier } from './verify-token';

const NOW = 1_790_000_000_000;

describe('the sandbox', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'homeward-sandbox-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('makes tokens that the server accepts', async () => {
    const sandbox = await openSandbox(join(folder, 'new', 'folder'), () => NOW);
    const token = sandbox.token({
      scope: 'system/Bundle.c',
      ods: 'RR8',
      ttlSeconds: 3_600,
      sub: 'me',
      user: { name: 'Ada Example' },
    });
    const verifier = createTokenVerifier({ scopeRules, issuers: [sandbox.issuer], now: () => NOW });
    const result = await verifier.verify(`Bearer ${token}`);
    expect(result.ok && { ...result.caller, scopes: undefined, tokenId: undefined }).toEqual({
      clientId: 'me',
      sender: 'RR8',
      odsCode: 'RR8',
      user: { name: 'Ada Example' },
      issuer: 'urn:homeward:sandbox',
    });
  });

  it('has one key, however many open it at once, which only its owner can read', async () => {
    const sandboxes = await Promise.all(Array.from({ length: 8 }, () => openSandbox(folder)));
    const token = await sandboxToken(folder, { scope: 'system/*.rs', ttlSeconds: 60 });
    for (const { issuer } of sandboxes) {
      const verifier = createTokenVerifier({ scopeRules, issuers: [issuer], now: Date.now });
      expect((await verifier.verify(`Bearer ${token}`)).ok).toBe(true);
    }
    expect(await readdir(folder)).toEqual(['sandbox-signing-key.pem']);
    expect((await stat(join(folder, 'sandbox-signing-key.pem'))).mode & 0o777).toBe(0o600);
  });

  it('does not accept the tokens of another sandbox, and says where they are from', async () => {
    const [one, two] = [await openSandbox(join(folder, 'one')), await openSandbox(join(folder, 'two'))];
    const verifier = createTokenVerifier({ scopeRules, issuers: [one.issuer], now: Date.now });
    const result = await verifier.verify(`Bearer ${two.token({ scope: 'system/*.rs', ttlSeconds: 60 })}`);
    expect(result).toMatchObject({
      ok: false,
      error: 'invalid_token',
      text: expect.stringContaining('is from another sandbox'),
    });
  });
});
