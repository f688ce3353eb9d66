/** The command line as a whole: help, version, and what is refused. */
import { commands, run } from './commands';

let printed: string;
let complained: string;
beforeEach(() => {
  printed = complained = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => ((printed += String(text)), true));
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => ((complained += String(text)), true));
});
afterEach(() => jest.restoreAllMocks());

describe.each(commands.map((command) => [command.name, command] as const))('homeward %s', (name, command) => {
  const words = name.split(' ');

  it('explains each option with its default, and shows an example, on standard output', async () => {
    expect(await run([...words, '--help'], {})).toBe(0);
    expect(printed).toBe(command.help);
    expect(complained).toBe('');
    const options = printed.slice(printed.indexOf('Options:'), printed.indexOf('\nExample'));
    for (const option of options.split(/\n(?= {2}--)/).slice(1))
      expect(option).toMatch(/(Default:\s+[^.\s]|Required\.|Print this help\.)/);
    expect(printed).toMatch(new RegExp(`Examples?:\\n  .*homeward ${name}`));
    expect(printed.split('\n').filter((line) => line.length > 100 && !line.includes('npx'))).toEqual([]);
  });

  it('refuses an option that it does not know, before anything else', async () => {
    expect(await run([...words, '--bogus', 'x'], { PORT: 'wrong' })).toBe(64);
    expect(complained).toBe(`homeward: ${name} has no option --bogus.\nTry: homeward ${name} --help\n`);
  });
});

describe('homeward', () => {
  it.each([['--help'], ['-h'], ['help']])('%s lists every command', async (word) => {
    expect(await run([word], {})).toBe(0);
    for (const { name, purpose } of commands)
      expect(printed.replace(/\s+/g, ' ')).toContain(`${name} ${purpose}`);
  });

  it.each([['--version'], ['version']])('%s prints the version', async (word) => {
    expect(await run([word], {})).toBe(0);
    expect(printed).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('help COMMAND is the help of the command', async () => {
    expect(await run(['help', 'ledger', 'verify'], {})).toBe(0);
    expect(printed).toContain('Usage: homeward ledger verify');
  });

  it('a word for several commands lists them', async () => {
    expect(await run(['clients', '--help'], {})).toBe(0);
    for (const name of ['list', 'add', 'disable', 'enable']) expect(printed).toContain(`clients ${name} `);
  });

  it.each<[string, string[], string]>([
    ['an unknown command', ['verfy'], 'there is no command verfy.'],
    ['a mistyped command', ['validat'], 'there is no command validat. Did you mean validate?'],
    ['a mistyped option', ['demo', '--stay', '3'], 'demo has no option --stay. Did you mean --stays?'],
    ['an argument too many', ['serve', '9090'], 'serve takes no argument 9090.'],
    [
      'another argument too many',
      ['ledger', 'export', 'a', 'b'],
      'ledger export accepts only one FILE. Remove b.',
    ],
    ['a value that is missing', ['demo', '--stays'], '--stays needs a value: --stays N.'],
    ['an option in place of a value', ['ingest', '--ods', '--json', 'x'], '--ods needs a value: --ods CODE.'],
    ['a value of a switch', ['validate', '--json=yes', 'x'], '--json takes no value. Write it by itself.'],
    ['an option given twice', ['demo', '--seed', '1', '--seed', '2'], '--seed appears twice. Give it once.'],
    ['an option that must be given', ['retention'], '--older-than AGE must be given.'],
    [
      'a group by itself',
      ['ledger'],
      'ledger needs a command. Use one of: verify, missing, export, key, accept.',
    ],
    [
      'an unknown member of a group',
      ['clients', 'remove', 'x'],
      'clients has no command remove. Use one of: list, add, disable, enable.',
    ],
    ['a time that is none', ['token', '--ttl', 'soon'], '--ttl must be a number of seconds'],
    [
      'a scope without a SMART form',
      ['token', '--scope', 'nonsense'],
      '--scope: nonsense is not a scope that this server supports.',
    ],
    [
      'a scope of a type that R4 does not have',
      ['token', '--scope', 'system/Ward.rs'],
      '--scope: system/Ward.rs names Ward, which is not a resource type of R4.',
    ],
    ['an empty scope', ['token', '--scope', ''], '--scope: it names no scope.'],
  ])('refuses %s with 64, and says what is wrong', async (_name, argv, said) => {
    expect(await run(argv, {})).toBe(64);
    expect(complained).toContain(`homeward: ${said}`);
    expect(printed).toBe('');
  });
});
