/** The lines of docs/audit.md, as an auditor pastes them: each is run by a shell, and each finds something. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';

const root = join(__dirname, '..', '..');
const page = readFileSync(join(root, 'docs', 'audit.md'), 'utf8');
const lines = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)]
  .map(([, block]) => block!)
  // The first ones say where the server is.
  .filter((block) => !block.startsWith('BASE='))
  .flatMap((block) => block.trimEnd().split('\n'));

interface Ran {
  line: string;
  code: string;
  said: string;
}

let homeward: Homeward;
let ran: Ran[];
const folder = mkdtempSync(join(tmpdir(), 'homeward-audit-page-'));
beforeAll(async () => {
  homeward = await startHomeward();
  const sample = readFileSync(join(root, 'examples', 'summary.json'));
  for (const body of [sample, aSummary().stay(7).without('Encounter').bytes()])
    await homeward.call('POST', '/FHIR/R4/Bundle', { body, token: sandboxToken() });
  ran = await inOneShell(lines);
}, 60_000);
afterAll(async () => {
  await homeward.close();
  rmSync(folder, { recursive: true, force: true });
});

const sandboxToken = (): string =>
  homeward.sign({
    scope: 'system/Bundle.crs system/AuditEvent.crs',
    ods: 'RR8',
    ttlSeconds: 600,
    sub: 'sandbox',
  });

/** What a line says is kept in a file of its own, so that one line is told from the next. */
async function inOneShell(all: readonly string[]): Promise<Ran[]> {
  const script = all
    .map(
      (line, index) =>
        `{ ${line.startsWith('#') ? 'true' : line}; } >out-${index} 2>&1; echo $? >code-${index}`,
    )
    .join('\n');
  const shell = spawn('bash', ['-c', script], {
    cwd: folder,
    env: { PATH: process.env.PATH, BASE: homeward.url, TOKEN: sandboxToken() },
  });
  await once(shell, 'close');
  const said = (name: string): string => readFileSync(join(folder, name), 'utf8').trim();
  return all.map((line, index) => ({ line, code: said(`code-${index}`), said: said(`out-${index}`) }));
}

describe('docs/audit.md', () => {
  it('shows no line with an escape of Markdown in it', () => {
    expect(page).not.toContain('\\|');
  });

  it.each(lines.filter((line) => line.startsWith('curl')))('%s', (line) => {
    const { code, said } = ran.find((each) => each.line === line)!;
    expect(code).toBe('0');
    const file = / -o (\S+)/.exec(line)?.[1];
    const text = file === undefined ? said : readFileSync(join(folder, file), 'utf8');
    if (file?.endsWith('.csv')) {
      expect(text.split('\r\n').length).toBeGreaterThan(2);
      return;
    }
    const json = JSON.parse(text) as Record<string, unknown> & { issue?: { severity: string }[] };
    if (json.resourceType === 'Bundle' && json.type === 'searchset') expect(json.total).toBeGreaterThan(0);
    for (const list of [json.rows, json.submissions]) if (list !== undefined) expect(list).not.toEqual([]);
    if (!line.endsWith('/outcome"')) expect(json.issue).toBeUndefined();
  });
});
