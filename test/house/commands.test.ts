/** What a command says where Node.js is too old or the database is not available: one line, and nothing of what it was given. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');

it('a Node.js that is too old is named in one line, and nothing is loaded', () => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      '-e',
      "Object.defineProperty(process.versions, 'node', { value: '18.20.4' }); require('./bin/homeward.js')",
    ],
    { cwd: root, encoding: 'utf8' },
  );
  expect([status, stderr]).toEqual([78, 'homeward: this is Node.js 18.20.4. Install Node.js 20 or later.\n']);
});

it('a command tells in one line that the database is not available, without its password', () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-command-'));
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    ['-r', './test/support/register-typescript.js', 'src/main.ts', 'ledger', 'key'],
    {
      cwd: root,
      encoding: 'utf8',
      env: {
        ...process.env,
        DATA_DIR: folder,
        DATABASE_URL: 'postgres://homeward:topsecret@127.0.0.1:1/homeward',
      },
    },
  );
  rmSync(folder, { recursive: true, force: true });
  expect([status, stdout, stderr]).toEqual([
    69,
    '',
    'homeward: cannot reach the database at 127.0.0.1:1 (connection refused). Check that PostgreSQL is running and that DATABASE_URL is right.\n',
  ]);
});
