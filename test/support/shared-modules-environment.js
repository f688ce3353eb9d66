/**
 * Runs test files in the worker's own context, so that they can use the modules that shared-modules-runtime.js has
 * loaded for the files before them. What a file changes of the process is put back when it ends.
 */
const { LegacyFakeTimers, ModernFakeTimers } = require('@jest/fake-timers');
const { ModuleMocker } = require('jest-mock');

/** What jest-circus keeps on the global object for one file. */
const OF_ONE_FILE = [
  'EVENT_HANDLERS',
  'LOG_ERRORS_BEFORE_RETRY',
  'RETRY_IMMEDIATELY',
  'RETRY_TIMES',
  'RETRY_TIMES_SETTER',
  'TEST_TIMEOUT_SYMBOL',
  'WAIT_BEFORE_RETRY',
].map((name) => Symbol.for(name));
const STATE = 'JEST_STATE_SYMBOL';

class SharedModulesEnvironment {
  sharesModules = true;
  global = globalThis;

  constructor({ projectConfig: config }) {
    const { global } = this;
    this.moduleMocker = new ModuleMocker(global);
    this.fakeTimers = new LegacyFakeTimers({
      config,
      global,
      moduleMocker: this.moduleMocker,
      timerConfig: { idToRef: (id) => id, refToId: (timer) => timer },
    });
    this.fakeTimersModern = new ModernFakeTimers({ config, global });
    this.putBack = remember();
  }

  async setup() {}

  async teardown() {
    this.fakeTimers.dispose();
    this.fakeTimersModern.dispose();
    this.putBack();
    for (const key of Object.getOwnPropertySymbols(globalThis)) {
      if (OF_ONE_FILE.includes(key) || key.description === STATE) delete globalThis[key];
    }
  }

  exportConditions() {
    return ['node', 'node-addons'];
  }

  getVmContext() {
    return this.global;
  }
}

/** @returns what makes the process again as it is now, in all that a test file may change */
function remember() {
  const { env, exit, exitCode } = process;
  const variables = { ...env };
  const folder = process.cwd();
  const listeners = new Map(process.eventNames().map((name) => [name, process.rawListeners(name)]));
  return () => {
    process.env = env;
    process.exit = exit;
    process.exitCode = exitCode;
    if (process.cwd() !== folder) process.chdir(folder);
    for (const name of Object.keys(env)) if (!(name in variables)) delete env[name];
    for (const [name, value] of Object.entries(variables)) if (env[name] !== value) env[name] = value;
    for (const name of process.eventNames()) {
      const before = listeners.get(name) ?? [];
      for (const each of process.rawListeners(name)) {
        if (!before.includes(each)) process.removeListener(name, each);
      }
    }
  };
}

module.exports = Object.assign(SharedModulesEnvironment, { remember });
