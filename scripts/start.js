/**
 * `npm start`: builds what has changed, then serves, in one process: a signal that npm passes on reaches the server,
 * or the build before it. (`npm run build && node …` in a shell would leave one of them running.)
 */
require('../bin/check-node.js');
const { spawn } = require('node:child_process');
const { join } = require('node:path');

const root = join(__dirname, '..');
let isBuilding = true;
let child;

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']) {
  process.on(signal, () => {
    if (!isBuilding) return; // the server listens for it itself
    if (child) child.once('exit', () => process.exit(0)).kill('SIGTERM');
    else process.exit(0);
  });
}

const steps = [
  [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b', join(root, 'tsconfig.build.json')],
  [join(root, 'scripts', 'link-command.js')],
];

function build(index) {
  const step = steps[index];
  if (!step) return serve();
  child = spawn(process.execPath, step, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  child.once('exit', (code, signal) => {
    child = undefined;
    if (code !== 0) process.exit(signal ? 0 : 70);
    build(index + 1);
  });
}

function serve() {
  isBuilding = false;
  process.argv.splice(2, 0, 'serve');
  require('../dist/src/main.js');
}

build(0);
