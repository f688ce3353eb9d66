/**
 * After a new migration: `npm run docs:schema`. Writes `src/engines/ledger/expected-schema.json` anew, from a database
 * that is migrated for it, and adds new migrations to `migrations/checksums.json`. A migration that is in that list and
 * was edited since is named and left as it is: a database that has applied it would never see the change.
 */
require('../test/support/register-typescript');
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { expectedSchemaOf } = require('../src/engines/ledger/expected-schema');
const { checksums } = require('../test/support/checksums');
const { withMigratedDatabase } = require('./migrated-database');

const root = join(__dirname, '..');

void withMigratedDatabase(async (db) => {
  const path = join(root, 'src', 'engines', 'ledger', 'expected-schema.json');
  writeFileSync(path, `${JSON.stringify(await expectedSchemaOf(db), null, 2)}\n`);
  const { listed, now } = checksums();
  for (const [file, sum] of Object.entries(now))
    if (file in listed && listed[file] !== sum) {
      process.exitCode = 1;
      console.error(
        `migrations/${file} was edited. If it is merged, undo that and write a new migration (npm run migration NAME). If it is not merged yet, remove its line from migrations/checksums.json and run this again.`,
      );
    }
  const text = JSON.stringify({ ...now, ...listed }, Object.keys({ ...now, ...listed }).sort(), 2);
  writeFileSync(join(root, 'migrations', 'checksums.json'), `${text}\n`);
});
