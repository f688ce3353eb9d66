/** A server that listens for HL7 v2 messages, with a file of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../faults/server-process';
import { startHomeward, type Homeward, type StartedOn } from '../support/homeward';
import { aMessage, type MessageOptions } from './messages';
import { mllp, type Answer, type Mllp } from './mllp';
import type { ConnectionOptions } from 'node:tls';

export interface Receiver {
  homeward: Homeward;
  port: number;
  /** HL7V2_FILE. */
  path: string;
  connect(tls?: ConnectionOptions): Promise<Mllp>;
  write(content: object): void;
  close(): Promise<void>;
}

export const SENDERS = { 'RPM|TRUST': 'RR8', 'EPR|OTHER': 'RXX', 'LEEDS É|TRUST': 'RR9' };

export async function startReceiver(
  content: object = {},
  env: NodeJS.ProcessEnv = {},
  on: StartedOn = {},
): Promise<Receiver> {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-hl7v2-'));
  const path = join(folder, 'hl7v2.json');
  const port = await freePort();
  const write = (changed: object): void =>
    writeFileSync(path, JSON.stringify({ port, senders: SENDERS, ...changed }));
  write(content);
  const homeward = await startHomeward({ HL7V2_FILE: path, ...env }, undefined, undefined, on);
  const connect = async (tls?: ConnectionOptions): Promise<Mllp> => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await mllp(port, tls);
      } catch (error) {
        if (tries >= 50 || (error as { code?: string }).code !== 'ECONNREFUSED') throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  };
  return {
    homeward,
    port,
    path,
    connect,
    write,
    close: async () => {
      await homeward.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What the tests of a file do with one server, and with one connection to it. */
export interface OneReceiver {
  ask: Mllp['ask'];
  call: Homeward['call'];
  /** The JSON at a path of the server. */
  get(path: string): Promise<any>; // eslint-disable-line @typescript-eslint/no-explicit-any
  /** Sends a message that must be answered AA. */
  accepted(options: MessageOptions): Promise<Answer>;
  /** Opens another connection. */
  connect(): Promise<Mllp>;
  homeward(): Homeward;
}

/** Starts a server before the tests of the file, and closes it after them. */
export function receiverOfThisFile(): OneReceiver {
  let receiver: Receiver;
  let sender: Mllp;
  beforeAll(async () => {
    receiver = await startReceiver();
    sender = await receiver.connect();
  });
  afterAll(async () => {
    sender.close();
    await receiver.close();
  });
  const call: Homeward['call'] = (...request) => receiver.homeward.call(...request);
  return {
    ask: (message) => sender.ask(message),
    call,
    get: async (path) => (await call('GET', path)).json,
    accepted: async (options) => {
      const answer = await sender.ask(aMessage(options));
      expect(answer.text).toContain('MSA|AA|');
      return answer;
    },
    connect: () => receiver.connect(),
    homeward: () => receiver.homeward,
  };
}
