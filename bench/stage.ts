/**
 * What every benchmark runs on: a folder that is removed at the end, and an embedded PostgreSQL in it with the settings
 * of a real start. Databases and servers are made on it as they are needed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PoolConfig } from 'pg';
import { startEmbeddedPostgres } from '../src/platform/embedded-postgres';
import { openPool } from './open-pool';
import { startServer, type Server } from './start-server';

export interface Stage {
  postgresVersion: string;
  postmaster: number;
  /** The folder. */
  dataDir: string;
  /** Makes an empty database, or a copy of another. @returns how to connect to it */
  createDatabase(name: string, copyOf?: string): Promise<PoolConfig>;
  dropDatabase(name: string): Promise<void>;
  /** A server on that database; it migrates it first. */
  serve(connection: PoolConfig, options?: ServeOptions): Promise<Server>;
  /** Stops the servers that still run, then PostgreSQL, and removes the folder. */
  strike(): Promise<void>;
}

export interface ServeOptions {
  /** Where V8 leaves a CPU profile of the server when it stops. */
  profile?: string | undefined;
  /** False: searches leave no record in the audit trail. */
  audited?: boolean;
}

/** @param workers processes of each server */
export async function setStage({ workers = 1 }: { workers?: number } = {}): Promise<Stage> {
  const dataDir = mkdtempSync(join(tmpdir(), 'homeward-bench-'));
  const postgres = await startEmbeddedPostgres({ dataDir, log: () => undefined });
  const postmaster = postgres.pid();
  if (postmaster === undefined) throw new Error('the database ended at once');
  const admin = openPool(postgres.connection, 1);
  const servers = new Set<Server>();
  return {
    postgresVersion: postgres.version,
    postmaster,
    dataDir,
    async createDatabase(name, copyOf = 'template0') {
      await admin.query(`CREATE DATABASE ${name} TEMPLATE ${copyOf}`);
      return { ...postgres.connection, database: name };
    },
    async dropDatabase(name) {
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    },
    async serve(connection, { profile, audited = true } = {}) {
      const started = await startServer({ dataDir, connection, audited, workers }, profile);
      const server: Server = {
        ...started,
        async stop() {
          servers.delete(server);
          await started.stop();
        },
      };
      servers.add(server);
      return server;
    },
    async strike() {
      for (const server of [...servers]) await server.stop();
      await admin.end();
      await postgres.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
