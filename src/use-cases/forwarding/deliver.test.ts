import type { AttemptEnd, WaitingDelivery } from '../../engines/store/outbox';
import { deliverInOrder, pauseAfter, type Worker } from './deliver';
import type { Delivery, Sent } from './outbox';

const START = Date.parse('2026-01-01T00:00:00Z');
const DAY = 24 * 60 * 60 * 1000;

const waiting = (more: Partial<WaitingDelivery> = {}): WaitingDelivery => ({
  id: 'one',
  position: '1',
  name: 'gp',
  state: 'waiting',
  submissionId: 'submission',
  attempts: 0,
  lastError: null,
  createdAt: new Date(START),
  endedAt: null,
  tryAt: new Date(START),
  giveUpAt: new Date(START + 7 * DAY),
  begunAt: null,
  begunBy: null,
  envelope: {},
  hasPayload: false,
  ...more,
});

/** Runs one worker on these deliveries until all are settled or put off. */
async function worked(
  deliveries: WaitingDelivery[],
  send: (delivery: Delivery) => Promise<Sent>,
  { at = START, endFails = 0 }: { at?: number; endFails?: number } = {},
): Promise<{ ends: AttemptEnd[]; sent: string[]; left: string[]; reported: string[]; problems: number }> {
  const ends: AttemptEnd[] = [];
  const sent: string[] = [];
  const left: string[] = [];
  const reported: string[] = [];
  let problems = 0;
  let failures = endFails;
  const stopping = new AbortController();
  const never = new AbortController().signal;
  const worker: Worker = {
    id: 'this worker',
    now: () => new Date(at),
    onAgain: () => undefined,
    onNotDelivered: (_name, reason) => void reported.push(reason),
    onProblem: () => void (problems += 1),
    destinationOf: (name) => ({
      name,
      send: (delivery) => {
        sent.push(delivery.id);
        return send(delivery);
      },
    }),
    queue: {
      next: async () => {
        const [next] = deliveries;
        if (!next || next.tryAt.getTime() > at) stopping.abort();
        return next;
      },
      begin: async () => ({
        attempts: deliveries[0]!.attempts + 1,
        uncertain: deliveries[0]!.begunAt !== null,
      }),
      end: async (end) => {
        if (failures > 0) {
          failures -= 1;
          throw new Error('the database is away');
        }
        ends.push(end);
        if (end.state === 'waiting') deliveries[0] = { ...deliveries[0]!, tryAt: end.tryAt! };
        else deliveries.shift();
      },
      contentOf: async () => ({ bytes: Buffer.from('{}'), contentType: 'application/fhir+json' }),
      leaves: async ({ id }) => void left.push(id),
    },
  };
  await deliverInOrder('gp', worker, { held: never, stopping: stopping.signal, ended: never });
  return { ends, sent, left, reported, problems };
}

describe('the worker of a destination', () => {
  it('sends its deliveries in order, one at a time', async () => {
    let busy = 0;
    const { ends, sent } = await worked([waiting(), waiting({ id: 'two' })], async () => {
      busy += 1;
      expect(busy).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      busy -= 1;
      return 'delivered';
    });
    expect(sent).toEqual(['one', 'two']);
    expect(ends.map(({ id, state }) => [id, state])).toEqual([
      ['one', 'delivered'],
      ['two', 'delivered'],
    ]);
  });

  it('goes on to the next after a refusal', async () => {
    const { ends } = await worked([waiting(), waiting({ id: 'two' })], async ({ id }) =>
      id === 'one' ? { refused: 'the destination answered 422' } : 'delivered',
    );
    expect(ends.map(({ id, state }) => [id, state])).toEqual([
      ['one', 'refused'],
      ['two', 'delivered'],
    ]);
  });

  it('holds those behind a delivery that is tried again', async () => {
    const { ends, sent } = await worked([waiting({ attempts: 2 }), waiting({ id: 'two' })], async () => ({
      again: 'the destination answered 503',
    }));
    expect(sent).toEqual(['one']);
    expect(ends).toMatchObject([
      { id: 'one', state: 'waiting', error: 'the destination answered 503', tryAt: new Date(START + 4_000) },
    ]);
  });

  it('sends nothing twice when the answer cannot be recorded at first', async () => {
    const { ends, sent, problems } = await worked([waiting()], async () => 'delivered', { endFails: 2 });
    expect(sent).toEqual(['one']);
    expect(ends).toMatchObject([{ state: 'delivered' }]);
    expect(problems).toBe(2);
  });

  it('records that data leaves this server once, before the first attempt', async () => {
    const { left } = await worked([waiting(), waiting({ id: 'two', attempts: 1 })], async () => 'delivered');
    expect(left).toEqual(['one']);
  });

  it('gives up after 7 days, but not before the first attempt', async () => {
    const late = START + 8 * DAY;
    const tried = waiting({ attempts: 9, lastError: 'the destination answered 503' });
    const { ends, sent, reported } = await worked([tried, waiting({ id: 'two' })], async () => 'delivered', {
      at: late,
    });
    expect(sent).toEqual(['two']);
    expect(ends).toMatchObject([
      { id: 'one', state: 'failed', error: 'the destination answered 503' },
      { id: 'two', state: 'delivered' },
    ]);
    expect(reported).toEqual(['given up after 7 days: the destination answered 503']);
  });

  it('keeps a name that the destination gave', async () => {
    const { ends } = await worked([waiting()], async () => ({ delivered: 'MESH-1' }));
    expect(ends).toMatchObject([{ state: 'delivered', reference: 'MESH-1' }]);
  });

  it('writes no message of an unknown error', async () => {
    const { ends } = await worked([waiting()], async () => {
      throw new Error('NHS number 9990000018');
    });
    expect(ends).toMatchObject([
      { state: 'waiting', error: 'the attempt failed (Error)', isUncertain: true },
    ]);
  });
});

describe('the pause after a failed attempt', () => {
  it('is a second, and doubles to a minute', () => {
    expect([1, 2, 3, 6, 7, 50].map(pauseAfter)).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000]);
  });
});
