/**
 * The tests that are not in `npm test`, so that it takes four minutes: `npm run test:slow` runs them, and a change must
 * pass both. They kill or stop processes, need several servers or other programs, draw pages in a browser, go on at
 * random, or wait long. `npx jest PATH` runs any of them.
 */
const SLOW_TESTS = [
  // Processes are killed and stopped, and databases and disks fail.
  'test/faults/',
  'test/forwarding/database-away.test.ts',
  'test/forwarding/kills.test.ts',
  'test/forwarding/nodes.test.ts',
  'test/hl7v2/faults.test.ts',
  'test/ledger/audit-months-kills.test.ts',
  'test/mesh/faults.test.ts',
  'test/mesh/kills.test.ts',
  'test/mesh/nodes.test.ts',
  'test/operations/stopping.test.ts',
  'test/operations/workers.test.ts',
  'test/platform/embedded-postgres.test.ts',
  // What is done with several versions, servers or programs.
  'test/mesh/commands.test.ts',
  'test/mesh/official-client.test.ts',
  'test/mesh/receiving.test.ts',
  'test/operations/backup.test.ts',
  'test/operations/documented-lines.test.ts',
  'test/operations/documents-outside.test.ts',
  'test/operations/log.test.ts',
  'test/operations/node-versions.test.ts',
  'test/operations/read-replica.test.ts',
  'test/operations/restore.test.ts',
  'test/operations/rolling-upgrade.test.ts',
  'test/operations/traces.test.ts',
  'test/operations/try-it.test.ts',
  'test/operations/upgrade.test.ts',
  'test/operations/wrong-database.test.ts',
  'test/recipes/',
  // Every page and state, in Chromium.
  'test/console/in-browser/',
  // Hundreds of submissions about one patient.
  'test/semantics/many-editions.test.ts',
  // What waits for pauses and for files that settle.
  'test/folder/',
  'test/mesh/traps.test.ts',
  // Many steps at random, and much data.
  'test/console/large-stay.test.ts',
  'test/fuzz/',
  'test/ledger/random-tampering.test.ts',
  'test/model/model.test.ts',
  'test/operations/reindex.test.ts',
  'test/performance/bulk-load.test.ts',
  'test/search/random.test.ts',
];

/** @param path from the project's root, with `/` */
const isSlow = (path) =>
  SLOW_TESTS.some((each) => path === each || (each.endsWith('/') && path.startsWith(each)));

module.exports = { SLOW_TESTS, isSlow };
