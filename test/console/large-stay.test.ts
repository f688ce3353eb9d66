/**
 * How long the server takes for the page of a stay with 600 readings: the time of the processor, in which the database's
 * is not, so that a busy machine does not count.
 */
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { Visitor } from './visitor';

const MOST_MILLIS = 150;
/** The first ones are slower, before the code is compiled. */
const TRIES = 30;

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

describe('a stay with 600 readings', () => {
  it(`is drawn in less than ${MOST_MILLIS} ms`, async () => {
    const { status } = await homeward.call('POST', '/FHIR/R4/Bundle', {
      body: aSummary().observations(600).bytes(),
    });
    expect(status).toBe(201);
    const clinician = new Visitor(homeward);
    await clinician.signIn('clinician');
    await clinician.get('/console/patients');
    const { location } = await clinician.post('/console/patients', { 'nhs-number': '9990000018' });
    const [, path] = /href="(\/console\/stays\/[0-9a-f-]+)"/.exec((await clinician.get(location!)).text)!;
    const { text } = await clinician.get(path!);
    const [, readings] = /(\d+) readings, newest first/.exec(text)!;
    expect(Number(readings)).toBeGreaterThanOrEqual(600);
    let quickest = Infinity;
    for (let attempt = 0; attempt < TRIES && quickest >= MOST_MILLIS; attempt += 1) {
      const before = process.cpuUsage();
      await clinician.get(path!);
      const { user, system } = process.cpuUsage(before);
      quickest = Math.min(quickest, (user + system) / 1000);
    }
    expect(quickest).toBeLessThan(MOST_MILLIS);
  });
});
