/**
 * A sender whose transaction names very many patients, and takes its time, holds up those who write about the same
 * patients, and nobody else.
 */
import { lockOn, takeLocks } from '../../src/use-cases/submitting/locks/take-locks';
import { freshSummary, send } from '../semantics/sending';
import { startHomeward, type Homeward } from '../support/homeward';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward({ STATEMENT_TIMEOUT_MS: '6000' });
});
afterAll(() => homeward.close());

it('leaves other senders to their patients', async () => {
  const named = Array.from({ length: 1_000 }, (_, index) => lockOn('3-patient', `patient ${index}`));
  await homeward.app.database.transaction(async (tx) => {
    await takeLocks(tx, new Set(named));
    const sent = await Promise.all(
      Array.from({ length: 5 }, () => send(homeward, freshSummary(), { as: 'RX1' })),
    );
    // A patient may have the row of another one: in 1 of 130 cases.
    expect(sent.filter(({ status }) => status === 201).length).toBeGreaterThanOrEqual(4);
  });
});
