/**
 * The drill of docs/backup.md, on demand (`npm run test:restore`; needs Debian's pgbackrest and postgresql-15): the
 * database is restored to an earlier second into another cluster, and what is missing is named by the anchors.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { serverProcess, type ServerProcess } from '../faults/server-process';
import { freshSummary } from '../semantics/sending';
import { postgresTools, writeToolCommands } from '../support/postgres-tools';
import { runLines } from '../support/run-lines';
import { root, textOf } from '../support/sources';

jest.setTimeout(600_000);

const BEFORE = 20;
const AFTER = 12;
const PGBACKREST = '/usr/bin/pgbackrest';
const tools = postgresTools();
const isAsked = process.env.RESTORE === 'long';
if (isAsked && (tools === undefined || !existsSync(PGBACKREST)))
  throw new Error('Install pgbackrest and postgresql-15 first (docs/backup.md).');
const onDemand = isAsked ? describe : describe.skip;

const blocks = [...textOf('docs/backup.md').matchAll(/^```(?:sh|ini)\n([\s\S]*?)^```/gm)].map(
  ([, block]) => block!,
);
const blockThat = (begins: string): string => blocks.find((block) => block.startsWith(begins))!;

onDemand('a restore to a point in time, into another cluster (on demand: npm run test:restore)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-restore-'));
  const [old, restored] = [join(folder, 'old'), join(folder, 'restored')];
  const anchor = join(folder, 'anchor.jsonl');
  const sent = new Map<string, Buffer>();
  const figures: Record<string, number> = { before: BEFORE, after: AFTER };
  let server: ServerProcess;
  let target = '';

  const urlIn = (cluster: string): string =>
    `postgres://homeward@/homeward?host=${encodeURIComponent(cluster)}`;

  /** Runs lines of the page, but for the places. */
  async function run(lines: string, cluster: string, env: Record<string, string> = {}) {
    const text = lines
      .replaceAll('/var/lib/postgresql/15/restored', restored)
      .replaceAll('2026-11-27 14:30:00+00', target);
    const place = { PGHOST: cluster, DATABASE_URL: urlIn(cluster), DATA_DIR: join(folder, 'command') };
    return runLines(text, { cwd: folder, programs: join(folder, 'bin'), env: { ...place, ...env } });
  }
  const done = async (lines: string, cluster: string): Promise<void> => {
    const { code, said } = await run(lines, cluster);
    expect([code, said]).toEqual([0, expect.any(String)]);
  };

  async function send(bytes: Buffer): Promise<string> {
    const token = server.sandbox.token({ scope: 'system/Bundle.c', ods: 'RR8', ttlSeconds: 600 });
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/fhir+json' };
    const answer = await fetch(`${server.url}/FHIR/R4/Bundle`, {
      method: 'POST',
      headers,
      body: new Uint8Array(bytes),
    });
    expect(answer.status).toBe(201);
    return answer.headers.get('x-submission-id')!;
  }
  async function sendSome(count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let number = 0; number < count; number += 1) {
      const bytes = freshSummary().bytes();
      const id = await send(bytes);
      sent.set(id, bytes);
      ids.push(id);
    }
    return ids;
  }
  async function ask<R>(text: string, values: unknown[] = []): Promise<R[]> {
    const client = new Client({ host: old, user: 'homeward', database: 'homeward' });
    await client.connect();
    const { rows } = await client.query(text, values);
    await client.end();
    return rows as R[];
  }
  /** Everything so far is sealed, and its heads are in the anchor. */
  async function anchored(id: string): Promise<void> {
    const isThere = (): boolean => existsSync(anchor) && readFileSync(anchor, 'utf8').includes(id);
    while (!isThere()) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  beforeAll(async () => {
    chmodSync(folder, 0o777);
    writeToolCommands(tools!, join(folder, 'bin'));
    writePgbackrest(folder, old);
    const command = `exec "${process.execPath}" -r "${root}/test/support/register-typescript.js" "${root}/src/main.ts" "$@"`;
    writeFileSync(join(folder, 'bin', 'homeward'), `#!/usr/bin/env bash\n${command}\n`, { mode: 0o755 });
    await done(`initdb -D ${old} -U homeward -E UTF8`, old);
    const archive = blockThat('archive_mode').replace('pgbackrest', join(folder, 'bin', 'pgbackrest'));
    await done(`echo "${archive}" >> ${old}/postgresql.conf`, old);
    await done(`pg_ctl -D ${old} -w start\ncreatedb -U homeward homeward`, old);
    await done(blockThat('pgbackrest --stanza=homeward stanza-create'), old);
    server = await serverProcess({ DATABASE_URL: urlIn(old), LEDGER_ANCHOR: anchor });
    await server.start();
  });
  afterAll(async () => {
    await server?.remove();
    for (const cluster of [old, restored]) await run(`pg_ctl -D ${cluster} -m immediate stop`, cluster);
    rmSync(folder, { recursive: true, force: true });
    console.log(JSON.stringify(figures));
  });

  it('names exactly what came after that moment, until it is sent again', async () => {
    const kept = await sendSome(BEFORE);
    await anchored(kept.at(-1)!);
    [{ now: target }] = (await ask<{ now: string }>(
      "SELECT to_char(clock_timestamp(), 'YYYY-MM-DD HH24:MI:SS.USOF') AS now",
    )) as [{ now: string }];
    const lost = await sendSome(AFTER);
    await anchored(lost.at(-1)!);
    // What is archived can be restored. The machine is lost after that.
    const [{ last } = { last: '' }] = await ask<{ last: string }>(
      'SELECT pg_walfile_name(pg_switch_wal()) AS last',
    );
    const archived = async (): Promise<boolean> =>
      (
        await ask<{ done: boolean }>('SELECT last_archived_wal >= $1 AS done FROM pg_stat_archiver', [last])
      )[0]!.done;
    while (!(await archived())) await new Promise((resolve) => setTimeout(resolve, 100));
    await server.end('SIGKILL');
    await run(`pg_ctl -D ${old} -m immediate stop`, old);

    const began = Date.now();
    const places = `echo "unix_socket_directories = '${restored}'" >> ${restored}/postgresql.auto.conf`;
    const [restore = '', start = ''] = blockThat('pgbackrest --stanza=homeward --type=time').split(
      '\npg_ctl',
    );
    await done(`${restore}\nrm -f ${restored}/.s.PGSQL.*\n${places}\npg_ctl${start}`, restored);
    figures.restoreSeconds = (Date.now() - began) / 1_000;

    const verified = await run(`homeward ledger verify --anchor ${anchor}`, restored);
    expect(verified).toEqual({
      code: 1,
      said: expect.stringMatching(/^FAIL[\s\S]*was anchored, but is missing now/),
    });
    const missing = await run(`homeward ledger missing ${anchor} --json`, restored);
    expect(missing.code).toBe(1);
    const found = JSON.parse(missing.said) as { submissions: { id: string; sender: string }[] };
    expect(found.submissions.map(({ id }) => id).sort()).toEqual([...lost].sort());
    expect(new Set(found.submissions.map(({ sender }) => sender))).toEqual(new Set(['RR8']));

    await server.remove();
    server = await serverProcess({ DATABASE_URL: urlIn(restored) });
    await server.start();
    for (const id of lost) await send(sent.get(id)!);
    const after = await run(`homeward ledger missing ${anchor}`, restored);
    expect(after.said).toContain(`0 accepted submissions are missing. ${AFTER} were sent again.`);
    expect(after.code).toBe(0);
    expect(await run('homeward ledger verify', restored)).toEqual({
      code: 0,
      said: expect.stringMatching(/^PASS: \d+ records/m),
    });
  });
});

