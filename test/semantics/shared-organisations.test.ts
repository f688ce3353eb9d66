/** Decision 0021: senders who name the same new organisations at once do not get in each other's way. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AnyResource, Json } from '../../src/fhir/types';
import { startHomeward, type Homeward } from '../support/homeward';
import { count, freshSummary, send } from './sending';

const ODS = 'https://fhir.nhs.uk/Id/ods-organization-code';
const SENDERS = 40;

describe('forty senders whose summaries name the same four new organisations, in any order', () => {
  let homeward: Homeward;
  const answers: number[] = [];

  beforeAll(async () => {
    homeward = await startHomeward({ DATABASE_MAX_CONNECTIONS: '20' });
    const codes = ['A1X01', 'B1X01', 'C1X01', 'D1X01'];
    const sent = Array.from({ length: SENDERS }, (_, sender) =>
      send(homeward, summaryNaming(rotated(codes, sender), `as ${sender} calls it`), {
        as: `R${String(sender).padStart(2, '0')}`,
      }),
    );
    answers.push(...(await Promise.all(sent)).map(({ status }) => status));
  });
  afterAll(() => homeward.close());

  function summaryNaming(codes: readonly string[], name: string): AnyResource {
    return freshSummary()
      .observations(1)
      .changed((bundle) => {
        for (const code of codes)
          (bundle.entry as Json[]).push({
            fullUrl: `urn:uuid:${crypto.randomUUID()}`,
            resource: { resourceType: 'Organization', identifier: [{ system: ODS, value: code }], name },
          });
      })
      .build();
  }

  const rotated = (codes: readonly string[], by: number): string[] => {
    const order = by % 2 === 0 ? [...codes] : [...codes].reverse();
    return [...order.slice(by % 4), ...order.slice(0, by % 4)];
  };

  it('are all answered 201', () => {
    expect(answers).toEqual(Array.from({ length: SENDERS }, () => 201));
  });

  it('bring each organisation once', async () => {
    expect(await count(homeward, `Organization?identifier=${ODS}|A1X01,${ODS}|D1X01`)).toBe(2);
  });

  it('never make a deadlock', async () => {
    await sleep(1_200); // PostgreSQL counts within a second
    const [row] = await homeward.app.database.query<{ deadlocks: string }>({
      text: 'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
    });
    expect(row?.deadlocks).toBe('0');
  });
});
