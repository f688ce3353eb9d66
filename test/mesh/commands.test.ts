/** `homeward mesh check` and `homeward mesh send`, as an operator and as a sender use them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../src/interfaces/cli/commands';
import { freshSummary } from '../semantics/sending';
import { startHomeward, type Homeward } from '../support/homeward';
import { startFakeMesh } from './fake-mesh';
import { describeWithSandbox, meshSandbox, type MeshSandbox } from './mesh-sandbox';
import { meshFile, openSender, type MeshFile } from './sender';

let printed: string;
let complained: string;
beforeEach(() => {
  printed = complained = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => ((printed += String(text)), true));
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => ((complained += String(text)), true));
});
afterEach(() => void jest.restoreAllMocks());

const twoMailboxes = {
  mailboxes: [
    { mailbox: 'X26ABC1', passwordFile: 'password' },
    { mailbox: 'X26ABC2', passwordFile: 'password' },
  ],
};
const address = ['--from', 'X26ABC2', '--to', 'X26ABC1', '--workflow', 'VW_SUMMARY'];

describeWithSandbox('homeward mesh', (python) => {
  let sandbox: MeshSandbox;
  let ofServer: MeshFile;
  let ofSender: MeshFile;
  let homeward: Homeward;
  let folder: string;
  const env = (): NodeJS.ProcessEnv => ({ MESH_FILE: ofSender.path });
  const file = (name: string, content: Buffer | string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'homeward-mesh-command-'));
    sandbox = await meshSandbox(python);
    await sandbox.start();
    ofServer = meshFile(sandbox.url);
    ofSender = meshFile(sandbox.url, twoMailboxes);
    homeward = await startHomeward({ MESH_FILE: ofServer.path });
  });
  afterAll(async () => {
    await homeward?.close();
    await sandbox?.remove();
    for (const each of [ofServer, ofSender]) each?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('check says of each mailbox that it is ready', async () => {
    expect(await run(['mesh', 'check'], env())).toBe(0);
    expect(printed).toBe(
      `X26ABC1: ready at ${sandbox.url}, 0 messages in the inbox\nX26ABC2: ready at ${sandbox.url}, 0 messages in the inbox\n`,
    );
  });

  it('check says of each mailbox that is not why it is not, and ends with 1', async () => {
    const wrong = file('wrong', 'a wrong password');
    ofSender.write({
      mailboxes: [{ mailbox: 'X26ABC1', passwordFile: wrong }, ...twoMailboxes.mailboxes.slice(1)],
    });
    expect(await run(['mesh', 'check'], env())).toBe(1);
    ofSender.write(twoMailboxes);
    expect(printed).toMatch(/^X26ABC2: ready at .*\n$/);
    expect(complained).toBe(
      'homeward: X26ABC1: MESH answered 403 (Invalid Authentication Token). Check the name and password of the mailbox, the shared key, and the clock of this computer.\n',
    );
  });

  it('send prints the id of the message', async () => {
    const sent = await run(['mesh', 'send', file('a.json', freshSummary().bytes()), ...address], env());
    expect(sent).toBe(0);
    expect(printed).toMatch(/^[0-9A-F]{32}\n$/);
  });

  it('send --wait prints the report, ends with 0 when accepted, and takes the report out of the inbox', async () => {
    const summary = file('right.json', freshSummary().bytes());
    expect(await run(['mesh', 'send', summary, ...address, '--wait', '--timeout', '45s'], env())).toBe(0);
    expect(printed).toMatch(/^[0-9A-F]{32}\naccepted\n✓ .*right\.json: no faults found\n$/);
    const sender = openSender(sandbox.url);
    for (const id of await sender.inbox())
      expect((await sender.mailbox.head(id, new AbortController().signal))?.fileName).not.toContain(
        printed.slice(0, 32),
      );
    sender.close();
  });

  it('send --wait ends with 1 when refused, and prints the faults', async () => {
    const summary = file('broken.json', freshSummary().without('Encounter.status').bytes());
    expect(await run(['mesh', 'send', summary, ...address, '--wait', '--timeout', '45s'], env())).toBe(1);
    expect(printed).toMatch(/^[0-9A-F]{32}\nrefused\n/);
    expect(printed).toContain('✗ error  status');
  });

  it('send --wait ends with 3 when no report comes in time', async () => {
    const summary = file('a.json', freshSummary().bytes());
    const unheard = ['--from', 'X26ABC2', '--to', 'X26ABC3', '--workflow', 'VW_SUMMARY'];
    expect(await run(['mesh', 'send', summary, ...unheard, '--wait', '--timeout', '2s'], env())).toBe(3);
    expect(complained).toBe(
      'homeward: no report came to X26ABC2 within 2s. The message may still be handled.\n',
    );
  });

  it('send ends with 2 when MESH refuses the message', async () => {
    const summary = file('a.json', freshSummary().bytes());
    const unknown = ['--from', 'X26ABC2', '--to', 'NOBODY', '--workflow', 'VW_SUMMARY'];
    expect(await run(['mesh', 'send', summary, ...unknown], env())).toBe(2);
    expect(complained).toBe('homeward: MESH answered 417 (Unregistered to address, code 12).\n');
  });
});

describe('homeward mesh without a MESH', () => {
  let mesh: MeshFile;
  beforeAll(() => {
    mesh = meshFile('http://127.0.0.1:1', twoMailboxes);
  });
  afterAll(() => mesh.remove());
  const env = (): NodeJS.ProcessEnv => ({ MESH_FILE: mesh.path });

  it('check says that nothing listens there, and ends with 1', async () => {
    expect(await run(['mesh', 'check'], env())).toBe(1);
    expect(complained).toContain(
      'homeward: X26ABC1: Cannot reach MESH at 127.0.0.1:1 (connection refused). Check url in MESH_FILE and the network.\n',
    );
  });

  it('send does not repeat a message whose answer was lost, and says how to find it', async () => {
    const fake = await startFakeMesh();
    fake.instead = ({ method }) => (method === 'POST' ? 'cut' : undefined);
    const file = meshFile(fake.url, twoMailboxes);
    const back = ['--from', 'X26ABC1', '--to', 'X26ABC2', '--workflow', 'VW_SUMMARY'];
    const sent = await run(['mesh', 'send', 'package.json', ...back], { MESH_FILE: file.path });
    file.remove();
    await fake.close();
    expect(sent).toBe(2);
    expect(fake.of('POST', /outbox$/)).toHaveLength(1);
    expect(complained).toMatch(
      /MESH may have it all the same: .* look for the local id [0-9a-f-]{36} in the tracking of X26ABC1\.\n$/,
    );
  });

  it.each<[string, string[], number, string]>([
    [
      'a mailbox that the file does not have',
      ['package.json', ...address.with(1, 'X26ABC9')],
      64,
      '--from must be a mailbox of MESH_FILE, which has X26ABC1, X26ABC2.',
    ],
    ['a file that is not there', ['nothing.json', ...address], 66, 'nothing.json cannot be read (ENOENT).'],
    [
      'a time without a unit that is known',
      ['package.json', ...address, '--timeout', 'soon'],
      64,
      '--timeout must be a number of seconds',
    ],
  ])('send refuses %s', async (_what, args, exit, sentence) => {
    expect(await run(['mesh', 'send', ...args], env())).toBe(exit);
    expect(complained).toContain(`homeward: ${sentence}`);
  });

  it('ends with 78 where MESH_FILE is not set, is missing or has a fault', async () => {
    expect(await run(['mesh', 'check'], {})).toBe(78);
    expect(complained).toBe(
      'homeward: MESH_FILE is not set. Set it to the file with the mailboxes: see docs/transports/mesh.md.\n',
    );
    expect(await run(['mesh', 'check'], { MESH_FILE: '/nowhere/mesh.json' })).toBe(78);
    mesh.write({ mailboxes: 'X26ABC1' });
    expect(await run(['mesh', 'check'], env())).toBe(78);
    expect(complained).toContain('homeward cannot start:\n  - MESH_FILE: mailboxes must be an array.\n');
  });
});
