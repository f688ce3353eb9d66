import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { openSettingsFile, type OpenedSettings, type Secret } from './settings-file';

const schema = z.strictObject({
  url: z.string(),
  sharedKeyFile: z.string().optional(),
  sharedKey: z.string().optional(),
  mailboxes: z.array(z.strictObject({ mailbox: z.string().min(1), workflows: z.array(z.string()) })),
});

interface Settings {
  url: string;
  key: Secret | undefined;
  cert: string;
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'settings-'));
});
afterEach(() => rm(folder, { recursive: true }));

const problems: string[] = [];
async function open(
  content: unknown,
  { isSandbox = false, env = {} } = {},
): Promise<OpenedSettings<Settings>> {
  const path = join(folder, 'mesh.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return openSettingsFile({
    path,
    name: 'MESH_FILE',
    schema,
    build: (file, help): Settings => ({
      url: file.url,
      key: help.secret(file, 'sharedKey', ''),
      cert: help.path('tls/cert.pem'),
    }),
    env,
    isSandbox,
    now: Date.now,
    onProblem: (text) => problems.push(text),
  });
}

const faultsOf = (opened: OpenedSettings<Settings>): readonly string[] => (opened.ok ? [] : opened.faults);
const sound = { url: 'https://mesh', mailboxes: [{ mailbox: 'X26', workflows: [] }] };

describe('the file of a road', () => {
  it('names the place of each fault, and what would be right', async () => {
    const mailboxes = [
      { mailbox: 'X26', workflows: 'VW' },
      { workflows: [], colour: 'red' },
    ];
    expect(faultsOf(await open({ mailboxes }))).toEqual([
      'MESH_FILE: url is missing: it must be a string.',
      'MESH_FILE: mailboxes[0].workflows must be an array.',
      'MESH_FILE: mailboxes[1].mailbox is missing: it must be a string.',
      'MESH_FILE: mailboxes[1] has a member that Homeward does not know: colour.',
    ]);
  });

  it('must be JSON', async () => {
    expect(faultsOf(await open('{'))[0]).toMatch(/^MESH_FILE: cannot be read: /);
  });

  it('is relative to its own folder', async () => {
    const opened = await open(sound);
    expect(opened.ok && opened.file.current().cert).toBe(join(folder, 'tls', 'cert.pem'));
  });
});

describe('a secret', () => {
  const keyOf = async (opened: OpenedSettings<Settings>): Promise<unknown> =>
    opened.ok ? opened.file.current().key?.() : opened.faults;

  it('is in a file, without its last line feed, and is read again', async () => {
    await writeFile(join(folder, 'key'), 'secret \n');
    const opened = await open({ ...sound, sharedKeyFile: 'key' });
    expect(await keyOf(opened)).toBe('secret ');
    await writeFile(join(folder, 'key'), 'newer');
    expect(await keyOf(opened)).toBe('newer');
  });

  it('is in the environment', async () => {
    expect(await keyOf(await open({ ...sound, sharedKey: '${KEY}' }, { env: { KEY: 'k' } }))).toBe('k');
    expect(faultsOf(await open({ ...sound, sharedKey: '${KEY}' }))).toEqual([
      'MESH_FILE: sharedKey names the environment variable KEY, which is not set.',
    ]);
  });

  it('is in the file itself in a sandbox only', async () => {
    expect(await keyOf(await open({ ...sound, sharedKey: 'plain' }, { isSandbox: true }))).toBe('plain');
    const [fault] = faultsOf(await open({ ...sound, sharedKey: 'plain' }));
    expect(fault).toMatch(/^MESH_FILE: sharedKey must not be in the file itself/);
    expect(fault).not.toContain('plain');
  });

  it('must be there', async () => {
    expect(faultsOf(await open({ ...sound, sharedKeyFile: 'nowhere' }))[0]).toMatch(
      /^MESH_FILE: sharedKeyFile must name a file that the server can read: ENOENT/,
    );
  });
});

describe('a file that changes', () => {
  it('comes into use within a second; a broken one does not, and is told', async () => {
    const opened = await open(sound);
    if (!opened.ok) throw new Error(opened.faults.join());
    const seen: string[] = [];
    const stop = opened.file.watch(({ url }) => seen.push(url));
    try {
      await writeFile(join(folder, 'mesh.json'), JSON.stringify({ ...sound, url: 'https://other' }));
      await until(() => seen.length === 1);
      expect(seen).toEqual(['https://other']);
      await writeFile(join(folder, 'mesh.json'), '{}');
      await until(() => opened.file.fault() !== undefined);
      expect(opened.file.fault()?.text).toContain('MESH_FILE: url is missing');
      expect(opened.file.current().url).toBe('https://other');
      await writeFile(join(folder, 'mesh.json'), JSON.stringify(sound));
      await until(() => opened.file.fault() === undefined);
      expect(opened.file.current().url).toBe('https://mesh');
    } finally {
      stop();
    }
  });
});

async function until(holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 5_000; !holds() && Date.now() < deadline;)
    await new Promise((next) => setTimeout(next, 50));
}
