/** Passing on by two nodes of one database, of which one goes away. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { startReceiver, until, type Receiver } from './receiver';

const folder = mkdtempSync(join(tmpdir(), 'homeward-nodes-'));

let receiver: Receiver;
let nodes: Homeward[];

beforeAll(async () => {
  receiver = await startReceiver();
  const file = join(folder, 'forward.json');
  writeFileSync(file, JSON.stringify([{ name: 'gp', to: { fhir: { url: receiver.url } } }]));
  const one = await startHomeward({ FORWARD_FILE: file });
  nodes = [one, await startHomeward({ FORWARD_FILE: file }, undefined, undefined, { on: one.place })];
});
afterAll(async () => {
  await nodes[1]!.close();
  await nodes[0]!.close();
  await receiver.close();
  rmSync(folder, { recursive: true });
});

it('two nodes send each delivery once, in order, and one goes on when the other stops', async () => {
  const bodies = Array.from({ length: 20 }, (_, index) =>
    aSummary()
      .stay(index + 1)
      .bytes(),
  );
  for (const [index, body] of bodies.entries()) {
    const sent = await nodes[index % 2]!.call('POST', '/FHIR/R4/Bundle', { body });
    expect(sent.status).toBe(201);
    if (index === 9) void nodes[0]!.stop();
    if (index === 9) nodes[0] = { ...nodes[0]!, call: nodes[1]!.call };
  }
  await receiver.has(20);
  await until(
    async () => (await nodes[1]!.call('GET', '/deliveries?state=waiting')).json.deliveries.length === 0,
  );
  expect(receiver.arrivals.map(({ body }) => bodies.findIndex((each) => each.equals(body)))).toEqual(
    bodies.map((_, index) => index),
  );
}, 60_000);
