/** A PostgreSQL of its own with every migration applied, for the scripts that read from it; it is removed afterwards. */
const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { Client } = require('pg');
const { startEmbeddedPostgres } = require('../src/platform/embedded-postgres');
const { migrate } = require('../src/engines/store/migrate');

const silent = () => undefined;

/** @param work is given one connection: `query({ text }, values)` gives the rows */
async function withMigratedDatabase(work) {
  const dataDir = mkdtempSync(join(tmpdir(), 'homeward-schema-'));
  const postgres = await startEmbeddedPostgres({ dataDir, log: silent, settings: { fsync: 'off' } });
  try {
    await migrate(postgres.connection, silent);
    const client = new Client(postgres.connection);
    client.on('error', silent);
    await client.connect();
    try {
      await work({ query: async ({ text }, values) => (await client.query(text, values)).rows });
    } finally {
      await client.end();
    }
  } finally {
    await postgres.stop();
    rmSync(dataDir, { recursive: true });
  }
}

module.exports = { withMigratedDatabase };
