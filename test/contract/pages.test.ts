/** Pages for people: what this server is, and its API. */
import { frontPage } from '../../src/interfaces/http/handlers/front-page';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';

let sandbox: Homeward;
beforeAll(async () => {
  sandbox = await startHomeward();
});
afterAll(() => sandbox.close());

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';
const ask = (path: string, accept?: string): Promise<Reply> =>
  sandbox.call('GET', path, { token: null, headers: accept === undefined ? {} : { Accept: accept } });
const textOf = ({ bytes }: Reply): string => bytes.toString('utf8');

/** The addresses on this server that a page names. */
const addressesIn = (page: Reply): string[] =>
  [...textOf(page).matchAll(/(?:href|src)="(\/[^"]*)"/g)].map(([, path]) => path!.replaceAll('&amp;', '&'));

describe('the front page', () => {
  it('says what this is, in which mode and version, without a token', async () => {
    const page = await ask('/');
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(textOf(page)).toMatch(/<h1>Homeward<\/h1>/);
    expect(textOf(page)).toContain('This is a sandbox.');
    expect(textOf(page)).toContain(sandbox.fhir);
    expect(textOf(page)).toContain('0.1.0');
  });

  it('loads nothing from elsewhere and runs nothing', async () => {
    const page = await ask('/');
    const policy = String(page.headers.get('content-security-policy'));
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|script-src/);
    expect(textOf(page)).not.toMatch(/<script|style="|onclick|https?:\/\/(?!127\.0\.0\.1)/);
  });

  it.each(['/', '/docs'])('%s links to nothing that is not there', async (path) => {
    const addresses = addressesIn(await ask(path));
    expect(addresses).toContain('/favicon.ico');
    for (const address of addresses) {
      // The console asks people to sign in.
      const expected = address === '/console/' ? 303 : 200;
      expect([address, (await ask(address)).status]).toEqual([address, expected]);
    }
  });

  it('says of a secured server that callers need a token, and offers no commands of a sandbox', async () => {
    const asked = { baseUrl: 'https://vw.example', fhirBase: 'https://vw.example/FHIR/R4' };
    const { bytes } = await frontPage(asked, { mode: 'secured', version: '1.2.3' });
    const text = String(bytes?.body);
    expect(text).toContain('Callers need an access token.');
    expect(text).toContain('1.2.3');
    expect(text).not.toMatch(/sandbox|npx/i);
  });
});

describe('the FHIR base', () => {
  it.each([BROWSER, 'text/html'])('is a page for a browser: Accept %s', async (accept) => {
    for (const path of ['/FHIR/R4', '/FHIR/R4/']) {
      const reply = await ask(path, accept);
      expect([reply.status, reply.headers.get('content-type'), reply.headers.get('vary')]).toEqual([
        200,
        'text/html; charset=utf-8',
        'Accept',
      ]);
    }
  });

  it.each([
    undefined,
    '*/*',
    'application/fhir+json',
    'application/json',
    'application/fhir+json, text/html;q=0.5',
  ])('is the CapabilityStatement for a client: Accept %s', async (accept) => {
    const reply = await ask('/FHIR/R4', accept);
    expect([reply.status, reply.json?.resourceType]).toEqual([200, 'CapabilityStatement']);
  });

  it('is the CapabilityStatement in XML, and where _format asks for FHIR', async () => {
    const xml = textOf(await ask('/FHIR/R4', 'application/fhir+xml'));
    expect(xml.slice(0, 100)).toContain('<CapabilityStatement ');
    expect((await ask('/FHIR/R4?_format=json', BROWSER)).json.resourceType).toBe('CapabilityStatement');
  });
});

describe('the page of the API', () => {
  it('asks for no client secret: there is none', async () => {
    const { json } = await ask('/openapi.json', 'application/json');
    const schemes = Object.values(json.components.securitySchemes as Record<string, { type: string }>);
    expect(schemes.map(({ type }) => type)).toEqual(['http']);
    expect(textOf(await ask('/docs/start.js'))).toContain("url: '/openapi.json'");
  });

  it('has an icon, so that a browser reports no error', async () => {
    const icon = await ask('/favicon.ico');
    expect([icon.status, icon.headers.get('content-type')]).toEqual([200, 'image/svg+xml']);
  });
});
