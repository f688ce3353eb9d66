import type { Delivery } from '../../use-cases/forwarding/outbox';
import { meshDestination, type Envelope } from './destination';
import type { Mailbox, Sent } from './mailbox';
import { MeshAway, MeshRefusal } from './mesh-fault';

const envelope: Envelope = {
  from: 'X26ABC1',
  to: 'X26ABC2',
  workflow: 'VW_SUMMARY_ACK',
  localId: 'submission-1',
  subject: 'accepted',
  fileName: 'MESSAGE1.json',
};

interface Tried {
  sent?: Sent;
  post?: () => Promise<string>;
  isUncertain?: boolean;
}

/** What becomes of a delivery, and how often MESH was asked to take it. */
async function end({ sent = { found: 'none' }, post = async () => 'NEW1', isUncertain = false }: Tried) {
  let posts = 0;
  const mailbox = {
    post: () => {
      posts += 1;
      return post();
    },
    sent: async () => sent,
  } as unknown as Mailbox;
  const destination = meshDestination({
    name: 'mesh:X26ABC1',
    mailboxOf: (name) => (name === 'X26ABC1' ? mailbox : undefined),
    envelopeOf: () => envelope,
  });
  const delivery = {
    isUncertain,
    content: async () => ({ bytes: Buffer.from('{}'), contentType: 'application/fhir+json' }),
  } as unknown as Delivery;
  const ended = await destination.send(delivery, new AbortController().signal);
  return { ended, posts };
}

const fails = (error: Error) => (): Promise<string> => Promise.reject(error);

describe('MESH as a destination of the outbox', () => {
  it('has delivered when MESH has given the message an id', async () => {
    expect(await end({})).toEqual({ ended: { delivered: 'NEW1' }, posts: 1 });
  });

  it.each([400, 413, 415, 417, 422])('does not try again what MESH refuses with %i', async (status) => {
    const { ended } = await end({
      post: fails(new MeshRefusal(status, { code: '12', text: 'Unregistered to address' })),
    });
    expect(ended).toEqual({ refused: `MESH answered ${status} (Unregistered to address, code 12).` });
  });

  it.each([403, 404, 429, 500, 503])('tries again after %i', async (status) => {
    const { ended } = await end({ post: fails(new MeshRefusal(status, {})) });
    expect(ended).toMatchObject({ again: expect.stringContaining(`MESH answered ${status}.`) });
    expect(ended).not.toHaveProperty('isUncertain');
  });

  it('knows that a message may have arrived when its answer was lost', async () => {
    const { ended } = await end({ post: fails(new MeshAway('The connection was cut.', true)) });
    expect(ended).toEqual({ again: 'The connection was cut.', isUncertain: true });
  });

  it('knows that a message has not arrived when there was no connection', async () => {
    const { ended } = await end({ post: fails(new MeshAway('Nobody listens.', false)) });
    expect(ended).toEqual({ again: 'Nobody listens.' });
  });

  describe('after an attempt whose answer was lost', () => {
    const isUncertain = true;
    const found: Sent = { found: 'one', messageId: 'OLD1', fileName: 'MESSAGE1.json', state: 'sent' };

    it('does not send what MESH has', async () => {
      expect(await end({ isUncertain, sent: found })).toEqual({ ended: { delivered: 'OLD1' }, posts: 0 });
    });

    it('does not send again what MESH could not deliver', async () => {
      expect(await end({ isUncertain, sent: { ...found, state: 'undelivered' } })).toEqual({
        ended: { refused: 'MESH could not deliver it.' },
        posts: 0,
      });
    });

    it.each<[string, Sent]>([
      ['MESH does not have', { found: 'none' }],
      ['is one of several with its local id, as the report of a resend is', { found: 'several' }],
      ['differs from the one that MESH has', { ...found, fileName: 'MESSAGE0.json' }],
      ['lacks chunks', { ...found, state: 'incomplete' }],
    ])('sends what %s', async (_what, sent) => {
      expect(await end({ isUncertain, sent })).toEqual({ ended: { delivered: 'NEW1' }, posts: 1 });
    });
  });

  it('waits while MESH_FILE does not have the mailbox', async () => {
    const destination = meshDestination({
      name: 'x',
      mailboxOf: () => undefined,
      envelopeOf: () => envelope,
    });
    expect(await destination.send({} as Delivery, new AbortController().signal)).toEqual({
      again: 'MESH_FILE has no mailbox X26ABC1. Add it again.',
    });
  });
});
