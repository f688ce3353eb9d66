/** A stay with thousands of readings as one document: the requests of others run meanwhile. */
import { parseScopes } from '../../src/engines/access/scopes';
import { visibilityOf } from '../../src/engines/access/visibility';
import { DatabaseUnavailable } from '../../src/platform/postgres';
import { roomForJson, type Reader } from '../../src/use-cases/call/reader';
import { staySummary } from '../../src/use-cases/reading/document';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { scopeRules } from '../support/scope-rules';

const READINGS = 4_000;

let homeward: Homeward;
let stay: string;
beforeAll(async () => {
  homeward = await startHomeward({ DATABASE_CONNECTION_TIMEOUT_MS: '60000' });
  const body = aSummary().observations(READINGS).bytes();
  expect((await homeward.call('POST', '/FHIR/R4/Bundle', { body })).status).toBe(201);
  stay = (await homeward.call('GET', '/FHIR/R4/Encounter')).json.entry[0].resource.id;
}, 120_000);
afterAll(() => homeward.close());

function readerOf(sender: string): Reader {
  const caller = {
    clientId: 'ward-pages',
    sender,
    odsCode: sender,
    scopes: parseScopes('system/*.rs', scopeRules),
    issuer: 'https://issuer.example',
  };
  return {
    caller,
    visibility: visibilityOf(caller, { kind: 'all' }, homeward.app.reading),
    fhirBase: 'https://homeward.example/FHIR/R4',
    now: new Date('2026-01-31T09:00:00Z'),
    room: roomForJson(100_000_000),
    gone: new AbortController().signal,
  };
}
const summaryFor = (sender: string): ReturnType<typeof staySummary> =>
  staySummary(readerOf(sender), { type: 'Encounter', id: stay }, homeward.app.reading);

/** How long the loop was held up at most while the work ran, in milliseconds. */
async function longestBlock(work: () => Promise<unknown>): Promise<number> {
  let last = performance.now();
  let longest = 0;
  const look = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(look, 5);
  await work();
  look();
  clearInterval(timer);
  return longest;
}

it('gives others turns while it is put together', async () => {
  await summaryFor('RR8');
  const longest: number[] = [];
  // The collection of garbage and other processes hold up one run, but not each.
  for (let run = 0; run < 3; run += 1)
    longest.push(await longestBlock(() => Promise.all([summaryFor('RR8'), summaryFor('RX1')])));
  expect(Math.min(...longest)).toBeLessThan(200);
});

it('is put together once at a time for one caller, and for others meanwhile', async () => {
  const ended: string[] = [];
  const asked = ['RR8', 'RR8', 'RX1'].map(async (sender, index) => {
    await summaryFor(sender);
    ended.push(`${sender} ${index}`);
  });
  await Promise.all(asked);
  expect(ended.at(-1)).toBe('RR8 1');
});

it('is not put together for a caller whose other one takes too long', async () => {
  const { reading } = homeward.app;
  const leave = reading.documentsAtOnce.tryTake('RR8');
  const hasty = { ...reading, shares: { ...reading.shares, millis: 100 } };
  const ofStay = { type: 'Encounter', id: stay };
  await expect(staySummary(readerOf('RR8'), ofStay, hasty)).rejects.toThrow(DatabaseUnavailable);
  expect((await staySummary(readerOf('RX1'), ofStay, hasty)).ok).toBe(true);
  const [waiting] = [summaryFor('RR8'), leave?.()];
  expect((await waiting).ok).toBe(true);
});
