/** What MESH does to its clients and the sandbox cannot show, with a small MESH of the tests' own. */
import { freshSummary } from '../semantics/sending';
import { startHomeward, type Homeward } from '../support/homeward';
import { startFakeMesh, type FakeMesh, type FakeRequest } from './fake-mesh';
import { meshFile, until, type MeshFile } from './sender';

const isList = ({ method, path }: FakeRequest): boolean => method === 'GET' && /\/inbox(\?|$)/.test(path);

describe('the worker of a mailbox', () => {
  let fake: FakeMesh;
  let file: MeshFile;
  let homeward: Homeward;
  beforeAll(async () => {
    fake = await startFakeMesh();
    file = meshFile(fake.url);
    homeward = await startHomeward({ MESH_FILE: file.path, MAX_BODY_BYTES: '300000' });
  });
  afterAll(async () => {
    await homeward.close();
    await fake.close();
    file.remove();
  });
  afterEach(() => {
    fake.instead = () => undefined;
    fake.pageSize = 500;
  });

  const reportsOn = (id: string): FakeRequest[] =>
    fake.posted.filter(({ headers }) => headers['mex-filename'] === `${id}.json`);
  const reportOn = (id: string): Promise<FakeRequest> =>
    until(`the report on ${id}`, async () => reportsOn(id)[0]);
  const acknowledgement = (id: string): Promise<unknown> =>
    until(`the acknowledgement of ${id}`, async () => fake.acknowledged.includes(id));
  const check = async (): Promise<{ status: string; output?: string }> =>
    (await homeward.call('GET', '/_status')).json.checks['mesh:X26ABC1'][0];
  const put = (): string => fake.put({ chunks: [freshSummary().bytes()] });
  const submissions = async (): Promise<number> =>
    (await homeward.call('GET', '/submissions?limit=200')).json.submissions.length;

  it('follows pages that are empty and go on', async () => {
    const id = put();
    fake.instead = (request) => {
      const page = Number(new URL(request.path, fake.url).searchParams.get('page') ?? 0);
      if (!isList(request) || page >= 3) return undefined;
      const next = `/messageexchange/X26ABC1/inbox?page=${page + 1}`;
      return { status: 200, body: JSON.stringify({ messages: [], links: { next }, approx_inbox_count: 0 }) };
    };
    expect((await reportOn(id)).headers['mex-subject']).toBe('accepted');
  });

  it('ends at a page that leads to itself', async () => {
    let lists = 0;
    fake.instead = (request) => {
      if (!isList(request)) return undefined;
      lists += 1;
      const next = '/messageexchange/X26ABC1/inbox?continue_from=same';
      return { status: 200, body: JSON.stringify({ messages: [], links: { next } }) };
    };
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(lists).toBeLessThan(12);
  });

  it('passes over pages of messages that are not for it, and reads their headers once', async () => {
    fake.pageSize = 3;
    const others = Array.from({ length: 8 }, () =>
      fake.put({ workflow: 'OTHER', chunks: [Buffer.from('{}')] }),
    );
    const id = put();
    await reportOn(id);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    for (const other of others) {
      expect(fake.of('HEAD', new RegExp(other))).toHaveLength(1);
      expect(fake.of('GET', new RegExp(other))).toHaveLength(0);
    }
    expect(fake.acknowledged).not.toEqual(expect.arrayContaining(others.slice(0, 1)));
    const { bytes } = await homeward.call('GET', '/metrics');
    expect(bytes.toString()).toContain('homeward_mesh_inbox{mailbox="X26ABC1"} 8');
  });

  it('acknowledges again when the answer was lost, and does not submit twice', async () => {
    let lost = 0;
    fake.instead = ({ method }) => {
      if (method !== 'PUT' || lost >= 3) return undefined;
      lost += 1;
      return 'cut';
    };
    const before = await submissions();
    const id = put();
    await acknowledgement(id);
    await reportOn(id);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(lost).toBe(3);
    expect(await submissions()).toBe(before + 1);
    expect(reportsOn(id)).toHaveLength(1);
  });

  it('goes on behind a message that MESH does not give, and shows it', async () => {
    const broken = put();
    const behind = put();
    fake.instead = ({ method, path }) =>
      method === 'GET' && path.includes(broken) ? { status: 500, body: '<html>' } : undefined;
    await reportOn(behind);
    const { output } = await until('the warning', async () => {
      const found = await check();
      return found.status === 'warn' && found;
    });
    expect(output).toMatch(/^1 message cannot be handled since .*: MESH answered 500\.$/);
    fake.instead = () => undefined;
    expect((await reportOn(broken)).headers['mex-subject']).toBe('accepted');
    await until('the end of the warning', async () => (await check()).status === 'pass');
  });

  it('refuses a message that lacks a chunk', async () => {
    const bytes = freshSummary().bytes();
    const id = fake.put({ chunks: [bytes], headers: { 'Mex-Chunk-Range': '1:2' } });
    const { headers, body } = await reportOn(id);
    expect(headers['mex-subject']).toBe('refused');
    expect(body.toString()).toContain('MESH does not have its chunk 2');
  });

  it('keeps the pause that MESH asks for', async () => {
    let throttled = 0;
    fake.instead = (request) => {
      if (!isList(request) || throttled > 0) return undefined;
      throttled = Date.now();
      return { status: 429, headers: { 'Retry-After': '3' } };
    };
    await until('the throttled request', async () => throttled > 0);
    const listed = fake.requests.length;
    await until('the warning', async () => (await check()).output?.startsWith('MESH answered 429.'));
    await until('the next request', async () => fake.requests.length > listed);
    expect(Date.now() - throttled).toBeGreaterThan(2_900);
    await until('the end of the warning', async () => (await check()).status === 'pass');
  });

  it('asks MESH for a report whose answer was lost before it sends the report again', async () => {
    const id = put();
    let sent: FakeRequest | undefined;
    fake.instead = (request) => {
      const { method, path } = request;
      if (method === 'POST' && path.endsWith('/outbox')) {
        sent ??= request;
        return 'cut';
      }
      if (!path.includes('/outbox/tracking/')) return undefined;
      return {
        status: 200,
        body: JSON.stringify({ messageId: 'KNOWN1', fileName: `${id}.json`, status: 'Accepted' }),
      };
    };
    const delivered = await until('the delivery', async () => {
      const { json } = await homeward.call('GET', '/deliveries?name=mesh:X26ABC1&state=delivered');
      return json.deliveries.find(
        ({ submission }: { submission: string }) => submission === sent?.headers['mex-localid'],
      );
    });
    expect(delivered.attempts).toBe(2);
    expect(
      fake.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/outbox')),
    ).toHaveLength(fake.posted.length + 1);
  });

  it('reads the content where MESH gives no headers alone', async () => {
    fake.instead = ({ method }) => (method === 'HEAD' ? { status: 405 } : undefined);
    expect((await reportOn(put())).headers['mex-subject']).toBe('accepted');
  });

  it('shows that MESH is away until it is back, and does not ask without pause', async () => {
    fake.instead = () => 'cut';
    const { output } = await until('the warning', async () => {
      const found = await check();
      return found.status === 'warn' && found;
    });
    expect(output).toMatch(
      /^Cannot reach MESH at 127\.0\.0\.1:\d+ \(the connection was cut\)\..* Since .*Z\.$/,
    );
    const asked = fake.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(fake.requests.length - asked).toBeLessThan(15);
    fake.instead = () => undefined;
    await until('the end of the warning', async () => (await check()).status === 'pass');
  });
});
