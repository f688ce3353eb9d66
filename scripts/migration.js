/**
 * Writes the next migration from the definitions: `npm run migration NAME [TABLE…]`. It compares the tables that the
 * definitions declare with those of a database that is migrated for it, and writes `migrations/NNNN_NAME.sql`.
 */
require('../test/support/register-typescript');
const { readdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { changesFor, migrationText, nextNumber } = require('../src/interfaces/cli/migration-file');
const { storedResources } = require('../src/resources');
const { withMigratedDatabase } = require('./migrated-database');

const FOLDER = join(__dirname, '..', 'migrations');

const [name = '', ...tables] = process.argv.slice(2);
if (!/^[a-z][a-z0-9_]*$/.test(name)) {
  console.error('Give the migration a name of small letters: npm run migration blood_pressure_columns');
  process.exit(64);
}

void withMigratedDatabase(async (db) => {
  await db.query({ text: 'BEGIN' });
  const changes = await changesFor(db, storedResources, tables);
  await db.query({ text: 'ROLLBACK' });
  if (changes.length === 0) {
    console.log('Nothing to do: the migrated tables are as the definitions declare them.');
    return;
  }
  const file = `${nextNumber(readdirSync(FOLDER))}_${name}.sql`;
  writeFileSync(join(FOLDER, file), migrationText([name, ...tables].join(' '), changes), { flag: 'wx' });
  console.log(`Wrote migrations/${file}. Read it, then run: npm run docs`);
});
