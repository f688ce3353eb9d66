/**
 * The pages in a real browser: what axe finds, at three widths, and each role's tasks by keyboard alone and without
 * JavaScript. Left out on a machine without Chromium (jest.config.js).
 */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { aSummary } from '../../fixtures/summary';
import { startHomeward, type Homeward } from '../../support/homeward';
import { findingsOn, openBrowser, overflowOf, signIn } from '../browser';
import { aFullStay, FULL_STAY_NUMBER } from '../full-stay';

jest.setTimeout(180_000);

let homeward: Homeward;
let browser: Browser;
let context: BrowserContext;
let page: Page;
const problems: string[] = [];

beforeAll(async () => {
  homeward = await startHomeward({ CONSOLE_SIGN_INS_PER_MINUTE: '1000' });
  for (const body of [
    aFullStay().bytes(),
    aFullStay(2).bytes(),
    aSummary().stay(2).with('DocumentReference.docStatus', 'preliminary').bytes(),
    aSummary().stay(3).without('Encounter.status').bytes(),
  ])
    await homeward.call('POST', '/FHIR/R4/Bundle', { body });
  browser = await openBrowser();
  context = await browser.newContext();
  page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
});
afterAll(async () => {
  await browser.close();
  await homeward.close();
});

/** Looks at the page that is open, at the widths of a phone at 400 % zoom, a tablet and a desk. */
async function look(name: string): Promise<void> {
  for (const width of [320, 768, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    expect([name, width, await overflowOf(page)]).toEqual([name, width, 0]);
    expect([name, width, await findingsOn(page)]).toEqual([name, width, []]);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
}

const search = async (number: string): Promise<void> => {
  await page.goto(`${homeward.url}/console/patients`);
  await page.getByLabel('NHS number').fill(number);
  await page.getByRole('button', { name: 'Search' }).click();
};

describe('axe finds nothing, and nothing is wider than the window', () => {
  it('on the sign-in page, with and without a mistake', async () => {
    await page.goto(`${homeward.url}/console/sign-in`);
    await look('sign in');
    await page.getByRole('button', { name: 'Continue' }).click();
    expect(await page.title()).toMatch(/^Error: /);
    await look('sign in, no role');
  });

  it('on the clinician’s pages', async () => {
    await signIn(page, homeward.url, 'Clinician');
    await look('find a patient');
    await search('999');
    await look('mistyped');
    await search('943 476 5919');
    await look('not held');
    await search(FULL_STAY_NUMBER);
    await look('patient');
    await page.getByRole('main').getByRole('link').first().click();
    await page.getByRole('heading', { level: 1, name: /Virtual ward stay/ }).waitFor();
    await look('stay');
    await page.goto(`${homeward.url}/console/submissions`);
    await look('forbidden');
    await page.goto(`${homeward.url}/console/nothing`);
    await look('not found');
  });

  it.each(['Auditor', 'Operator'] as const)('on the pages in the navigation of the %s', async (role) => {
    await signIn(page, homeward.url, role);
    const links = await page.getByRole('navigation', { name: 'Menu' }).getByRole('link').all();
    const paths = await Promise.all(links.map((link) => link.getAttribute('href')));
    for (const path of paths.filter((each) => each !== null)) {
      await page.goto(`${homeward.url}${path}`);
      await look(`${role} ${path}`);
    }
  });

  it('and the browser reports no error', () => {
    expect(problems).toEqual([]);
  });
});

describe('by keyboard alone', () => {
  it('a clinician signs in, finds a patient and opens a stay', async () => {
    const own = await (await browser.newContext()).newPage();
    await own.goto(`${homeward.url}/console/sign-in`);
    await own.keyboard.press('Tab');
    await own.keyboard.press('Enter');
    await tabTo(own, 'INPUT');
    await own.keyboard.press('Space');
    await own.keyboard.press('Enter');
    await own.getByRole('heading', { name: 'Find a patient' }).waitFor();
    await tabTo(own, 'INPUT');
    await own.keyboard.type('999 000 0018');
    await own.keyboard.press('Enter');
    await own.getByRole('heading', { name: 'Virtual ward stays' }).waitFor();
    await tabTo(own, 'A', /\/console\/stays\//);
    await own.keyboard.press('Enter');
    await own.getByRole('heading', { name: /Virtual ward stay/, level: 1 }).waitFor();
    expect(await own.getByRole('img', { name: /^NEWS2 chart/ }).count()).toBeGreaterThan(0);
    await own.context().close();
  });
});

/** Presses Tab until the focus is on such an element. */
async function tabTo(on: Page, tag: string, href?: RegExp): Promise<void> {
  for (let press = 0; press < 40; press += 1) {
    await on.keyboard.press('Tab');
    const [name, address] = (await on.evaluate(
      '[document.activeElement.tagName, document.activeElement.getAttribute("href") || ""]',
    )) as [string, string];
    if (name === tag && (href === undefined || href.test(address))) return;
  }
  throw new Error(`the keyboard reaches no ${tag}`);
}

describe('without JavaScript', () => {
  it('a clinician does the same, and reads the chart, the table and the readings', async () => {
    const own = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
    await signIn(own, homeward.url, 'Clinician');
    await own.getByLabel('NHS number').fill('999-000-0018');
    await own.getByRole('button', { name: 'Search' }).click();
    await own.getByText('Not final').first().waitFor();
    await own.getByText('Corrected').first().waitFor();
    await own.getByRole('listitem').filter({ hasText: 'Corrected' }).getByRole('link').click();
    await own.getByRole('heading', { name: /Virtual ward stay/, level: 1 }).waitFor();
    expect(
      await own
        .getByRole('table', { name: /NEWS2/ })
        .getByRole('row', { name: /^Total/ })
        .count(),
    ).toBe(1);
    expect(
      await own
        .getByRole('table', { name: /readings, newest first/ })
        .getByRole('row')
        .count(),
    ).toBeGreaterThan(60);
    await own.getByRole('button', { name: 'Sign out' }).click();
    await own.getByText('You have signed out.').waitFor();
    await own.context().close();
  });
});

describe('on paper', () => {
  it('a stay has no navigation and no sign-out', async () => {
    await signIn(page, homeward.url, 'Clinician');
    await search(FULL_STAY_NUMBER);
    await page.getByRole('main').getByRole('link').last().click();
    await page.emulateMedia({ media: 'print' });
    expect(await page.getByRole('button', { name: 'Sign out' }).isVisible()).toBe(false);
    expect(await page.getByRole('navigation', { name: 'Menu' }).isVisible()).toBe(false);
    // The width of A4 less its margins, in CSS pixels.
    await page.setViewportSize({ width: 703, height: 1000 });
    expect(await overflowOf(page)).toBe(0);
    await page.emulateMedia({ media: null });
  });
});
