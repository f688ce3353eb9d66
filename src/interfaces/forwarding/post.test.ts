import { ENDLESS, startEndless, trickle } from '../../../test/fixtures/endless-server';
import { NoAnswer } from '../../use-cases/forwarding/no-answer';
import { post } from './post';

const request = { headers: {}, body: Buffer.from('{}'), signal: new AbortController().signal };

describe('a POST to another system', () => {
  it.each(Object.entries(ENDLESS))('ends without an answer after %s', async (_name, answer) => {
    const server = await startEndless(answer);
    const answered = post({ ...request, url: server.url, answersWithinMillis: 500 });
    await expect(answered).rejects.toBeInstanceOf(NoAnswer);
    await expect(answered).rejects.toMatchObject({ isUncertain: true });
    await server.close();
  });

  it('has its answer though the body never ends', async () => {
    const server = await startEndless(trickle);
    const answered = await post({ ...request, url: server.url, answersWithinMillis: 500 });
    expect(answered.status).toBe(200);
    await server.close();
  });
});
