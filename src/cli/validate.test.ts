import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aSummary } from '../../test/fixtures/summary';
import { writeXml } from '../fhir/xml/write-xml';
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
const run = (...args: string[]): Promise<number> => validate(args, {});
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

  it('prints whose each is under --json with several files', async () => {
    const paths = [file('a.json', aSummary().bytes()), file('b.json', broken())];
    expect(await run('--json', ...paths)).toBe(1);
    const told = JSON.parse(printed) as { file: string; outcome: fhir4.OperationOutcome }[];
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

  it('says which file can’t be read, and what is not FHIR', async () => {
    expect(await run(join(folder, 'nowhere.json'))).toBe(1);
    expect(complained).toBe(`homeward: ${join(folder, 'nowhere.json')} can’t be read\n`);
    expect(await run(file('notes.txt', 'not FHIR'))).toBe(1);
    expect(printed).toContain('The JSON cannot be read');
  });

  it('exits 78 where a package can’t be loaded', async () => {
    const path = file('good.json', aSummary().bytes());
    expect(await validate([path], { FHIR_PACKAGES: join(folder, 'nowhere') })).toBe(78);
    expect(complained).toContain('FHIR_PACKAGES can’t be loaded');
  });

  it('exits 64 without a file and 66 for an empty folder', async () => {
    expect([await run(), await run(folder)]).toEqual([64, 66]);
  });
});
