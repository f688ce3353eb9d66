/**
 * FHIR clients that nobody here wrote run a GP system's day: find the patient by NHS number, list the stays, read NEWS2
 * as a trend, fetch the PDF, page through everything. Each runs in a process of its own, as plain JavaScript.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isObject, type JsonObject } from '../../src/fhir/types';
import { stay } from '../../src/demo/stay';
import { summaryOf } from '../../src/demo/summary';
import { startHomeward, type Homeward } from '../support/homeward';

const run = promisify(execFile);

describe('a GP system’s day', () => {
  let homeward: Homeward;
  const bundle = summaryOf(stay(7, 3), { observations: 64, pdf: 'sample' });
  const resources = (bundle.entry as JsonObject[]).map(({ resource }) => resource).filter(isObject);
  const totals = resources
    .filter(
      ({ resourceType, code }) =>
        resourceType === 'Observation' && JSON.stringify(code).includes('"1104051000000101"'),
    )
    .sort((a, b) => Date.parse(String(a.effectiveDateTime)) - Date.parse(String(b.effectiveDateTime)));

  beforeAll(async () => {
    homeward = await startHomeward();
    const sent = await homeward.call('POST', '/FHIR/R4/Bundle', { body: bundle });
    expect(sent.status).toBe(201);
    await homeward.call('POST', '/FHIR/R4/Bundle', {
      body: summaryOf(stay(7, 4), { observations: 32, pdf: 'sample' }),
    });
  });
  afterAll(() => homeward.close());

  it.each(['fhir-kit-client', 'fhirclient', 'medplum'])('runs with %s', async (client) => {
    const token = homeward.token('system/*.rs', 'A81001');
    const { stdout } = await run(
      process.execPath,
      [
        join(__dirname, `${client}.mjs`),
        homeward.fhir,
        token,
        homeward.app.patients.nhsNumbersIn(bundle)[0]!,
      ],
      { timeout: 30_000 },
    );
    const found = JSON.parse(stdout) as Record<string, unknown>;
    expect(found).toMatchObject({
      fhirVersion: '4.0.1',
      stays: 1,
      news2: totals.map(({ valueInteger }) => valueInteger),
      pdf: '%PDF-',
      observations: 64,
      distinct: 64,
      ...(client === 'fhir-kit-client' ? { last: [totals.at(-1)?.valueInteger], batch: ['200'] } : {}),
    });
    expect(totals.length).toBeGreaterThan(1);
  });
});
