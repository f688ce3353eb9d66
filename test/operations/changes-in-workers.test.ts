/** A change of the policy that only a worker process has noticed is on record, and in the log. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { serverProcess, type ServerProcess } from '../faults/server-process';
import { everything } from '../support/homeward';

jest.setTimeout(60_000);

const path = join(mkdtempSync(join(tmpdir(), 'homeward-policy-')), 'policy.json');
const policy = (submitting: string): void =>
  writeFileSync(path, JSON.stringify({ submitting: { default: submitting } }));
const linesOf = (server: ServerProcess, text: string): string[] =>
  server
    .output()
    .split('\n')
    .filter((line) => line.includes(text));

/** Asks on the agent's connection. @returns the line of the log */
async function ask(server: ServerProcess, agent: Agent, id: string): Promise<string> {
  const headers = {
    Authorization: `Bearer ${server.sandbox.token({ scope: everything, ods: 'RR8', ttlSeconds: 600, sub: 'test' })}`,
    'X-Request-ID': id,
  };
  const { status } = await new Promise<{ status: number }>((resolve, reject) => {
    const asking = request(`${server.url}/FHIR/R4/Patient`, { agent, headers }, (answer) => {
      answer.resume().on('end', () => resolve({ status: answer.statusCode ?? 0 }));
    });
    asking.on('error', reject).end();
  });
  expect(status).toBe(200);
  for (;;) {
    const [line] = linesOf(server, id);
    if (line !== undefined) return line;
    await sleep(20);
  }
}

it('is recorded by the worker', async () => {
  policy('own');
  const server = await serverProcess({ WORKERS: '2', LOG_LEVEL: 'info', POLICY_FILE: path });
  await server.start();
  let agent: Agent;
  for (let tries = 0; ; tries += 1) {
    agent = new Agent({ keepAlive: true, maxSockets: 1 });
    if ((await ask(server, agent, `find-${tries}`)).includes('"worker":')) break;
    agent.destroy();
    if (tries > 100) throw new Error('no worker serves');
  }
  const states = ['any', 'own', 'any'];
  for (const [index, submitting] of states.entries()) {
    policy(submitting);
    await sleep(1_100);
    await ask(server, agent, `after-${index}`);
  }
  agent.destroy();
  const client = new Client(server.connection());
  await client.connect();
  const { rows } = await client.query("SELECT FROM audit_record WHERE content LIKE '%$changed%'");
  await client.end();
  expect(rows).toHaveLength(states.length);
  expect(linesOf(server, 'file read again')).toHaveLength(states.length);
  await server.remove();
});
