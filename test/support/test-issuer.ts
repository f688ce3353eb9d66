/**
 * An identity provider for tests of a secured server: the key of a folder's sandbox, published as a key set. So the
 * sandbox's own function makes its tokens.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openSandbox, type Sandbox } from '../../src/engines/access/sandbox';
import { signerFromPem } from '../../src/engines/access/signer';

export interface TestIssuer {
  /** What makes a server accept its tokens. */
  env: { AUTH_ISSUER: string; AUTH_AUDIENCE: string; AUTH_JWKS_URI: string };
  token: Sandbox['token'];
}

export async function testIssuer(dataDir: string): Promise<TestIssuer> {
  const { token, issuer } = await openSandbox(dataDir);
  const { publicJwk } = signerFromPem(readFileSync(join(dataDir, 'sandbox-signing-key.pem'), 'utf8'));
  const file = join(dataDir, 'test-issuer.json');
  writeFileSync(file, JSON.stringify({ keys: [publicJwk] }));
  return {
    env: {
      AUTH_ISSUER: issuer.issuer,
      AUTH_AUDIENCE: issuer.issuer,
      AUTH_JWKS_URI: pathToFileURL(file).href,
    },
    token,
  };
}

/** True of a server that has clients or a policy, and no identity provider of the test's own. */
export function needsAnIssuer(env: NodeJS.ProcessEnv): boolean {
  const isSecured = [env.POLICY_FILE, env.CLIENTS_FILE, env.OIDC_ISSUER].some((set) => set !== undefined);
  return isSecured && !Object.keys(env).some((name) => name.startsWith('AUTH_'));
}
