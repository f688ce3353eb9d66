/**
 * The lines that README and the documentation print for a shell (```sh), run in order beside a running server, as a
 * person pastes them. Only the port is another one. What is not run is in a table below, with the reason.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverProcess, type ServerProcess } from '../faults/server-process';
import { runLines } from '../support/run-lines';
import { filesIn, root, textOf } from '../support/sources';

jest.setTimeout(120_000);

/** By the first line of the block. */
const notRun: Readonly<Record<string, string>> = {
  'npm ci && npm start': 'it starts the server that is running here already',
  'npm ci && npm test': 'it runs tests',
  'npm ci\nnpx jest': 'it runs tests',
  'npm run migration': 'played by test/recipes/recipes.test.ts',
  'npm run docs': 'played by test/recipes/recipes.test.ts',
  'npm run bench:flame': 'it needs a profile; test/performance/flame-graph.test.ts draws one',
  'pg_basebackup -h db.example': 'run by test/operations/backup.test.ts',
  'pg_dump -h db.example': 'run by test/operations/backup.test.ts',
  'OTEL_EXPORTER_OTLP_ENDPOINT=': 'it starts a server; run by test/operations/traces.test.ts',
  'INBOX_DIR=/srv/homeward/inbox': 'a setting; test/folder/ and test/operations/try-it.test.ts use it',
  'install -d -o': 'it needs the accounts of senders',
  'cp examples/summary.json /srv/homeward': 'run by test/operations/try-it.test.ts, in another folder',
  'MESH_FILE=mesh.json npx homeward mesh': 'run by test/mesh/commands.test.ts',
  'HL7V2_FILE=examples/hl7v2.json npm start': 'it starts a server; run by test/hl7v2/documented.test.ts',
  "node -e '\n  const text = require": 'it needs that server; run by test/hl7v2/documented.test.ts',
  'pgbackrest --stanza=homeward': 'run by test/operations/restore.test.ts',
  'deploy/patroni/loopback.sh': 'run by test/faults/fail-over.test.ts',
  'kill -9 $(cat /var/tmp/homeward-cluster': 'done by test/faults/fail-over.test.ts',
  'initdb -D /var/lib/postgresql/new': 'run by test/operations/backup.test.ts',
};

/** Has more than one server: run by test/operations/try-it.test.ts. */
const TRY_IT = 'docs/transports/try-it.md';
const pages = ['README.md', 'SECURITY.md', ...filesIn('docs', '.md').filter((page) => page !== TRY_IT)];
const blocksOf = (page: string): string[] =>
  [...textOf(page).matchAll(/^( *)```sh\n([\s\S]*?)^ *```/gm)].map(([, indent = '', block = '']) =>
    block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );
const reasonOf = (block: string): string | undefined =>
  Object.entries(notRun).find(([start]) => block.startsWith(start))?.[1];
const runnable = pages.flatMap((page) => {
  const blocks = blocksOf(page).filter((block) => reasonOf(block) === undefined);
  return blocks.length === 0 ? [] : [{ page, blocks }];
});

const hasTools = ['bash', 'curl'].every((tool) => spawnSync(tool, ['--version']).status === 0);
const where = hasTools ? describe : describe.skip;

where('beside a running server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-lines-'));
  const dataDir = join(folder, '.homeward');
  let server: ServerProcess;

  beforeAll(async () => {
    mkdirSync(dataDir);
    mkdirSync(join(folder, 'bin'));
    symlinkSync(join(root, 'examples'), join(folder, 'examples'));
    const command = `"${process.execPath}" -r "${root}/test/support/register-typescript.js" "${root}/src/main.ts"`;
    script('homeward', `exec ${command} "$@"`);
    script('npx', `shift\nexec ${command} "$@"`);
    script('curl', 'PATH=${PATH#*:}\nexec curl --fail-with-body "$@"');
    if (spawnSync('jq', ['--version']).status !== 0) script('jq', 'cat > /dev/null');
    server = await serverProcess({ LOG_LEVEL: 'info' }, dataDir);
    await server.start();
  });
  afterAll(async () => {
    await server.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  function script(name: string, text: string): void {
    const path = join(folder, 'bin', name);
    writeFileSync(path, `#!/usr/bin/env bash\n${text}\n`);
    chmodSync(path, 0o755);
  }

  /** All the blocks of a page in one shell, which ends at the first line that fails. */
  async function pasted(blocks: readonly string[]): Promise<{ code: number | null; said: string }> {
    writeFileSync(join(folder, 'homeward.log'), server.output());
    const text = blocks
      .join('\n')
      .replaceAll('http://127.0.0.1:8080', server.url)
      // A line that is to be refused says so in a comment before it.
      .replaceAll(/^# Answered (4\d\d):\n(curl .*)$/gm, "$2 --no-fail-with-body -w '%{http_code}' | grep $1");
    const programs = join(folder, 'bin');
    const { code, said } = await runLines(text, { cwd: folder, programs, env: { DATA_DIR: dataDir } });
    return { code, said: code === 0 ? said : said.slice(-2_000) };
  }

  it.each(runnable.map(({ page, blocks }) => [page, blocks] as const))(
    'the lines of %s work',
    async (_page, blocks) => {
      expect(await pasted(blocks)).toEqual({ code: 0, said: expect.any(String) });
    },
  );

  it('the line that demo prints finds the document of its first patient', async () => {
    const { said } = await pasted(['npx homeward demo --stays 1 --seed 1']);
    const line = said.split('\n').find((each) => each.startsWith('curl ')) ?? '';
    expect(await pasted([line])).toEqual({ code: 0, said: expect.stringMatching(/"total": [1-9]/) });
  });
});

it('every block that is not run is one that is printed', () => {
  const blocks = pages.flatMap(blocksOf);
  const unused = Object.keys(notRun).filter((start) => !blocks.some((block) => block.startsWith(start)));
  expect(unused).toEqual([]);
});
