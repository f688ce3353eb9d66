import { createLogger } from '../../platform/logger';
import { lookThroughInbox, newMemory, type InboxDependencies, type InboxMemory } from './look-through-inbox';
import type { OpenMailbox } from './handle-message';
import type { Mailbox } from './mailbox';
import { MeshAway, MeshRefusal } from './mesh-fault';
import type { MessageHead } from './message-head';

const head = { type: 'DATA', from: 'X26ABC2', workflow: 'OTHER' } as MessageHead;
let now = new Date('2026-11-28T21:00:00Z');
const later = (seconds: number): void => void (now = new Date(now.getTime() + seconds * 1000));

/** An inbox of messages of another workflow, whose headers may fail to come. */
function inbox(ids: readonly string[], fails: (id: string) => Error | undefined = () => undefined) {
  const asked: string[] = [];
  const acknowledged: string[] = [];
  const mailbox = {
    name: 'X26ABC1',
    inbox: async () => ({ messages: ids, next: undefined }),
    head: async (id: string) => {
      asked.push(id);
      const error = fails(id);
      if (error) throw error;
      return head;
    },
    acknowledge: async (id: string) => void acknowledged.push(id),
  } as unknown as Mailbox;
  const settings = { mailbox: 'X26ABC1', password: async () => '', workflows: new Map(), senders: new Map() };
  const opened: OpenMailbox = { mailbox, settings, others: 'leave' };
  return { opened, asked, acknowledged };
}

function look(opened: OpenMailbox, memory: InboxMemory, handled: readonly string[] = []) {
  const dependencies = {
    database: { query: async () => handled.map((id) => ({ id })) },
    log: createLogger('silent'),
    now: () => now,
  } as unknown as InboxDependencies;
  return lookThroughInbox(opened, memory, dependencies, new AbortController().signal);
}

describe('a look through an inbox', () => {
  it('reads the headers of a message that is left alone once an hour', async () => {
    const { opened, asked } = inbox(['A']);
    const memory = newMemory();
    expect(await look(opened, memory)).toEqual({ inbox: 1, leftAlone: 1 });
    later(3_590);
    await look(opened, memory);
    expect(asked).toEqual(['A']);
    later(20);
    await look(opened, memory);
    expect(asked).toEqual(['A', 'A']);
  });

  it('only acknowledges what is handled already', async () => {
    const { opened, asked, acknowledged } = inbox(['A', 'B']);
    expect(await look(opened, newMemory(), ['A'])).toEqual({ inbox: 1, leftAlone: 1 });
    expect([asked, acknowledged]).toEqual([['B'], ['A']]);
  });

  it('tries a message that failed again after a pause that grows, and handles the others', async () => {
    const { opened, asked } = inbox(['A', 'B'], (id) => (id === 'A' ? new MeshRefusal(500, {}) : undefined));
    const memory = newMemory();
    expect(await look(opened, memory)).toEqual({ inbox: 2, leftAlone: 1 });
    later(1);
    await look(opened, memory);
    expect(asked).toEqual(['A', 'B']);
    later(2);
    await look(opened, memory);
    expect(asked).toEqual(['A', 'B', 'A']);
    expect(memory.stuck.get('A')).toMatchObject({ attempts: 2, problem: 'MESH answered 500.' });
  });

  it('gives up after three failures in a row: then MESH is at fault', async () => {
    const { opened, asked } = inbox(['A', 'B', 'C', 'D'], () => new MeshRefusal(500, {}));
    await expect(look(opened, newMemory())).rejects.toBeInstanceOf(MeshRefusal);
    expect(asked).toEqual(['A', 'B', 'C']);
  });

  it.each<[string, Error]>([
    ['MESH cannot be reached', new MeshAway('Nobody listens.', false)],
    ['MESH refuses the password', new MeshRefusal(403, {})],
    ['MESH asks for a pause', new MeshRefusal(429, {}, 30)],
    ['the database is away', Object.assign(new Error('away'), { code: 'ECONNREFUSED' })],
  ])('ends at once when %s', async (_when, error) => {
    const { opened, asked } = inbox(['A', 'B'], () => error);
    await expect(look(opened, newMemory())).rejects.toBe(error);
    expect(asked).toEqual(['A']);
  });

  it('leaves a message that is gone alone', async () => {
    const { opened, asked } = inbox(['A'], () => new MeshRefusal(410, {}));
    const memory = newMemory();
    await look(opened, memory);
    await look(opened, memory);
    expect(asked).toEqual(['A']);
  });

  it('forgets what is no longer in the inbox', async () => {
    const memory = newMemory();
    await look(inbox(['A', 'B']).opened, memory);
    await look(inbox(['B']).opened, memory);
    expect([...memory.left.keys()]).toEqual(['B']);
  });
});
