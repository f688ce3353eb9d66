/**
 * What every benchmark runs on: a folder that is removed at the end, and an embedded PostgreSQL in it with the settings
 * of a real start. Databases and servers are made on it as they are needed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PoolConfig } from 'pg';
import { startEmbeddedPostgres } from '../src/platform/embedded-postgres';
import { openGivenPostgres } from './given-postgres';
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

/**
 * @param workers processes of each server
 * @param postgres the address of a PostgreSQL to use in place of an embedded one
 */
export async function setStage({
  workers = 1,
  postgres: url,
}: { workers?: number; postgres?: string | undefined } = {}): Promise<Stage> {
  const dataDir = mkdtempSync(join(tmpdir(), 'homeward-bench-'));
  const postgres = await (url === undefined ? embedded(dataDir) : given(url));
  const admin = openPool(postgres.connection, 1);
  const servers = new Set<Server>();
  const databases = new Set<string>();
  return {
    postgresVersion: postgres.version,
    postmaster: postgres.postmaster,
    dataDir,
    async createDatabase(name, copyOf = 'template0') {
      await admin.query(`CREATE DATABASE ${name} TEMPLATE ${copyOf}`);
      databases.add(name);
      return { ...postgres.connection, database: name };
    },
    async dropDatabase(name) {
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      databases.delete(name);
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
      // An embedded PostgreSQL goes away with its folder.
      if (url !== undefined)
        for (const name of databases) await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await admin.end();
      await postgres.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

interface Postgres {
  connection: PoolConfig;
  version: string;
  postmaster: number;
  stop(): Promise<void>;
}

async function embedded(dataDir: string): Promise<Postgres> {
  const postgres = await startEmbeddedPostgres({ dataDir, log: () => undefined });
  const postmaster = postgres.pid();
  if (postmaster === undefined) throw new Error('the database ended at once');
  return {
    connection: postgres.connection,
    version: postgres.version,
    postmaster,
    stop: () => postgres.stop(),
  };
}

const given = async (url: string): Promise<Postgres> => ({
  ...(await openGivenPostgres(url)),
  stop: async () => undefined,
});
