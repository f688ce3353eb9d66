/**
 * The page of a stay with more readings than it shows, in a real browser: what axe finds, and that nothing is wider than
 * the window. The server's answers are small here, so that few readings are more than the page has.
 */
import type { Browser, Page } from 'playwright-core';
import { startHomeward, type Homeward } from '../../support/homeward';
import { findingsOn, openBrowser, overflowOf, signIn } from '../browser';
import { aReading, aStayWith, scored } from '../readings';

jest.setTimeout(180_000);

const READINGS = 250;
const NARRATIVE_BYTES = 5_000;
const START = Date.UTC(2025, 2, 3, 11);
const EVERY_MS = 1_800_000;

let homeward: Homeward;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  homeward = await startHomeward({ MAX_ANSWER_BYTES: '200000' });
  browser = await openBrowser();
  const timeOf = (index: number): string => new Date(START + index * EVERY_MS).toISOString();
  const div = `<div xmlns="http://www.w3.org/1999/xhtml">${'A pulse. '.repeat(NARRATIVE_BYTES / 9)}</div>`;
  const text = { status: 'generated', div };
  const pulses = Array.from({ length: READINGS }, (_, index) =>
    aReading('pulse', 70 + (index % 7), timeOf(index), { text }),
  );
  const sets = [READINGS - 40, READINGS - 2].flatMap((index) => scored(timeOf(index)));
  const body = aStayWith(1, [...pulses, ...sets]).bytes();
  const { status, headers } = await homeward.call('POST', '/FHIR/R4/Bundle', { body });
  expect(status).toBe(201);
  const submission = await homeward.call('GET', `/submissions/${headers.get('x-submission-id')}`);
  const { id } = submission.json.stored.find(({ type }: { type: string }) => type === 'Encounter');
  page = await (await browser.newContext()).newPage();
  await signIn(page, homeward.url, 'Clinician');
  await page.goto(`${homeward.url}/console/stays/${id}`);
});
afterAll(async () => {
  await browser.close();
  await homeward.close();
});

it.each([320, 1280])('says at the top what is missing, at a width of %d', async (width) => {
  await page.setViewportSize({ width, height: 900 });
  await page.getByRole('heading', { name: 'Older readings are not shown' }).waitFor();
  expect(await overflowOf(page)).toBe(0);
  expect(await findingsOn(page)).toEqual([]);
});

it.each([1020, 1024, 1100, 1152, 1184, 1280])(
  'has a margin beside its text, at a width of %d',
  async (width) => {
    await page.setViewportSize({ width, height: 900 });
    const heading = page.getByRole('heading', { level: 1 });
    expect((await heading.boundingBox())!.x).toBeGreaterThanOrEqual(16);
  },
);
