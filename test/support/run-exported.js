/** What node-process.ts runs: `run-exported.js FILE EXPORTED JSON-ARGUMENTS`. Stops what was started on SIGTERM. */
require('./register-typescript');

const [, , file, exported, args] = process.argv;

/** In an argument, null stands for «a function that logs», which JSON has no word for. */
const withLog = (value) => {
  const log = (message) => console.log(`log: ${message}`);
  if (value === null) return log;
  return value && value.log === null ? { ...value, log } : value;
};

Promise.resolve(require(file)[exported](...JSON.parse(args).map(withLog))).then(
  (result) => {
    console.log(`result: ${JSON.stringify(result)}`);
    process.once('SIGTERM', () => void Promise.resolve(result?.stop?.()).then(() => process.exit(0)));
  },
  (error) => {
    console.log(`failed: ${error.message}`);
    process.exitCode = 1;
  },
);