/** The repository and the stanza of the page, in the test's folder, and the program as the account of the clusters. */
function writePgbackrest(folder: string, cluster: string): void {
  for (const name of ['repository', 'spool', 'locks', 'logs', 'command']) {
    mkdirSync(join(folder, name));
    chmodSync(join(folder, name), 0o777);
  }
  const configuration = blockThat('[global]')
    .replace('/backup/pgbackrest', join(folder, 'repository'))
    .replace('/var/lib/postgresql/15/homeward', cluster);
  const more = `pg1-socket-path=${cluster}\npg1-user=homeward\npg1-database=postgres\n`;
  const places = ['lock-path=locks', 'log-path=logs', 'spool-path=spool']
    .map((line) => line.replace('=', `=${folder}/`))
    .join('\n');
  const path = join(folder, 'pgbackrest.conf');
  writeFileSync(path, configuration.replace('[global]', `[global]\n${places}`) + more);
  // PostgreSQL archives as its own account already.
  const line = `exec "$\{as[@]}" ${PGBACKREST} --config=${path} "$@"`;
  writeFileSync(
    join(folder, 'bin', 'pgbackrest'),
    `#!/usr/bin/env bash
as=(env)
if [ "$(id -u)" = 0 ]; then as=(setpriv --reuid=65534 --regid=65534 --clear-groups); fi
${line}
`,
    { mode: 0o755 },
  );
}
