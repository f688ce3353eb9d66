import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aSummary } from '../../../test/fixtures/summary';
import { writeXml } from '../../fhir/xml/write-xml';
import { validate } from './validate';

let folder: string;
let printed: string;
let complained: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'homeward-validate-'));
  printed = complained = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => ((printed += String(text)), true));
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => ((complained += String(text)), true));
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, content: Buffer | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
const run = (...args: string[]): Promise<number> => validate.run(args, {});
const broken = (): Buffer => aSummary().without('Encounter.status').bytes();

describe('homeward validate', () => {
  it('finds no fault in a valid summary, as JSON or XML, and exits 0', async () => {
    const json = file('good.json', aSummary().bytes());
    const xml = file('good.xml', writeXml(aSummary().build()));
    expect(await run(json)).toBe(0);
    expect(await run(xml)).toBe(0);
    expect(printed).toBe(`✓ ${json}: no faults found\n✓ ${xml}: no faults found\n`);
  });

  it('exits 1 where there is a fault, and says where', async () => {
    expect(await run(file('broken.json', broken()))).toBe(1);
    expect(printed).toContain('  Entry 2 · Encounter\n    ✗ error  status\n');
    expect(printed).toContain('✗ not valid: 1 error');
  });

  it('takes a warning for an error under --strict', async () => {
    const path = file('final.json', aSummary().with('Encounter.status', 'final').bytes());
    expect([await run(path), await run('--strict', path)]).toEqual([0, 1]);
  });

  it('prints the OperationOutcome under --json', async () => {
    expect(await run('--json', file('broken.json', broken()))).toBe(1);
    expect(JSON.parse(printed)).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'error', expression: ['Bundle.entry[2].resource.status'] }],
    });
  });

  it('prints a line of JSON for each of several files under --json, and says whose it is', async () => {
    const paths = [file('a.json', aSummary().bytes()), file('b.json', broken())];
    expect(await run('--json', ...paths)).toBe(1);
    const told = printed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { file: string; outcome: fhir4.OperationOutcome });
    expect(told.map(({ file: path, outcome }) => [path, outcome.issue[0]?.severity])).toEqual([
      [paths[0], 'information'],
      [paths[1], 'error'],
    ]);
  });

  it('goes through folders, and counts', async () => {
    mkdirSync(join(folder, 'inner'));
    file('b.json', broken());
    file('inner/a.xml', writeXml(aSummary().build()));
    file('notes.txt', 'not FHIR');
    expect(await run(folder)).toBe(1);
    expect(printed).toMatch(/b\.json[\s\S]*a\.xml[\s\S]*\n2 files: 1 valid, 1 not\n$/);
  });

  it('reads no more of a file than MAX_BODY_BYTES, so that a device ends too', async () => {
    const large = file('large.json', `${' '.repeat(4096)}{}`);
    expect(await validate.run([large, '/dev/zero'], { MAX_BODY_BYTES: '4096' })).toBe(66);
    expect(complained).toBe(
      `homeward: ${large} is larger than MAX_BODY_BYTES (4096).\nhomeward: /dev/zero is larger than MAX_BODY_BYTES (4096).\n`,
    );
  });

  it('exits 66 for a file that cannot be read, and 1 where another is refused beside it', async () => {
    const nowhere = join(folder, 'nowhere.json');
    expect(await run(nowhere)).toBe(66);
    expect(complained).toBe(`homeward: ${nowhere} cannot be read (ENOENT).\n`);
    expect(await run(nowhere, file('good.json', aSummary().bytes()))).toBe(66);
    expect(await run(nowhere, file('broken.json', broken()))).toBe(1);
  });

  it.each([
    ['what is not FHIR', 'not FHIR', 'The JSON cannot be read'],
    ['a resource that is no Bundle', '{"resourceType":"Patient"}', 'The body is not a Bundle'],
    [
      'a Bundle of search results',
      '{"resourceType":"Bundle","type":"searchset"}',
      'Bundle\n    ✗ error  type',
    ],
    ['an empty collection', '{"resourceType":"Bundle","type":"collection"}', '✗ not valid'],
    [
      'a batch with a faulty entry',
      '{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Practitioner","gender":"x"},"request":{"method":"POST","url":"Practitioner"}}]}',
      '✗ error  gender',
    ],
  ])('refuses %s, as submitting does', async (_name, text, said) => {
    expect(await run(file('sent.json', text))).toBe(1);
    expect(printed).toContain(said);
  });

  it('judges any resource by R4 alone under --r4', async () => {
    expect(await run('--r4', file('patient.json', '{"resourceType":"Patient","gender":"male"}'))).toBe(0);
    expect(await run('--r4', file('empty.json', '{"resourceType":"Bundle","type":"collection"}'))).toBe(0);
    expect(await run('--r4', file('wrong.json', '{"resourceType":"Patient","gender":"x"}'))).toBe(1);
  });

  it('honours HANDLING and NHS_NUMBER_TEST_RANGE', async () => {
    const repaired = file('final.json', aSummary().with('Encounter.status', 'final').bytes());
    expect(await validate.run([repaired], { HANDLING: 'strict' })).toBe(1);
    const good = file('good.json', aSummary().bytes());
    expect(await validate.run([good], { NHS_NUMBER_TEST_RANGE: 'refuse' })).toBe(1);
  });

  it('exits 78 where a package can’t be loaded', async () => {
    const path = file('good.json', aSummary().bytes());
    expect(await validate.run([path], { FHIR_PACKAGES: join(folder, 'nowhere') })).toBe(78);
    expect(complained).toContain('FHIR_PACKAGES can’t be loaded');
  });

  it('exits 64 without a file and 66 for an empty folder', async () => {
    expect([await run(), await run(folder)]).toEqual([64, 66]);
    expect(complained).toContain(`homeward: The folder ${folder} has no .json or .xml file.\n`);
  });
});
