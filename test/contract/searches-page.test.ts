/** The lines of docs/searches.md, run as they stand against a server with the demo's stays. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runDemo } from '../../src/interfaces/cli/demo';
import { startHomeward, type Homeward } from '../support/homeward';

const page = readFileSync(join(__dirname, '..', '..', 'docs', 'searches.md'), 'utf8');
const [start = '', ...blocks] = [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, text = '']) => text);
const queries = [...page.matchAll(/^### (.+)\n\n`([A-Z]\w+\?.+)`$/gm)].map(
  ([, purpose = '', query = '']) => [purpose, query] as const,
);

let homeward: Homeward;
let folder: string;

beforeAll(async () => {
  homeward = await startHomeward();
  folder = mkdtempSync(join(tmpdir(), 'homeward-page-'));
  await runDemo({
    stays: 3,
    seed: 1,
    base: homeward.fhir,
    out: { write: () => undefined },
    submit: async (bytes) => {
      const { status } = await homeward.call('POST', '/FHIR/R4/Bundle', { body: bytes });
      return { status, issues: 0 };
    },
  });
}, 60_000);
afterAll(async () => {
  await homeward.close();
  rmSync(folder, { recursive: true, force: true });
});

const pasted = async (lines: string): Promise<string> => {
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', lines], {
    cwd: folder,
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, BASE: homeward.fhir, TOKEN: homeward.token('system/*.rs') },
  });
  return stdout;
};

describe('docs/searches.md', () => {
  it('begins with the base, a token and the demo', () => {
    expect(start).toBe(
      'BASE=http://127.0.0.1:8080/FHIR/R4\nTOKEN=$(npx homeward token --scope "system/*.rs")\nnpx homeward demo --stays 3 --seed 1\n',
    );
    expect(blocks).toHaveLength(5);
  });

  it('finds the patient', async () => {
    expect(JSON.parse(await pasted(blocks[0]!))).toMatchObject({
      total: 1,
      entry: [{ resource: { resourceType: 'Patient', birthDate: '1952-11-05' } }],
    });
    expect(JSON.parse(await pasted(blocks[1]!))).toMatchObject({ total: 1 });
  });

  it('follows NEWS2', async () => {
    const lines = (await pasted(blocks[2]!)).trim().split('\n');
    expect(lines).toHaveLength(39);
    expect(lines[0]).toMatch(/^2025-05-04T\S+ \d+$/);
    const times = lines.map((line) => Date.parse(line.split(' ')[0]!));
    expect([...times].sort((one, other) => one - other)).toEqual(times);
  });

  it('pages to the end', async () => {
    const counts = (await pasted(blocks[3]!)).match(/^\d+/gm)!.map(Number);
    expect(counts).toEqual([200, 200, 200, 24]);
  });

  it('polls', async () => {
    expect(await pasted(blocks[4]!)).toMatch(/^Next time ask for what has come since 20\d\d-\S+Z\.\n$/);
  });

  it.each(queries)('%s: finds something', async (_purpose, query) => {
    const [type = '', rest = ''] = query.split('?');
    const patient = await idOf('Patient?birthdate=1952-11-05');
    const ids: Record<string, string> = {
      Encounter: await idOf(`Encounter?patient=${patient}`),
      Observation: await idOf(`Observation?patient=${patient}`),
      Organization: await idOf('Organization?identifier=RJ1'),
    };
    const params = new URLSearchParams(
      rest
        .replaceAll('<patient>', patient)
        .replace(/(\w+)\/<id>/g, (_match, named: string) => `${named}/${ids[named]}`),
    );
    const { json } = await homeward.call('GET', `/FHIR/R4/${type}?${params.toString()}`);
    expect(json.total).toBeGreaterThan(0);
  });

  it('has a query for each search', () => {
    expect(queries).toHaveLength(page.match(/^### /gm)!.length);
  });
});

async function idOf(path: string): Promise<string> {
  return (await homeward.call('GET', `/FHIR/R4/${path}&_count=1`)).json.entry[0].resource.id as string;
}
