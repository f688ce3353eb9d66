/** Jest runs the TypeScript as it is (swc strips the types); `npm run types` checks them. */
const { existsSync } = require('node:fs');
const { availableParallelism } = require('node:os');

/** The tests in a browser need Chromium (`apt-get install chromium`, or its path in CHROMIUM). */
const hasChromium = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'].some(
  (path) => path && existsSync(path),
);

module.exports = {
  // The server and its libraries are loaded once for all test files of a worker.
  runtime: '<rootDir>/test/support/shared-modules-runtime.js',
  testEnvironment: '<rootDir>/test/support/shared-modules-environment.js',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', ...(hasChromium ? [] : ['/test/console/in-browser/'])],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        // `import()` stays: Node.js loads ECMAScript modules with it.
        module: { type: 'commonjs', ignoreDynamic: true },
        sourceMaps: 'inline',
      },
    ],
  },
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  // A test that fails on a busy machine for its timing alone gets a second try where nobody watches; both are printed.
  ...(process.env.CI ? { setupFilesAfterEnv: ['<rootDir>/test/support/second-try.js'] } : {}),
  // Many tests wait for processes and databases. On two cores, three workers leave none idle.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
  testSequencer: '<rootDir>/test/support/longest-first.js',
  // For a test that hangs: the slowest take ten seconds, and many times that where the machine does other work.
  testTimeout: 180000,
};
