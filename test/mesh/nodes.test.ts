/** Two nodes, one mailbox; secrets and certificates that change; and summaries that are passed on through MESH. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { download } from '../../src/interfaces/mesh/download';
import { freshSummary } from '../semantics/sending';
import { startHomeward, type Homeward } from '../support/homeward';
import { describeWithSandbox, meshSandbox, type MeshSandbox } from './mesh-sandbox';
import { meshFile, openSender, until, type MeshFile, type Sender } from './sender';

const signal = new AbortController().signal;

describeWithSandbox('two nodes with one mailbox of MESH', (python) => {
  let sandbox: MeshSandbox;
  let file: MeshFile;
  let folder: string;
  let first: Homeward;
  let second: Homeward;
  let sender: Sender;
  beforeAll(async () => {
    sandbox = await meshSandbox(python);
    await sandbox.start();
    file = meshFile(sandbox.url);
    folder = mkdtempSync(join(tmpdir(), 'homeward-mesh-forward-'));
    const rule = {
      name: 'records',
      to: { mesh: { from: 'X26ABC1', mailbox: 'X26ABC3', workflow: 'VW_SUMMARY' } },
    };
    writeFileSync(join(folder, 'forward.json'), JSON.stringify([rule]));
    const env = { MESH_FILE: file.path, FORWARD_FILE: join(folder, 'forward.json') };
    first = await startHomeward(env);
    second = await startHomeward(env, undefined, undefined, { on: first.place });
    sender = openSender(sandbox.url);
  });
  afterAll(async () => {
    sender?.close();
    await second?.close();
    await first?.close();
    await sandbox?.remove();
    file?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const check = async (homeward: Homeward): Promise<{ status: string; output?: string }> =>
    (await homeward.call('GET', '/_status')).json.checks['mesh:X26ABC1'][0];

  it('handle each message once, and pass on each summary once', async () => {
    const ids = [];
    for (let number = 0; number < 12; number += 1) ids.push(await sender.send(freshSummary().bytes()));
    for (const id of ids) expect((await sender.reportOn(id)).head.subject).toBe('accepted');
    expect(await sender.inbox()).toEqual([]);
    expect((await second.call('GET', '/submissions?limit=100')).json.submissions).toHaveLength(12);
    const records = openSender(sandbox.url, 'X26ABC3');
    await until('the summaries that are passed on', async () => (await records.inbox()).length >= 12);
    const passedOn = await records.inbox();
    expect(passedOn).toHaveLength(12);
    const got = await download(records.mailbox, passedOn[0]!, 10_000_000, signal);
    expect(got.head).toMatchObject({
      from: 'X26ABC1',
      workflow: 'VW_SUMMARY',
      contentType: 'application/fhir+json',
    });
    expect(JSON.parse(got.bytes.toString())).toMatchObject({ resourceType: 'Bundle' });
    records.close();
  });

  it('both show the state of the mailbox, whichever serves it', async () => {
    await sandbox.kill();
    for (const homeward of [first, second]) {
      const { output } = await until('the warning', async () => {
        const found = await check(homeward);
        return found.status === 'warn' && found;
      });
      expect(output).toMatch(/^Cannot reach MESH at .* \(connection refused\)\. .* Since .*Z\.$/);
    }
    await sandbox.start();
    for (const homeward of [first, second])
      await until('the end of the warning', async () => (await check(homeward)).status === 'pass');
  });

  it('keep a changed file with a fault out of use, and say so', async () => {
    file.write({ pollSeconds: 'often' });
    const { output } = await until('the warning', async () => {
      const found = await check(first);
      return found.status === 'warn' && found;
    });
    expect(output).toContain('MESH_FILE: pollSeconds must be a number.');
    expect((await sender.reportOn(await sender.send(freshSummary().bytes()))).head.subject).toBe('accepted');
    file.write({});
    await until('the end of the warning', async () => (await check(first)).status === 'pass');
  });

  it('go on when the one that serves it stops', async () => {
    await first.stop();
    expect((await sender.reportOn(await sender.send(freshSummary().bytes()))).head.subject).toBe('accepted');
  });
});
