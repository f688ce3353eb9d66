import type { QueueState } from '../../engines/store/outbox';
import { queueHealth } from './queue-health';

const now = new Date('2026-11-29T10:00:00Z');
const waiting = (name: string): QueueState => ({
  name,
  waiting: 1,
  oldest: new Date('2026-11-29T09:00:00Z'),
  failingSince: null,
  lastError: null,
  refused: 1,
  failed: 0,
  endedWith: null,
});

describe('the health of the queues, which strangers read in /_status', () => {
  it('shows no query of a response-url, which may be a key', () => {
    const [known, other] = [
      'response:https://engine.example/answers?key=S3CRET',
      'response:https://other.example/a?key=S3CRET',
    ];
    const told = queueHealth([known!], [waiting(known!), waiting(other!)], now);
    expect(told.map(({ name, status }) => [name, status])).toEqual([
      ['response:https://engine.example/answers', 'warn'],
      ['response:https://other.example/a', 'warn'],
    ]);
    expect(JSON.stringify(told)).not.toContain('S3CRET');
    expect(JSON.stringify(queueHealth([known!], [], now))).not.toContain('S3CRET');
  });

  it('shows addresses that differ in their query as one, and a warning of any of them', () => {
    const [one, two, gone] = ['one', 'two', 'gone'].map(
      (key) => `response:https://engine.example/?key=${key}`,
    );
    const name = 'response:https://engine.example/';
    expect(queueHealth([one!, two!], [], now)).toEqual([{ name, status: 'pass' }]);
    const [alone] = queueHealth([two!], [waiting(two!)], now);
    expect(queueHealth([one!, two!], [waiting(two!)], now)).toEqual([alone]);
    expect(queueHealth([two!, one!], [waiting(two!)], now)).toEqual([alone]);
    const [both, ...more] = queueHealth([one!, two!], [waiting(two!), waiting(gone!)], now);
    expect([more, both!.output]).toEqual([
      [],
      `${alone!.output} 1 delivery is waiting for a destination that is not configured any more. Configure it again, or leave them: they become failed after 7 days.`,
    ]);
  });

  it('shows the names of rules as they are', () => {
    const [told] = queueHealth(['gp: letters'], [waiting('gp: letters')], now);
    expect(told).toMatchObject({ name: 'gp: letters', status: 'warn' });
    expect(told!.output).toContain('/deliveries?name=gp%3A%20letters');
  });
});
