/**
 * Jest loads every module again for each test file, and each time all of the server with its libraries. Here they are
 * loaded once for all test files of a worker, by Node.js itself: what is in src/ and in node_modules/. The test files,
 * and what else is in test/, are loaded for each file, as Jest does it.
 *
 * A file that replaces modules (`jest.isolateModules`) gets modules of its own.
 */
const { join, sep } = require('node:path');
const vm = require('node:vm');
const { default: Runtime } = require('jest-runtime');

const ROOT = join(__dirname, '..', '..');
const SHARED = [join(ROOT, 'src') + sep, join(ROOT, 'node_modules') + sep];
const FRAMEWORK = ['@jest/globals', '@jest/expect', 'expect'];

/** Strips the types as the configuration of Jest has it; of the test file that runs. */
let transform;
const sourceMaps = new Map();
require.extensions['.ts'] = (module, path) => module._compile(transform(path), path);
for (const extension of ['.json', '.node']) {
  // `./definitions` means definitions.ts where there is a definitions.json beside it, as it does for the compiler.
  const load = require.extensions[extension];
  delete require.extensions[extension];
  require.extensions[extension] = load;
}

class SharedModulesRuntime extends Runtime {
  constructor(...args) {
    super(...args);
    this.isSharing = this._environment.sharesModules === true;
    if (!this.isSharing) return;
    transform = (path) => {
      const code = this.transformCache.transform(path, undefined);
      const map = this.transformCache.getSourceMaps().get(path);
      if (map) sourceMaps.set(path, map);
      return code;
    };
    for (const [path, map] of sourceMaps) this.transformCache.getSourceMaps().set(path, map);
    this.executor.compile = (source, filename) =>
      vm.compileFunction(source, this.executor.injectedModuleParameters, {
        filename,
        importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      });
  }

  requireModuleOrMock(from, name) {
    if (!this.isSharing || this.registries.isIsolated() || FRAMEWORK.includes(name)) {
      return super.requireModuleOrMock(from, name);
    }
    const path = this._resolution.isCoreModule(name) ? undefined : this._resolution.resolveCjs(from, name);
    if (path && isShared(path)) return require(path);
    return super.requireModuleOrMock(from, name);
  }

  setMock(from, name, ...rest) {
    if (this.isSharing && !this.registries.isIsolated()) {
      throw new Error(
        `${name} is shared with other test files. Replace it within jest.isolateModules, with jest.doMock.`,
      );
    }
    super.setMock(from, name, ...rest);
  }
}

function isShared(path) {
  return SHARED.some((folder) => path.startsWith(folder)) && !path.endsWith('.test.ts');
}

module.exports = { __esModule: true, default: SharedModulesRuntime };
