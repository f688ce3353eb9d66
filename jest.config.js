/** Jest runs the TypeScript as it is (swc strips the types); `npm run types` checks them. */
const { existsSync } = require('node:fs');

/** The tests in a browser need Chromium (`apt-get install chromium`, or its path in CHROMIUM). */
const hasChromium = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'].some(
  (path) => path && existsSync(path),
);

module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', ...(hasChromium ? [] : ['/test/console/in-browser/'])],
  transform: {
    '^.+\\.ts$|/node_modules/(openid-client|oauth4webapi|jose)/.+\\.js$': [
      '@swc/jest',
      {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  // These packages are ECMAScript modules, which Jest cannot load as they are.
  transformIgnorePatterns: ['/node_modules/(?!(openid-client|oauth4webapi|jose)/)'],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  // A test that fails on a busy machine for its timing alone gets a second try where nobody watches; both are printed.
  ...(process.env.CI ? { setupFilesAfterEnv: ['<rootDir>/test/support/second-try.js'] } : {}),
  maxWorkers: '100%',
  testTimeout: 60000,
};
