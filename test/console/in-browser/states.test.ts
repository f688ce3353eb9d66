/**
 * Every page in every state in a real browser: what axe finds, and that nothing is wider than the window at 400 % zoom,
 * on a tablet and on a desk. A page without a state here fails, so that nothing new is forgotten. Left out on a machine
 * without Chromium (jest.config.js).
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { pages } from '../../../src/interfaces/console/pages';
import { freePort } from '../../faults/server-process';
import { startHomeward, type Homeward } from '../../support/homeward';
import { cutOn, findingsOn, openBrowser, overflowOf, signIn } from '../browser';
import { CLIENT_SECRET, startProvider, type TestProvider } from '../provider';
import { auditorStates } from '../states/auditor';
import { clinicianStates } from '../states/clinician';
import { statesForEveryone } from '../states/everyone';
import { operatorStates } from '../states/operator';
import { securedStates } from '../states/secured';
import type { Opening, Person, State } from '../states/state';
import { insertDeliveries, submitAll } from '../states/submissions';

jest.setTimeout(180_000);

/** Answered by a redirect or a file, and so by no page of their own. */
const WITHOUT_PAGE = [
  'GET /console',
  'POST /console/sign-out',
  'POST /console/roads/deliveries/:id',
  'GET /console/documents/:id/download',
  'GET /console/submissions/:id/raw',
  'GET /console/submissions/:id/proof',
  'GET /console/counts/:table/csv',
  'GET /console/access/:id/csv',
  'GET /console/senders.csv',
  'GET /console/senders/:sender/csv',
  'GET /console/senders/:sender/pdf',
];

const sandboxStates: readonly State[] = [
  ...statesForEveryone,
  ...clinicianStates,
  ...auditorStates,
  ...operatorStates,
];
const SIZES = [
  { width: 320, height: 256 },
  { width: 768, height: 1024 },
  { width: 1280, height: 900 },
];

const folder = mkdtempSync(join(tmpdir(), 'homeward-states-'));
const problems: string[] = [];
let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
});

async function newPage(): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of [45]\d\d/.test(message.text()))
      problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  return page;
}

const deskSeen = new Set<string>();

/** Looks at the page that is open, at each size; axe looks at 400 % zoom, and once at each page of a desk. */
async function look(page: Page, name: string): Promise<void> {
  for (const size of SIZES) {
    await page.setViewportSize(size);
    expect([size.width, await overflowOf(page)]).toEqual([size.width, 0]);
    if (size === SIZES[0]) expect(await cutOn(page)).toEqual([]);
    if (size === SIZES[0] || (size === SIZES[2] && !deskSeen.has(name)))
      expect([size.width, await findingsOn(page)]).toEqual([size.width, []]);
  }
  deskSeen.add(name);
}

const openingOf = (page: Page, homeward: Homeward, ids: ReadonlyMap<string, string>): Opening => ({
  ...{ page, homeward },
  go: async (path) => {
    await page.goto(path.startsWith('http') ? path : `${homeward.url}${path}`);
  },
  press: (name) => page.getByRole('button', { name, exact: true }).click(),
  submission: (name) => ids.get(name)!,
});

/** The path of a page, with anything in the place of its parameters. */
const patternOf = (page: State['page']): RegExp =>
  new RegExp(`^${page.split(' ')[1]!.replace(/:[a-z]+/g, '[^/]+')}$`);

async function lookAt(page: Page, { page: name, shows }: Pick<State, 'page' | 'shows'>): Promise<void> {
  await page.getByText(shows).first().waitFor({ timeout: 20_000 });
  expect(new URL(page.url()).pathname).toMatch(patternOf(name));
  await look(page, name);
}

const titleOf = ({ page, state }: Pick<State, 'page' | 'state'>): string => `${page}: ${state}`;

