/** `homeward clients …`: the file is kept whole, and nothing is written where anything is wrong. */
import { chmod, lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ecKey } from '../../../test/fixtures/tokens';
import { run } from './commands';

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

  /** What was said on either stream, without the hint on where the help is. */
  async function clients(args: readonly string[], path: string | undefined = file) {
    let said = '';
    const keep = (text: unknown): boolean => ((said += String(text)), true);
    const streams = [process.stdout, process.stderr].map((each) =>
      jest.spyOn(each, 'write').mockImplementation(keep),
    );
    // An embedded database that is not there: the change is recorded by a server later.
    const env = { DATA_DIR: join(folder, 'data'), ...(path === undefined ? {} : { CLIENTS_FILE: path }) };
    const code = await run(['clients', ...args], env).finally(() => {
      for (const each of streams) each.mockRestore();
    });
    const hint = 'The audit trail will record the change when a server reads the file.\n';
    return [code, said.replace(hint, '').replace(/^Try: .*\n/m, '')];
  }

  const add = (id: string, given: Record<string, string> = {}) =>
    clients([
      'add',
      ...Object.entries({ id, name: 'Ward', ods: 'RR8', scope: 'system/Bundle.c', jwks, ...given }).flatMap(
        ([option, value]) => [`--${option}`, value],
      ),
    ]);

  it('adds, lists, disables and enables', async () => {
    expect(await clients(['list'])).toEqual([0, 'There is no client yet.\n']);
    expect(await add('ward')).toEqual([0, `Added ward to ${file}.\n`]);
    expect(await clients(['disable', 'ward'])).toEqual([
      0,
      'Disabled ward. It gets no more tokens, and the server refuses its current tokens.\n',
    ]);
    expect(await clients(['list'])).toEqual([0, 'ward\tRR8\tdisabled\tWard\tsystem/Bundle.c\n']);
    expect(await clients(['enable', 'ward'])).toEqual([0, 'Enabled ward. It can get tokens again.\n']);
    expect(await clients(['list'])).toEqual([0, 'ward\tRR8\tenabled\tWard\tsystem/Bundle.c\n']);
    expect((await readdir(folder)).sort()).toEqual(['clients.json', 'jwks.json']);
  });

  it('keeps the mode of the file, and the link by which it is reached', async () => {
    await add('ward');
    await chmod(file, 0o600);
    const link = join(folder, 'link.json');
    await symlink(file, link);
    expect((await clients(['disable', 'ward'], link))[0]).toBe(0);
    expect([(await lstat(link)).isSymbolicLink(), (await stat(file)).mode & 0o777]).toEqual([true, 0o600]);
    expect(await readFile(file, 'utf8')).toContain('"disabled": true');
  });

  it.each<[string, Record<string, string>, number, string]>([
    ['an id that is taken', { id: 'ward' }, 64, '--id ward is already in the file. Choose another id.'],
    ['a wrong ODS code', { ods: '*' }, 64, '--ods must be the ODS code of an organisation.'],
    [
      'a scope of an unknown type',
      { scope: 'system/Bundle.c system/Patients.rs' },
      64,
      '--scope: system/Patients.rs names Patients, which is not a resource type of R4. Did you mean Patient?',
    ],
    ['an unknown option', { unknown: 'x' }, 64, 'clients add has no option --unknown.'],
    [
      'keys that are not there',
      { jwks: '/nowhere/jwks.json' },
      66,
      '--jwks: /nowhere/jwks.json cannot be read (ENOENT).',
    ],
  ])('writes nothing for %s, and names the option', async (_name, given, code, said) => {
    await add('ward');
    const before = await readFile(file, 'utf8');
    expect(await add('other', given)).toEqual([code, `homeward: ${said}\n`]);
    expect(await readFile(file, 'utf8')).toBe(before);
  });

  it('names every option that is missing', async () => {
    expect(await clients(['add', '--id', 'x'])).toEqual([
      64,
      'homeward: --name NAME, --ods CODE, --scope "SCOPES" must be given.\n',
    ]);
  });

  it('says that an id is unknown, that the file is not set, and what is wrong in it', async () => {
    expect(await clients(['disable', 'nobody'])).toEqual([
      64,
      `homeward: No client in ${file} has the id nobody. See: homeward clients list\n`,
    ]);
    expect((await clients(['list'], ''))[0]).toBe(78);
    await writeFile(file, '{');
    expect(await clients(['list'])).toEqual([78, `homeward: ${file} is not JSON.\n`]);
    await writeFile(file, '[{"clientId":"a"}]');
    expect((await clients(['list']))[1]).toContain(`homeward: ${file}[0].name must be a string`);
  });
});
