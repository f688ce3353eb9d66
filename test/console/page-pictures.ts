/**
 * Makes the pictures of the pages in `docs/pages/` (`npm run docs:pages`): each page of a sandbox of its own, at the
 * widths of a phone, a tablet and a desk. It needs Chromium.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { createApp, type App } from '../../src/app';
import { readConfig } from '../../src/config';
import { stay } from '../../src/demo/stay';
import { summaryOf } from '../../src/demo/summary';
import { stringify } from '../../src/fhir/decimal';
import { createLogger } from '../../src/platform/logger';
import { packageRoot } from '../../src/platform/package-root';
import { aSummary } from '../fixtures/summary';
import { openBrowser, signIn } from './browser';
import { aFullStay, FULL_STAY_NUMBER } from './full-stay';

const WIDTHS = { phone: 320, tablet: 768, desk: 1280 } as const;
const HEIGHT = 900;
/** The number of the first stay of `homeward demo --seed 1`. */
const DEMO_NUMBER = '9994544985';

export async function makePictures(): Promise<void> {
  const folder = join(packageRoot(), 'docs', 'pages');
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.png'))) rmSync(join(folder, file));
  const dataDir = mkdtempSync(join(tmpdir(), 'homeward-pictures-'));
  const read = readConfig({ PORT: '0', DATA_DIR: dataDir, CONSOLE_SIGN_INS_PER_MINUTE: '1000' });
  if (!read.ok) throw new Error(read.faults.join('\n'));
  const app = await createApp({ config: read.config, log: createLogger('silent') });
  const browser = await openBrowser();
  try {
    const { url } = await app.listen();
    await fill(app, url);
    const page = await (await browser.newContext({ deviceScaleFactor: 0.75 })).newPage();
    await pictures(page, url, folder);
  } finally {
    await browser.close();
    await app.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Two stays of one patient, one corrected and one not final, a refusal, and a stay of the demo. */
async function fill(app: App, url: string): Promise<void> {
  const token = app.sandbox!.token({ scope: 'system/Bundle.c', ods: 'RR8', ttlSeconds: 600 });
  for (const body of [
    stringify(summaryOf(stay(1, 0))),
    aFullStay().bytes(),
    aFullStay(2).bytes(),
    aSummary().stay(2).with('DocumentReference.docStatus', 'preliminary').bytes(),
    aSummary().stay(3).without('Encounter.status').with('Observation[0].valueInteger', 99).bytes(),
  ])
    await fetch(`${url}/FHIR/R4/Bundle`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/fhir+json' },
      body: typeof body === 'string' ? body : new Uint8Array(body),
    });
}

async function pictures(page: Page, url: string, folder: string): Promise<void> {
  const picture = async (name: string, whole = false): Promise<void> => {
    for (const [device, width] of Object.entries(WIDTHS)) {
      await page.setViewportSize({ width, height: HEIGHT });
      await page.screenshot({ path: join(folder, `${name}-${device}.png`), fullPage: whole });
    }
    await page.setViewportSize({ width: WIDTHS.desk, height: HEIGHT });
  };
  const search = async (number: string): Promise<void> => {
    await page.goto(`${url}/console/patients`);
    await page.getByLabel('NHS number').fill(number);
    await page.getByRole('button', { name: 'Search' }).click();
  };
  await page.goto(url);
  await picture('front-page');
  await page.goto(`${url}/console/sign-in`);
  await picture('sign-in');
  await signIn(page, url, 'Clinician');
  await picture('find-a-patient');
  await search('999 123');
  await picture('mistyped');
  await search(FULL_STAY_NUMBER);
  await picture('patient');
  await search(DEMO_NUMBER);
  await page.getByRole('main').getByRole('link').first().click();
  await page.waitForTimeout(2_000); // the frame draws its PDF
  await picture('stay');
  for (const [section, heading] of [
    ['news2', 'NEWS2'],
    ['trends', 'Trends'],
  ] as const) {
    await page.getByRole('link', { name: heading, exact: true }).click();
    await picture(`stay-${section}`);
  }
  await signIn(page, url, 'Auditor');
  await ofNavigation(page, url, picture);
  await page.goto(`${url}/console/submissions`);
  await page
    .getByRole('main')
    .getByRole('row', { name: /refused/i })
    .first()
    .getByRole('link')
    .first()
    .click();
  await picture('submission');
  await signIn(page, url, 'Operator');
  await ofNavigation(page, url, picture);
}

/** Each page in the navigation of the person who is signed in. */
async function ofNavigation(
  page: Page,
  url: string,
  picture: (name: string) => Promise<void>,
): Promise<void> {
  const links = await page.getByRole('navigation', { name: 'Menu' }).getByRole('link').all();
  const paths = await Promise.all(links.map((link) => link.getAttribute('href')));
  for (const path of paths.filter((each) => each !== null)) {
    await page.goto(`${url}${path}`);
    await picture(path.split('/').at(-1)!);
  }
}
