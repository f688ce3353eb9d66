// An OpenID provider for tests: `oidc-provider` with its own forms. The name in the form is the account, as JSON.
import { Provider } from 'oidc-provider';
import { createServer } from 'node:http';

const { redirectUri, inIdToken } = JSON.parse(process.argv[2] ?? '{}');
const server = createServer((request, response) => void callback(request, response));
server.listen(0, '127.0.0.1', () => undefined);
await new Promise((resolve) => server.once('listening', resolve));
const { port } = server.address();
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: 'homeward',
      client_secret: 'a-secret-of-the-tests-only-0123456789',
      redirect_uris: [redirectUri],
      response_types: ['code'],
      grant_types: ['authorization_code'],
    },
  ],
  conformIdTokenClaims: !inIdToken,
  claims: { openid: ['sub'], profile: ['name', 'roles', 'ods_code'] },
  pkce: { required: () => true },
  features: { devInteractions: { enabled: true } },
  cookies: { keys: ['of-the-tests'] },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, ...JSON.parse(Buffer.from(id, 'base64url').toString('utf8')) }),
  }),
});
const callback = provider.callback();
process.stdout.write(`${port}\n`);
