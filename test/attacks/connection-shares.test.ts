/** Neither a sender of many slow transactions nor a reader with many slow searches takes all connections. */
import { takeLocks } from '../../src/use-cases/submitting/locks/take-locks';
import { freshSummary, send } from '../semantics/sending';
import { heldByConditions } from './held-conditions';
import { everything, startHomeward, type Homeward } from '../support/homeward';

let homeward: Homeward;
beforeAll(async () => {
  // A request waits for a connection for a second. The test has one, and sealing.
  homeward = await startHomeward({
    DATABASE_MAX_CONNECTIONS: '12',
    DATABASE_CONNECTION_TIMEOUT_MS: '1000',
    STATEMENT_TIMEOUT_MS: '8000',
  });
});
afterAll(() => homeward.close());

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it('other senders store while the transactions of one wait', async () => {
  const { bundles, locks } = heldByConditions('transaction', 24);
  let sending!: Promise<{ status: number }[]>;
  await homeward.app.database.transaction(async (tx) => {
    await takeLocks(tx, locks);
    sending = Promise.all(bundles.map((each) => send(homeward, each, { path: '/FHIR/R4', as: 'RX1' })));
    await later(1_000);
    expect((await send(homeward, freshSummary())).status).toBe(201);
  });
  // Those that waited for a place have it now.
  expect((await sending).map(({ status }) => status)).toEqual(bundles.map(() => 200));
});

it('other callers read while the searches of one wait', async () => {
  const token = homeward.token(everything, 'RX1');
  let asking!: Promise<{ status: number }[]>;
  await homeward.app.database.transaction(async (tx) => {
    await tx.query({ text: 'LOCK TABLE observation IN ACCESS EXCLUSIVE MODE' });
    asking = Promise.all(
      Array.from({ length: 24 }, () => homeward.call('GET', '/FHIR/R4/Observation?status=final', { token })),
    );
    await later(300);
    const { status } = await homeward.call('GET', '/FHIR/R4/Encounter?status=finished');
    expect(status).toBe(200);
  });
  expect((await asking).every(({ status }) => status === 200 || status === 503)).toBe(true);
});
