/**
 * The lines of docs/backup.md, run with PostgreSQL's own programs where this machine has them: a physical backup, a dump
 * into the same cluster, and one into another cluster.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverProcess, type ServerProcess } from '../faults/server-process';
import { aSummary } from '../fixtures/summary';
import { postgresTools, writeToolCommands } from '../support/postgres-tools';
import { runLines } from '../support/run-lines';
import { root, textOf } from '../support/sources';

jest.setTimeout(180_000);

const blocks = [...textOf('docs/backup.md').matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block]) => block!);
const blockThat = (begins: string): string => blocks.find((block) => block.startsWith(begins))!;

const tools = postgresTools();
const withTools = tools === undefined ? describe.skip : describe;

withTools('docs/backup.md', () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-backup-'));
  const [old, base, fresh] = [join(folder, 'old'), join(folder, 'base'), join(folder, 'new')];
  let server: ServerProcess;
  let dataDir: string;

  const urlIn = (cluster: string, database = 'homeward'): string =>
    `postgres://homeward@/${database}?host=${encodeURIComponent(cluster)}`;

  /** Runs the lines as they are printed, but for the places: whose cluster is meant, and where files are. */
  async function run(lines: string, cluster: string, database?: string) {
    const text = lines
      .replaceAll('-h db.example', `-h ${old}`)
      .replaceAll('/var/lib/postgresql/new', fresh)
      .replaceAll('/backup/base', base)
      // Root runs the programs as another account than postgres here.
      .replaceAll('--auth-local=peer', '--auth-local=trust');
    const env = {
      PGHOST: cluster,
      PGUSER: 'postgres',
      DATABASE_URL: urlIn(cluster, database),
      DATA_DIR: dataDir,
    };
    return runLines(text, { cwd: folder, programs: join(folder, 'bin'), env });
  }

  const passed = { code: 0, said: expect.stringMatching(/^PASS: \d+ records/m) };

  beforeAll(async () => {
    chmodSync(folder, 0o777);
    writeToolCommands(tools!, join(folder, 'bin'));
    const command = `exec "${process.execPath}" -r "${root}/test/support/register-typescript.js" "${root}/src/main.ts" "$@"`;
    writeFileSync(join(folder, 'bin', 'homeward'), `#!/usr/bin/env bash\n${command}\n`, { mode: 0o755 });
    dataDir = mkdtempSync(join(tmpdir(), 'homeward-backup-node-'));
    // Its transaction numbers are far beyond those of a new cluster, as those of any real one are.
    const made = await run(
      `initdb -D ${old} -U homeward -E UTF8
      pg_ctl -D ${old} -w start
      createdb -U homeward homeward
      psql -U homeward -d homeward -qc 'CREATE ROLE replicator REPLICATION LOGIN'
      psql -U homeward -d homeward -qc 'DO $$ BEGIN FOR i IN 1..20000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$'`,
      old,
    );
    expect(made).toMatchObject({ code: 0 });
    server = await serverProcess({ DATABASE_URL: urlIn(old) }, dataDir);
    await server.start();
    const token = server.sandbox.token({
      scope: 'system/Bundle.c system/AuditEvent.rs',
      ods: 'RR8',
      ttlSeconds: 600,
    });
    const headers = { Authorization: `Bearer ${token}` };
    const sent = await fetch(`${server.url}/FHIR/R4/Bundle`, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/fhir+json' },
      body: new Uint8Array(aSummary().bytes()),
    });
    expect(sent.status).toBe(201);
    const proof = `${server.url}/submissions/${sent.headers.get('x-submission-id')}/proof`;
    const isPending = async (): Promise<boolean> =>
      (await (await fetch(proof, { headers })).text()).includes('"pending"');
    while (await isPending()) await new Promise((resolve) => setTimeout(resolve, 100));
    await server.end('SIGTERM');
  });
  afterAll(async () => {
    for (const cluster of [old, base, fresh]) await run(`pg_ctl -D ${cluster} -m immediate stop`, cluster);
    await server.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('a dump restored into the same cluster verifies', async () => {
    const { code, said } = await run(blockThat('pg_dump'), old);
    expect([code, said]).toEqual([0, '']);
    expect(await run('homeward ledger verify', old, 'homeward_restored')).toEqual(passed);
  });

  it('a dump restored into another cluster is refused, until its transaction numbers are lifted, and then verifies', async () => {
    const lines = blockThat('initdb').replace(
      /^pg_restore .*$/m,
      (restored) => `${restored}\nhomeward ledger verify || echo "refused with $?"`,
    );
    const { code, said } = await run(lines, fresh);
    expect(said).toMatch(/restored into another PostgreSQL cluster[\s\S]*pg_resetwal --epoch=1/);
    expect(said).toContain('refused with 78');
    expect({ code, said }).toEqual(passed);
  });

  it('a physical backup, put in the place of the data directory, verifies', async () => {
    expect(await run(blockThat('pg_basebackup'), old)).toMatchObject({ code: 0 });
    // The sockets of these clusters are in their folders, which no real one's is.
    const socket = `rm ${base}/.s.PGSQL.*\necho "unix_socket_directories = '${base}'" >> ${base}/postgresql.conf`;
    await run(`pg_ctl -D ${old} -w stop\n${socket}\npg_ctl -D ${base} -w start`, base);
    expect(await run('homeward ledger verify', base)).toEqual(passed);
  });
});