describe('axe finds nothing, and nothing is wider than the window', () => {
  let homeward: Homeward;
  let ids: ReadonlyMap<string, string>;
  const people = new Map<Person, Page>();
  beforeAll(async () => {
    const forward = join(folder, 'forward.json');
    const to = { fhir: { url: 'http://127.0.0.1:9/FHIR/R4' } };
    writeFileSync(forward, JSON.stringify([{ name: 'gp', when: { senders: ['RZZ'] }, to }]));
    homeward = await startHomeward({
      CONSOLE_SIGN_INS_PER_MINUTE: '1000',
      MAX_BODY_BYTES: '500000',
      FORWARD_FILE: forward,
      INBOX_DIR: folder,
    });
    ids = await submitAll(homeward);
    await insertDeliveries(homeward, ids.get('accepted')!);
    people.set('Nobody', await newPage());
    for (const role of ['Clinician', 'Auditor', 'Operator'] as const) {
      const page = await newPage();
      await signIn(page, homeward.url, role);
      people.set(role, page);
    }
  });
  afterAll(() => homeward.close());

  it.each(sandboxStates.map((each) => [titleOf(each), each] as const))('%s', async (_title, state) => {
    const page = people.get(state.as)!;
    await page.setViewportSize(SIZES[2]!);
    await state.open(openingOf(page, homeward, ids));
    await lookAt(page, state);
  });
});

describe('on a secured server, axe finds nothing, and nothing is wider than the window', () => {
  const servers: { close(): Promise<unknown> }[] = [];
  let homeward: Homeward;
  let away: string;
  let patient: string;
  let provider: TestProvider;
  let clinician: Page;
  let nobody: Page;
  beforeAll(async () => {
    const [policy, secret] = [join(folder, 'policy.json'), join(folder, 'secret')];
    writeFileSync(policy, JSON.stringify({ reading: { default: 'own-patients', breakGlass: true } }));
    writeFileSync(secret, CLIENT_SECRET);
    const port = await freePort();
    provider = await startProvider({ redirectUri: `http://127.0.0.1:${port}/console/callback` });
    homeward = await startHomeward({
      PORT: String(port),
      POLICY_FILE: policy,
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: 'homeward',
      OIDC_CLIENT_SECRET_FILE: secret,
    });
    const other = await startHomeward({
      OIDC_ISSUER: 'http://127.0.0.1:9',
      OIDC_CLIENT_ID: 'homeward',
      CONSOLE_SIGN_INS_PER_MINUTE: '2',
    });
    away = other.url;
    servers.push(homeward, other, { close: provider.stop });
    await submitAll(homeward);
    patient = (await homeward.call('GET', '/FHIR/R4/Patient?identifier=9990000018')).json.entry[0].resource
      .id;
    [clinician, nobody] = [await newPage(), await newPage()];
    await clinician.goto(
      await callbackIn(clinician, { name: 'Dr Elsewhere', roles: 'clinician', ods_code: 'EV9' }),
    );
    await clinician.getByText('Signed in as Dr Elsewhere').waitFor();
  });
  afterAll(async () => {
    for (const each of servers) await each.close();
  });

  /** The callback of a sign-in that this page's browser has started. */
  async function callbackIn(page: Page, account: object): Promise<string> {
    await page.goto(`${homeward.url}/console/sign-in`);
    const form = { _csrf: await page.locator('input[name=_csrf]').last().inputValue() };
    const reply = await page.request.post(`${homeward.url}/console/sign-in`, { form, maxRedirects: 0 });
    return provider.signIn(reply.headers().location!, account);
  }

  it.each(securedStates.map((each) => [titleOf(each), each] as const))('%s', async (_title, state) => {
    const page = state.as === 'Nobody' ? nobody : clinician;
    await page.setViewportSize(SIZES[2]!);
    await state.open({
      ...openingOf(page, homeward, new Map()),
      callbackOf: (account) => callbackIn(page, account),
      ...{ patient, away },
    });
    await lookAt(page, state);
  });
});

describe('the states', () => {
  it('are of every page', () => {
    const keys = pages({ mode: 'sandbox', maxBodyBytes: 1 }).map(({ method, path }) => `${method} ${path}`);
    const lookedAt = new Set<string>([...sandboxStates, ...securedStates].map(({ page }) => page));
    expect(keys.filter((key) => !lookedAt.has(key) && !WITHOUT_PAGE.includes(key))).toEqual([]);
    expect(WITHOUT_PAGE.filter((key) => !keys.includes(key) || lookedAt.has(key))).toEqual([]);
  });

  it('make the browser report no error', () => {
    expect(problems).toEqual([]);
  });
});
