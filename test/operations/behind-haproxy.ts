/** HAProxy with the configuration of deploy/haproxy, in front of two nodes. It is asked through its socket, as operators ask. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../faults/server-process';
import { root } from '../support/sources';

const PROGRAM = ['/usr/sbin/haproxy', '/usr/local/sbin/haproxy'].find((path) => existsSync(path));
export const hasHaproxy = PROGRAM !== undefined;

/** What requests are sent to, and from which a node is taken before it stops. */
export interface Front {
  url(): string;
  /** No new request goes to the node; resolves when it has none any more. */
  drain(node: number): Promise<void>;
  /** The node gets requests again; resolves when it does. */
  ready(node: number): Promise<void>;
  close(): Promise<void>;
}

export async function startHaproxy(nodes: readonly string[]): Promise<Front> {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-haproxy-'));
  const socket = join(folder, 'admin.sock');
  const port = await freePort();
  const child = spawn(PROGRAM!, ['-db', '-f', join(root, 'deploy/haproxy/haproxy.cfg')], {
    stdio: 'ignore',
    env: {
      HAPROXY_SOCKET: socket,
      HOMEWARD_BIND: `127.0.0.1:${port}`,
      NODE1_ADDRESS: new URL(nodes[0]!).host,
      NODE2_ADDRESS: new URL(nodes[1]!).host,
    },
  });
  const ended = once(child, 'close');
  const ask = async (line: string): Promise<string> => {
    const connection = connect(socket);
    connection.end(`${line}\n`);
    let said = '';
    for await (const chunk of connection) said += String(chunk);
    return said;
  };
  /** A column of the statistics of a node. */
  const statistic = async (node: number, column: string): Promise<string> => {
    const [names = '', ...rows] = (await ask('show stat nodes 4 -1')).split('\n');
    const row = rows.find((each) => each.startsWith(`nodes,node${node},`)) ?? '';
    return row.split(',')[names.replace('# ', '').split(',').indexOf(column)] ?? '';
  };
  const until = async (node: number, column: string, isSo: (value: string) => boolean): Promise<void> => {
    for (const deadline = Date.now() + 60_000; !isSo(await statistic(node, column)); await sleep(50))
      if (Date.now() > deadline)
        throw new Error(`node${node}: ${column} is ${await statistic(node, column)}`);
  };
  while (!existsSync(socket)) {
    if (child.exitCode !== null) throw new Error('HAProxy does not start');
    await sleep(20);
  }
  return {
    url: () => `http://127.0.0.1:${port}`,
    drain: async (node) => {
      await ask(`set server nodes/node${node} state drain`);
      await until(node, 'scur', (current) => current === '0');
    },
    ready: async (node) => {
      await ask(`set server nodes/node${node} state ready`);
      await until(node, 'status', (status) => status.startsWith('UP'));
    },
    close: async () => {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A front that this process is itself: requests go to the nodes in turn. */
export function inTurns(nodes: readonly string[]): Front {
  const serving = new Set(nodes);
  let next = 0;
  return {
    url: () => [...serving][(next += 1) % serving.size]!,
    drain: async (node) => void serving.delete(nodes[node - 1]!),
    ready: async (node) => void serving.add(nodes[node - 1]!),
    close: async () => undefined,
  };
}
