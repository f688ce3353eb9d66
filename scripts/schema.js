/** Writes `src/engines/ledger/expected-schema.json` anew, from a database that is migrated for it: `npm run docs:schema`. */
require('../test/support/register-typescript');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { Client } = require('pg');
const { startEmbeddedPostgres } = require('../src/platform/embedded-postgres');
const { migrate } = require('../src/engines/store/migrate');
const { expectedSchemaOf } = require('../src/engines/ledger/expected-schema');

const dataDir = mkdtempSync(join(tmpdir(), 'homeward-schema-'));
void (async () => {
  const silent = () => undefined;
  const postgres = await startEmbeddedPostgres({ dataDir, log: silent, settings: { fsync: 'off' } });
  try {
    await migrate(postgres.connection, silent);
    const client = new Client(postgres.connection);
    client.on('error', silent);
    await client.connect();
    const db = { query: async ({ text }, values) => (await client.query(text, values)).rows };
    const expected = await expectedSchemaOf(db);
    await client.end();
    const path = join(__dirname, '..', 'src', 'engines', 'ledger', 'expected-schema.json');
    writeFileSync(path, `${JSON.stringify(expected, null, 2)}\n`);
  } finally {
    await postgres.stop();
    rmSync(dataDir, { recursive: true });
  }
})();
