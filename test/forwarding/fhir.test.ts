/** Passing on to FHIR servers. @see docs/transports/passing-on.md */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { startReceiver, type Receiver } from './receiver';

const folder = mkdtempSync(join(tmpdir(), 'homeward-forwarding-'));
const file = join(folder, 'forward.json');
const write = (rules: unknown): void => writeFileSync(file, JSON.stringify(rules));

describe('passing on to FHIR servers', () => {
  let homeward: Homeward;
  let gp: Receiver;
  let trust: Receiver;
  beforeAll(async () => {
    [gp, trust] = [await startReceiver(), await startReceiver()];
    write([
      { name: 'gp', when: { practices: ['A12345'] }, to: { fhir: { url: `${gp.url}/FHIR/R4` } } },
      { name: 'trust', to: { fhir: { url: `${trust.url}/base/` } } },
    ]);
    homeward = await startHomeward({ FORWARD_FILE: file });
  });
  afterAll(async () => {
    await homeward.close();
    await gp.close();
    await trust.close();
    rmSync(folder, { recursive: true });
  });

  it('sends what was received, byte for byte, to each destination whose rule applies', async () => {
    const body = aSummary().bytes();
    const sent = await homeward.call('POST', '/FHIR/R4/Bundle', { body });
    expect(sent.status).toBe(201);
    const [first] = await trust.has(1);
    expect(first).toMatchObject({ method: 'POST', path: '/base/Bundle' });
    expect(first!.headers['content-type']).toBe('application/fhir+json');
    expect(first!.body.equals(body)).toBe(true);
    expect(gp.arrivals).toEqual([]);
  });
});
