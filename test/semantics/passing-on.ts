/** A server that passes on every accepted summary, for the tests of one file. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startReceiver, until, type Receiver } from '../forwarding/receiver';
import { startHomeward, type Homeward } from '../support/homeward';
import type { AnyJson, Sent } from './sending';

export interface PassingOn {
  homeward(): Homeward;
  /** What became of a submission's delivery, when none waits any more; undefined where it is not passed on. */
  deliveryOf(sent: Sent): Promise<AnyJson>;
}

/** Starts the server before the tests of the file, and closes it after them. */
export function passingOnOfThisFile(): PassingOn {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-passing-on-'));
  let homeward: Homeward;
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await startReceiver();
    const file = join(folder, 'forward.json');
    writeFileSync(file, JSON.stringify([{ name: 'engine', when: {}, to: { fhir: { url: receiver.url } } }]));
    homeward = await startHomeward({ FORWARD_FILE: file });
  });
  afterAll(async () => {
    await homeward.close();
    await receiver.close();
    rmSync(folder, { recursive: true });
  });
  const deliveries = async (): Promise<AnyJson[]> =>
    (await homeward.call('GET', '/deliveries')).json.deliveries;
  return {
    homeward: () => homeward,
    deliveryOf: async ({ submissionId }) => {
      await until(async () => (await deliveries()).every(({ state }: AnyJson) => state !== 'waiting'));
      return (await deliveries()).find((each: AnyJson) => each.submission === submissionId);
    },
  };
}
