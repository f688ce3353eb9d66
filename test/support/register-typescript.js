/**
 * Lets plain Node.js load this project's TypeScript (`node -r test/support/register-typescript.js file.ts`), for tests
 * that need a process of their own: one to kill, or one of two that compete. Types are stripped, not checked.
 */
const { readFileSync } = require('node:fs');
const { transformSync } = require('@swc/core');

require.extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    filename,
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  });
  module._compile(code, filename);
};

// `./definitions` means definitions.ts where there is a definitions.json beside it, as it does for the compiler.
for (const extension of ['.json', '.node']) {
  const load = require.extensions[extension];
  delete require.extensions[extension];
  require.extensions[extension] = load;
}
