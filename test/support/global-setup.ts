/**
 * Before a test run: one PostgreSQL in a folder of its own, and in it a template database with every migration
 * applied. `TEST_DATABASE_URL` names another server to use (its user must be allowed to create databases).
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import type { PoolConfig } from 'pg';
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres';
import { migrate } from '../../src/engines/store/migrate';
import { administer } from './database';
import globalTeardown, { onTeardown } from './global-teardown';
import { makeTemporaryFolder, sweepKilledRuns } from './temporary-folder';
import { connectTo, publishTestServer } from './test-server';

/** Tests need no power cut survived: they go without waiting for the disk. */
const SETTINGS = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  max_connections: '200',
  shared_buffers: '128MB',
};

const SILENT = (): void => undefined;

export default async function globalSetup(): Promise<void> {
  try {
    await sweepKilledRuns();
    const folder = makeTemporaryFolder();
    onTeardown(() => Promise.resolve(folder.remove()));
    const admin = await serverForTests(folder.path);
    const template = `homeward_template_${randomBytes(4).toString('hex')}`;
    await administer(admin, `CREATE DATABASE ${template} TEMPLATE template0`);
    onTeardown(() => administer(admin, `DROP DATABASE IF EXISTS ${template} WITH (FORCE)`));
    await migrate(connectTo(admin, template), SILENT);
    publishTestServer({ admin, template });
  } catch (error) {
    await globalTeardown(); // jest runs none after a setup that failed
    throw error;
  }
}

async function serverForTests(folder: string): Promise<PoolConfig> {
  const url = process.env['TEST_DATABASE_URL'];
  if (url) return { connectionString: url };
  const dataDir = join(folder, 'server');
  mkdirSync(dataDir);
  const postgres = await startEmbeddedPostgres({ dataDir, log: SILENT, settings: SETTINGS });
  const end = async (): Promise<void> => {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  onTeardown(end);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void end().finally(() => process.exit(130)));
  }
  return postgres.connection;
}
