import { startEndless } from '../../../../test/fixtures/endless-server';
import { NoAnswer } from '../../../use-cases/forwarding/no-answer';
import { sendMessage } from './mllp-client';

describe('a message over MLLP', () => {
  it('ends without an answer where the answer trickles and never ends', async () => {
    const server = await startEndless((socket) => {
      socket.write('\x0bMSH|');
      const timer = setInterval(() => socket.write('x'), 20);
      socket.once('close', () => clearInterval(timer));
    });
    const peer = { host: '127.0.0.1', port: server.port };
    const answered = sendMessage(peer, Buffer.from('MSH|'), new AbortController().signal, 500);
    await expect(answered).rejects.toBeInstanceOf(NoAnswer);
    await expect(answered).rejects.toMatchObject({ isUncertain: true });
    await server.close();
  });
});
