/**
 * Each role's tasks in a real browser, by keyboard alone and without JavaScript, and a stay on paper. Left out on a
 * machine without Chromium (jest.config.js).
 */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startHomeward, type Homeward } from '../../support/homeward';
import { aSummary } from '../../fixtures/summary';
import { openBrowser, overflowOf, signIn } from '../browser';
import { FULL_STAY_NUMBER } from '../full-stay';
import { keyboardOf, type Keyboard } from '../keyboard';
import { insertDeliveries, submitAll } from '../states/submissions';

jest.setTimeout(180_000);

const LONG_STAY_NUMBER = '9990000131';

let homeward: Homeward;
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  homeward = await startHomeward({ CONSOLE_SIGN_INS_PER_MINUTE: '1000' });
  const ids = await submitAll(homeward);
  await insertDeliveries(homeward, ids.get('accepted')!);
  browser = await openBrowser();
  context = await browser.newContext();
  page = await context.newPage();
});
afterAll(async () => {
  await browser.close();
  await homeward.close();
});

const search = async (number: string): Promise<void> => {
  await page.goto(`${homeward.url}/console/patients`);
  await page.getByLabel('NHS number').fill(number);
  await page.getByRole('button', { name: 'Search' }).click();
};

/** The walks of each role, in which a person uses nothing but the keyboard. */
const walks: Record<string, (on: Keyboard) => Promise<void>> = {
  'a clinician finds a patient and opens a stay': async (on) => {
    await on.signIn('Clinician');
    await on.type('NHS number', '999 000 0018');
    await on.shown('Virtual ward stays');
    await on.follow(/^3 March 2025/);
    await on.shown(/^Virtual ward stay/);
    await on.follow('NEWS2');
    await on.page
      .getByRole('img', { name: /^NEWS2 chart/ })
      .first()
      .waitFor();
  },
  'an auditor reviews a refusal': async (on) => {
    await on.signIn('Auditor');
    await on.follow('Refused, not yet reviewed');
    await on.shown('Refused, not yet reviewed');
    await on.follow(/^\d+ [A-Z][a-z]+ \d{4}, \d\d:\d\d/);
    await on.shown(/^Submission/);
    await on.focus('Note');
    const note = `Asked the supplier at ${Date.now()}.`;
    await on.page.keyboard.type(note);
    await on.follow('Save');
    await on.page.getByRole('paragraph').filter({ hasText: note }).waitFor();
  },
  'an auditor says who has seen a record, and counts what was refused': async (on) => {
    await on.signIn('Auditor');
    await on.follow('Access');
    await on.shown('Who has seen a patient’s data');
    await on.type('NHS number', '9990000018');
    await on.shown('Who has seen this patient’s data');
    await on.follow('Counts');
    await on.shown('Counts');
    await on.follow(/^\d+ refused, RR8$/);
    await on.shown('Submissions');
  },
  'an operator tries a delivery again, reads what a sender gets wrong, and verifies the ledger': async (
    on,
  ) => {
    await on.signIn('Operator');
    await on.follow(/^Retry delivery to regional-records/);
    await on.shown('Roads');
    await on.page.getByText('The delivery is tried again now').waitFor();
    await on.follow('Senders');
    await on.shown('Senders');
    await on.follow('RR8');
    await on.shown('Sender RR8');
    await on.follow('Ledger');
    await on.shown('Ledger');
    await on.follow('Verify now');
    await on.shown('The ledger is whole', 2);
  },
  'a supplier checks a Bundle': async (on) => {
    await on.page.goto(`${homeward.url}/console/check`);
    await on.focus('Bundle');
    await on.page.keyboard.insertText('{"resourceType":"Bundle","type":"collection"}');
    await on.follow('Check');
    await on.shown(/^It would be refused/, 2);
    await on.follow(/^line \d+$/);
  },
};

describe.each([true, false])('by keyboard alone, with JavaScript: %s', (javaScriptEnabled) => {
  it.each(Object.keys(walks))('%s', async (name) => {
    const own = await browser.newContext({ javaScriptEnabled });
    await walks[name]!(keyboardOf(await own.newPage(), homeward.url));
    await own.close();
  });
});

describe('without JavaScript', () => {
  it('a clinician reads the table and the readings, and signs out', async () => {
    const own = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
    await signIn(own, homeward.url, 'Clinician');
    await own.getByLabel('NHS number').fill('999-000-0018');
    await own.getByRole('button', { name: 'Search' }).click();
    await own.getByText('Not final').first().waitFor();
    await own.getByRole('listitem').filter({ hasText: 'Corrected' }).getByRole('link').click();
    await own.getByRole('heading', { name: /Virtual ward stay/, level: 1 }).waitFor();
    const rows = (table: RegExp) => own.getByRole('table', { name: table }).getByRole('row');
    expect(
      await rows(/NEWS2/)
        .filter({ hasText: /^\s*Total/ })
        .count(),
    ).toBe(1);
    expect(await rows(/readings, newest first/).count()).toBeGreaterThan(60);
    await own.getByRole('button', { name: 'Sign out' }).click();
    await own.getByText('You have signed out.').waitFor();
    await own.context().close();
  });
});

describe('on a phone', () => {
  it('a clinician sees the newest NEWS2 sets beside their bands, and the value of each reading', async () => {
    const body = aSummary().stay(20).nhsNumber(LONG_STAY_NUMBER).observations(128).bytes();
    expect((await homeward.call('POST', '/FHIR/R4/Bundle', { body })).status).toBe(201);
    const own = await browser.newContext({
      javaScriptEnabled: false,
      viewport: { width: 320, height: 640 },
    });
    const phone = await own.newPage();
    await signIn(phone, homeward.url, 'Clinician');
    await phone.getByLabel('NHS number').fill(LONG_STAY_NUMBER);
    await phone.getByRole('button', { name: 'Search' }).click();
    await phone.getByRole('main').getByRole('link').first().click();
    const chart = phone.getByRole('img', { name: /^NEWS2 chart: \d+ sets/ });
    const { x, width } = (await chart.boundingBox())!;
    expect(width).toBeGreaterThan(320);
    // The newest set is the last column. The bands take 120 of the 288 pixels.
    expect(x + width).toBeLessThanOrEqual(320);
    expect((await phone.locator('.app-news2__bands').boundingBox())!.x).toBeGreaterThanOrEqual(16);
    const value = phone
      .getByRole('table', { name: /readings, newest first/ })
      .getByRole('cell')
      .nth(1);
    const cell = (await value.boundingBox())!;
    expect(cell.x + cell.width).toBeLessThanOrEqual(320);
    await own.close();
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
