// Says in a sentence that this Node.js is too old, before anything that it cannot read is loaded.
const OLDEST = 20;
const { node } = process.versions;
if (Number(node.split('.', 1)[0]) < OLDEST) {
  process.stderr.write(`homeward: this is Node.js ${node}. Install Node.js ${OLDEST} or later.\n`);
  process.exit(78);
}
