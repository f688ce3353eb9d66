/** `homeward clients …`: the file is kept whole, and nothing is written where anything is wrong. */
import { chmod, lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ecKey } from '../../test/fixtures/tokens';
import { runClients } from './clients';

describe('homeward clients', () => {
  let folder: string;
  let file: string;
  let jwks: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'homeward-clients-'));
    file = join(folder, 'clients.json');
    jwks = join(folder, 'jwks.json');
    await writeFile(jwks, JSON.stringify({ keys: [ecKey('k').jwk] }));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const add = (id: string, ...more: string[]) =>
    runClients(
      [
        'add',
        '--id',
        id,
        '--name',
        'Ward',
        '--ods',
        'RR8',
        '--scope',
        'system/Bundle.c',
        '--jwks',
        jwks,
        ...more,
      ],
      file,
    );

  it('adds, lists, disables and enables', async () => {
    expect(await runClients(['list'], file)).toEqual({ exitCode: 0, lines: ['There is no client yet.'] });
    expect(await add('ward')).toEqual({ exitCode: 0, lines: ['Added ward.'] });
    expect(await runClients(['disable', 'ward'], file)).toMatchObject({ exitCode: 0 });
    expect((await runClients(['list'], file)).lines).toEqual(['ward\tRR8\tdisabled\tWard\tsystem/Bundle.c']);
    expect(await runClients(['enable', 'ward'], file)).toMatchObject({ exitCode: 0 });
    expect((await runClients(['list'], file)).lines).toEqual(['ward\tRR8\tenabled\tWard\tsystem/Bundle.c']);
    expect((await readdir(folder)).sort()).toEqual(['clients.json', 'jwks.json']);
  });

  it('keeps the mode of the file, and the link by which it is reached', async () => {
    await add('ward');
    await chmod(file, 0o600);
    const link = join(folder, 'link.json');
    await symlink(file, link);
    expect(await runClients(['disable', 'ward'], link)).toMatchObject({ exitCode: 0 });
    expect([(await lstat(link)).isSymbolicLink(), (await stat(file)).mode & 0o777]).toEqual([true, 0o600]);
    expect(await readFile(file, 'utf8')).toContain('"disabled": true');
  });

  it('writes nothing where there is a fault', async () => {
    await add('ward');
    const before = await readFile(file, 'utf8');
    expect(await add('ward')).toEqual({
      exitCode: 1,
      lines: ['[1].clientId is that of an earlier client too'],
    });
    expect(await add('other', '--ods', '*')).toEqual({
      exitCode: 1,
      lines: ['[1].odsCode must be the ODS code of an organisation'],
    });
    expect(await runClients(['disable', 'nobody'], file)).toMatchObject({ exitCode: 1 });
    expect(await add('other', '--unknown')).toMatchObject({ exitCode: 1 });
    expect(await readFile(file, 'utf8')).toBe(before);
  });

  it('says what it needs', async () => {
    expect(await runClients(['list'], undefined)).toEqual({
      exitCode: 1,
      lines: ['CLIENTS_FILE must be set: the file that holds the clients.'],
    });
    expect(await runClients([], file)).toMatchObject({ exitCode: 1 });
    await writeFile(file, '{');
    expect(await runClients(['list'], file)).toEqual({ exitCode: 1, lines: [`${file} is not JSON.`] });
  });
});
