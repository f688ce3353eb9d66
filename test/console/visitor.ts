/** A browser without a window: it keeps cookies, follows redirects when told to, and sends the forms of pages. */
import { startHomeward, type Homeward } from '../support/homeward';
import type { TestProvider } from './provider';

export interface PageReply {
  status: number;
  headers: Headers;
  text: string;
  bytes: Buffer;
  location: string | null;
  setCookies: string[];
}

export class Visitor {
  readonly cookies = new Map<string, string>();
  constructor(readonly homeward: Pick<Homeward, 'url'>) {}

  async get(path: string, headers: Record<string, string> = {}): Promise<PageReply> {
    return this.send('GET', path, undefined, headers);
  }

  /** Posts the fields with the token of the page that was opened last, unless one is given. */
  async post(
    path: string,
    fields: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<PageReply> {
    const body = new URLSearchParams({ _csrf: this.token, ...fields });
    return this.send('POST', path, body, headers);
  }

  /** The token of the page that was opened last. */
  token = '';

  async send(
    method: string,
    path: string,
    body: URLSearchParams | FormData | undefined,
    headers: Record<string, string>,
  ): Promise<PageReply> {
    const url = path.startsWith('http') ? path : `${this.homeward.url}${path}`;
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: {
        Accept: 'text/html',
        Cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    const setCookies = response.headers.getSetCookie();
    for (const each of setCookies) {
      const [pair = ''] = each.split(';');
      const [name = '', value = ''] = pair.split('=');
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const bytes = Buffer.from(await response.arrayBuffer());
    const text = bytes.toString('utf8');
    this.token = /name="_csrf" value="([^"]*)"/.exec(text)?.[1] ?? this.token;
    const location = response.headers.get('location');
    return { status: response.status, headers: response.headers, text, bytes, location, setCookies };
  }

  /** Signs in to a sandbox. */
  async signIn(role: 'clinician' | 'auditor' | 'operator', to = '/console/'): Promise<PageReply> {
    await this.get('/console/sign-in');
    const reply = await this.post('/console/sign-in', { role, to });
    const start = await this.get('/console/check');
    if (start.status >= 500) throw new Error(start.text);
    return reply;
  }

  /** Signs in at an OpenID provider. @returns what the callback answers */
  async signInAt(provider: Pick<TestProvider, 'signIn'>, account: object): Promise<PageReply> {
    await this.get('/console/sign-in');
    const { location } = await this.post('/console/sign-in', {});
    return this.get(await provider.signIn(location!, account));
  }
}

/** A server for the tests of a file, and a clinician who has signed in to it. */
export async function aClinician(): Promise<{ homeward: Homeward; visitor: Visitor }> {
  const homeward = await startHomeward({ CONSOLE_SIGN_INS_PER_MINUTE: '1000' });
  const visitor = new Visitor(homeward);
  await visitor.signIn('clinician');
  return { homeward, visitor };
}

/** The words of a page or of a part of it. */
export const plain = (markup: string): string => markup.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
