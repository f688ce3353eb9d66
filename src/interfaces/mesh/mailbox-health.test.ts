import type { MailboxState } from '../../engines/store/mesh-messages';
import { mailboxHealth, type HealthFacts } from './mailbox-health';

const at = (time: string): Date => new Date(`2026-11-28T${time}:00Z`);
const state: MailboxState = {
  mailbox: 'X26ABC1',
  lookedAt: at('21:30'),
  failingSince: null,
  problem: null,
  inbox: 0,
  leftAlone: 0,
  stuck: 0,
  stuckSince: null,
  stuckProblem: null,
};
const health = (facts: Partial<HealthFacts>) =>
  mailboxHealth({
    mailbox: 'X26ABC1',
    state,
    fileFault: undefined,
    startedAt: at('20:00'),
    pollSeconds: 300,
    now: at('21:31'),
    ...facts,
  });

describe('the health of a mailbox', () => {
  it('is good while its inbox is looked through', () => {
    expect(health({})).toEqual({ name: 'mesh:X26ABC1', status: 'pass' });
  });

  it('is good before the first look after a start', () => {
    expect(health({ state: undefined, startedAt: at('21:30') }).status).toBe('pass');
  });

  it('says what is wrong with MESH, and since when', () => {
    const failing = { ...state, problem: 'MESH answered 503.', failingSince: at('21:10') };
    expect(health({ state: failing })).toEqual({
      name: 'mesh:X26ABC1',
      status: 'warn',
      output: 'MESH answered 503. Since 2026-11-28T21:10:00.000Z.',
    });
  });

  it('says that no node looks any more', () => {
    expect(health({ now: at('22:00') }).output).toBe(
      'No node has looked through the inbox since 2026-11-28T21:30:00.000Z.',
    );
  });

  it('says which messages cannot be handled', () => {
    const stuck = { ...state, stuck: 2, stuckSince: at('21:20'), stuckProblem: 'MESH answered 500.' };
    expect(health({ state: stuck }).output).toBe(
      '2 messages cannot be handled since 2026-11-28T21:20:00.000Z: MESH answered 500.',
    );
  });

  it('says that the newest content of the file is not in use', () => {
    const fileFault = { text: 'MESH_FILE: url must be an https: address.', since: at('21:25') };
    expect(health({ fileFault }).output).toBe(
      'MESH_FILE: url must be an https: address. Since 2026-11-28T21:25:00.000Z.',
    );
  });
});
