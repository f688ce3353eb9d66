import fs from 'node:fs';
import { startEndless, trickle, type EndlessServer } from '../../../test/fixtures/endless-server';
import { s3Store } from './s3-store';

const NAMES = ['AWS_ENDPOINT_URL', 'AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const;

describe('an object store of S3', () => {
  const before = NAMES.map((name) => [name, process.env[name]] as const);
  let server: EndlessServer;

  beforeAll(async () => {
    server = await startEndless(trickle);
    for (const name of NAMES) process.env[name] = name === 'AWS_ENDPOINT_URL' ? server.url : 'test';
  });
  afterAll(async () => {
    for (const [name, value] of before)
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    await server.close();
  });

  it('ends a request whose answer never ends', async () => {
    const store = s3Store('s3://bucket/prefix', 500);
    const late = { code: 'ETIMEDOUT' };
    await expect(store.read('key')).rejects.toMatchObject(late);
    await expect(store.put('key', Buffer.from('x'))).rejects.toMatchObject(late);
    await expect(store.list()[Symbol.asyncIterator]().next()).rejects.toMatchObject(late);
  });

  it('closes the file that it could not send', async () => {
    const opened = jest.spyOn(fs, 'createReadStream');
    // The client warns that it cannot try again.
    const warned = jest.spyOn(console, 'warn').mockImplementation();
    process.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:1';
    try {
      await expect(s3Store('s3://bucket/prefix').putFile('key', __filename)).rejects.toThrow();
      expect(opened.mock.results.map(({ value }) => (value as fs.ReadStream).destroyed)).toEqual([true]);
    } finally {
      process.env.AWS_ENDPOINT_URL = server.url;
      opened.mockRestore();
      warned.mockRestore();
    }
  });
});
