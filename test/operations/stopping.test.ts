/** Signals, at any moment: everything ends, PostgreSQL too. And commands beside a running server of the same data. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../src/interfaces/cli/commands';
import { testIssuer } from '../support/test-issuer';

jest.setTimeout(120_000);

const ROOT = join(__dirname, '..', '..');
const folders: string[] = [];
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-stopping-'));
  folders.push(folder);
  return folder;
};
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

interface Started {
  /** Resolves once the text has been printed. */
  prints(text: string): Promise<void>;
  /** @returns the exit code, or the signal's name where the process died of it */
  end(signal: NodeJS.Signals): Promise<number | string | null>;
  output(): string;
}

function start(dataDir: string, ...argv: string[]): Started {
  return startWith({}, dataDir, ...argv);
}

function startWith(env: NodeJS.ProcessEnv, dataDir: string, ...argv: string[]): Started {
  const child: ChildProcess = spawn(
    process.execPath,
    ['-r', join(ROOT, 'test/support/register-typescript.js'), join(ROOT, 'src/main.ts'), ...argv],
    {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, PORT: '0', DATA_DIR: dataDir, ...env },
    },
  );
  let output = '';
  const keep = (chunk: Buffer): void => void (output += chunk.toString('utf8'));
  child.stdout!.on('data', keep);
  child.stderr!.on('data', keep);
  return {
    output: () => output,
    prints: async (text) => {
      while (!output.includes(text)) {
        if (child.exitCode !== null) throw new Error(`it ended without printing “${text}”: ${output}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    end: async (signal) => {
      const ended = once(child, 'close');
      child.kill(signal);
      await ended;
      return child.exitCode ?? child.signalCode;
    },
  };
}

/** Command lines of processes that work on the folder. */
const processesOn = (folder: string): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return command.includes(folder) ? [command] : [];
      } catch {
        return [];
      }
    });

const onLinux = existsSync('/proc/self/cmdline') ? describe : describe.skip;

onLinux('a server that is stopped', () => {
  it.each<[string, NodeJS.Signals, string]>([
    ['while its database is made', 'SIGTERM', 'making the database'],
    ['while migrations run', 'SIGHUP', 'migrations applied'],
  ])('%s ends with 0, and leaves nothing running', async (_name, signal, moment) => {
    const folder = newFolder();
    const server = start(folder, 'serve');
    await server.prints(moment);
    expect(await server.end(signal)).toBe(0);
    expect(processesOn(folder)).toEqual([]);
    expect(server.output()).toMatch(/Homeward has stopped\.\n$/);
    expect(server.output()).not.toMatch(/"level":"(warn|error)"| at /);
  });

  it('as a command that was interrupted ends with what a shell expects', async () => {
    const folder = newFolder();
    const command = start(folder, 'demo', '--stays', '500');
    while (!existsSync(join(folder, 'postgres', 'postmaster.pid')))
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await command.end('SIGINT')).toBe(130);
    expect(processesOn(folder)).toEqual([]);
    expect(command.output()).not.toMatch(/ at /);
  });
});

onLinux('a command that waits for its input', () => {
  let writer: number | undefined;
  // A command that did not end reads to the end now.
  afterEach(() => {
    if (writer !== undefined) closeSync(writer);
    writer = undefined;
  });

  /** Opens the pipe when the command has opened it, and writes nothing. */
  async function openWhenRead(pipe: string): Promise<number> {
    for (;;)
      try {
        return openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
  }

  it.each<[string, NodeJS.Signals, number, string[]]>([
    ['validate', 'SIGTERM', 143, ['validate']],
    ['ledger verify', 'SIGINT', 130, ['ledger', 'verify', '--export']],
    ['audit-months verify', 'SIGHUP', 129, ['audit-months', 'verify']],
  ])('%s ends at a signal although a pipe gives nothing', async (_name, signal, code, argv) => {
    const folder = newFolder();
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const command = start(folder, ...argv, pipe);
    writer = await openWhenRead(pipe);
    expect(await command.end(signal)).toBe(code);
    expect(command.output()).toBe('');
  });
});

onLinux('a call of the file system that hangs, as on a network share', () => {
  it('does not keep a server from ending', async () => {
    const folder = newFolder();
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const hanging = join(folder, 'hanging.js');
    writeFileSync(
      hanging,
      `if (process.argv.includes('serve')) require('fs').readFile(${JSON.stringify(pipe)}, () => undefined);`,
    );
    const server = startWith({ WORKERS: '1', NODE_OPTIONS: `--require ${hanging}` }, folder, 'serve');
    await server.prints('"ready"');
    // A server that does not end goes on when the pipe has another end.
    const release = setTimeout(() => closeSync(openSync(pipe, constants.O_WRONLY)), 20_000);
    expect(await server.end('SIGTERM')).toBe('SIGTERM');
    clearTimeout(release);
    expect(server.output()).toMatch(/Homeward has stopped\.\n$/);
    expect(processesOn(folder)).toEqual([]);
  });
});

onLinux('a secured server', () => {
  it('prints JSON lines and nothing else, from start to stopped', async () => {
    const folder = newFolder();
    const { env } = await testIssuer(folder);
    const server = startWith(env, folder, 'serve');
    await server.prints('"ready"');
    expect(await server.end('SIGTERM')).toBe(0);
    const lines = server.output().trim().split('\n');
    const messages = lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect([messages[0], ...messages.slice(-3)]).toEqual(['start', 'ready', 'stopping', 'stopped']);
  });
});

onLinux('beside a running server', () => {
  const folder = newFolder();
  const env = { DATA_DIR: folder, DATABASE_MAX_CONNECTIONS: '4' };
  let server: Started;

  beforeAll(async () => {
    server = start(folder, 'serve');
    await server.prints('"ready"');
  });

  const ran = async (...argv: string[]): Promise<{ code: number; said: string }> => {
    const said = [
      jest.spyOn(process.stdout, 'write').mockReturnValue(true),
      jest.spyOn(process.stderr, 'write').mockReturnValue(true),
    ];
    try {
      const code = await run(argv, env);
      return { code, said: said.flatMap((each) => each.mock.calls.map(([text]) => String(text))).join('') };
    } finally {
      for (const each of said) each.mockRestore();
    }
  };

  it('an export of the ledger replaces no file, and follows no link', async () => {
    const [anchor, link] = [join(folder, 'anchor.jsonl'), join(folder, 'link.jsonl')];
    writeFileSync(anchor, 'heads\n');
    symlinkSync(join(folder, 'nowhere.jsonl'), link);
    for (const path of [anchor, link])
      expect(await ran('ledger', 'export', path)).toEqual({
        code: 66,
        said: expect.stringContaining(`${path} exists. An export replaces no file`),
      });
    expect(readFileSync(anchor, 'utf8')).toBe('heads\n');
    expect(existsSync(join(folder, 'nowhere.jsonl'))).toBe(false);
  });

  it.each<[string[], RegExp]>([
    [['migrate'], /up to date/],
    [['demo', '--stays', '1'], /1 virtual ward stay/],
    [['ingest', join(ROOT, 'examples', 'short-summary.json')], /1 stored/],
    [['token', '--scope', 'system/Patient.rs'], /^ey/],
    [['ledger', 'export', join(folder, 'export.jsonl')], /exported/],
    [['ledger', 'verify'], /^PASS/],
  ])('%s works on its database', async (argv, said) => {
    expect(await ran(...argv)).toEqual({ code: 0, said: expect.stringMatching(said) });
  });

  it('what the commands did is in the audit trail, under the name of whoever ran them', async () => {
    const { said: token } = await ran('token', '--scope', 'system/AuditEvent.rs');
    const [, url] = /listening {2}(\S+)/.exec(server.output()) ?? [];
    const answer = await fetch(`${url}/AuditEvent?_count=200`, {
      headers: { Authorization: `Bearer ${token.trim()}` },
    });
    const { entry } = (await answer.json()) as {
      entry: { resource: { subtype?: { code: string }[]; agent: { name?: string }[] } }[];
    };
    const done = entry.map(({ resource }) => resource.subtype?.[0]?.code);
    for (const each of ['$token', '$ledger-export', '$ledger-verify']) expect(done).toContain(each);
    const [made] = entry.filter(({ resource }) => resource.subtype?.[0]?.code === '$token');
    expect(made?.resource.agent.map(({ name }) => name)).toContain('cli');
    expect(made?.resource.agent.length).toBe(3);
  });

  it('which then stops without a warning, and says so last', async () => {
    expect(await server.end('SIGTERM')).toBe(0);
    expect(processesOn(folder)).toEqual([]);
    expect(server.output()).toMatch(/"msg":"stopped"\}\nHomeward has stopped\.\n$/);
    expect(server.output()).not.toMatch(/"level":"(warn|error)"/);
  });
});
