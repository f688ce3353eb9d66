/**
 * Lets plain Node.js load this project's TypeScript (`node -r test/support/register-typescript.js file.ts`), for tests
 * that need a process of their own: one to kill, or one of two that compete. Types are stripped, not checked. What was
 * stripped is kept in node_modules/.cache for the next process.
 */
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { version } = require('@swc/core/package.json');
const { useModuleImage } = require('./module-image');

const KEPT = join(__dirname, '..', '..', 'node_modules', '.cache', 'homeward-typescript');
const OPTIONS = {
  jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
  module: { type: 'commonjs', ignoreDynamic: true },
  sourceMaps: 'inline',
};

require.extensions['.ts'] = (module, filename) => {
  const source = readFileSync(filename, 'utf8');
  const key = createHash('sha256')
    .update(JSON.stringify([version, OPTIONS, filename, source]))
    .digest('hex');
  module._compile(kept(key) ?? strip(source, filename, key), filename);
};

function kept(key) {
  try {
    return readFileSync(join(KEPT, key.slice(0, 2), key), 'utf8');
  } catch {
    return undefined;
  }
}

function strip(source, filename, key) {
  // Loading swc takes time too, and mostly there is nothing to strip.
  const { transformSync } = require('@swc/core');
  const { code } = transformSync(source, { filename, ...OPTIONS });
  try {
    const path = join(KEPT, key.slice(0, 2), key);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.${process.pid}`, code);
    renameSync(`${path}.${process.pid}`, path);
  } catch {
    // This account may not write there, or the disk is full: the next process strips it again.
  }
  return code;
}

// `./definitions` means definitions.ts where there is a definitions.json beside it, as it does for the compiler.
for (const extension of ['.json', '.node']) {
  const load = require.extensions[extension];
  delete require.extensions[extension];
  require.extensions[extension] = load;
}

useModuleImage(KEPT);
