/** Starts the OpenID provider of the tests in a process of its own, and signs accounts in by its forms. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface TestProvider {
  issuer: string;
  /**
   * Signs the account in at this address of the provider, as a person would.
   * @returns the address of the callback, to which the provider sends the browser
   */
  signIn(address: string, account: object): Promise<string>;
  stop(): Promise<void>;
}

export const CLIENT_SECRET = 'a-secret-of-the-tests-only-0123456789';

export async function startProvider(given: {
  redirectUri: string;
  inIdToken?: boolean;
}): Promise<TestProvider> {
  const child = spawn(process.execPath, [join(__dirname, 'openid-provider.mjs'), JSON.stringify(given)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const issuer = `http://127.0.0.1:${line.toString().trim()}`;
  return {
    issuer,
    signIn: (address, account) =>
      signIn(address, Buffer.from(JSON.stringify(account)).toString('base64url'), given.redirectUri),
    stop: async () => {
      child.kill();
      await once(child, 'close');
    },
  };
}

async function signIn(address: string, login: string, redirectUri: string): Promise<string> {
  const cookies = new Map<string, string>();
  let [url, body]: [string, URLSearchParams | undefined] = [address, undefined];
  for (let step = 0; step < 12; step += 1) {
    const response: Response = await fetch(url, {
      redirect: 'manual',
      method: body ? 'POST' : 'GET',
      headers: { Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(body ? { body } : {}),
    });
    for (const each of response.headers.getSetCookie()) {
      const [name = '', value = ''] = each.split(';')[0]!.split('=');
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location !== null) {
      const next = new URL(location, url).href;
      if (next.startsWith(redirectUri)) return next;
      [url, body] = [next, undefined];
      continue;
    }
    const text = await response.text();
    const action = /<form[^>]* action="([^"]*)"/.exec(text)?.[1];
    const prompt = /name="prompt" value="([^"]*)"/.exec(text)?.[1];
    if (action === undefined || prompt === undefined) throw new Error(`the provider answers: ${text}`);
    [url, body] = [new URL(action, url).href, new URLSearchParams({ prompt, login, password: 'x' })];
  }
  throw new Error('the provider did not send the browser back');
}
