/**
 * The order of the test files: those that take long begin first, so that none of them runs alone at the end. Where
 * nobody has run them yet, as on a build machine, Jest knows sizes only, and what takes long here is small and waits.
 */
const { join, relative, sep } = require('node:path');
const { default: Sequencer } = require('@jest/test-sequencer');

const ROOT = join(__dirname, '..', '..');
const LONGEST = [
  'test/console/in-browser/states.test.ts',
  'test/folder/faults.test.ts',
  'test/operations/documented-lines.test.ts',
  'test/forwarding/kills.test.ts',
  'test/faults/audited.test.ts',
  'test/ledger/random-tampering.test.ts',
  'test/operations/workers.test.ts',
  'test/faults/processes.test.ts',
  'test/operations/stopping.test.ts',
  'test/folder/folder.test.ts',
  'test/console/in-browser/pages.test.ts',
  'test/mesh/traps.test.ts',
  'test/mesh/receiving.test.ts',
  'test/operations/documents-outside.test.ts',
  'test/platform/embedded-postgres.test.ts',
  'test/faults/memory.test.ts',
  'test/recipes/recipes.test.ts',
  'test/contract/openapi.test.ts',
  'test/attacks/hostile-requests.test.ts',
  'test/hl7v2/faults.test.ts',
  'test/operations/try-it.test.ts',
  'test/operations/rolling-upgrade.test.ts',
  'test/operations/upgrade.test.ts',
  'test/faults/full-disk.test.ts',
  'test/operations/traces.test.ts',
  'test/attacks/every-route.test.ts',
  'test/semantics/who-is-who.test.ts',
  'test/forwarding/nodes.test.ts',
  'test/mesh/faults.test.ts',
  'test/auditing/trail.test.ts',
  'test/mesh/kills.test.ts',
  'test/forwarding/database-away.test.ts',
];

class LongestFirst extends Sequencer {
  /** @returns how many milliseconds a file took when it last ran here, or a guess */
  time(test) {
    const place = LONGEST.indexOf(relative(ROOT, test.path).split(sep).join('/'));
    const guess = place >= 0 ? 60_000 - 1_000 * place : test.context.hasteFS.getSize(test.path) / 10;
    return super.time(test) ?? guess;
  }
}

module.exports = Object.assign(LongestFirst, { LONGEST });
