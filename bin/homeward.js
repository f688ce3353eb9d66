#!/usr/bin/env node
// The `homeward` command: runs the compiled command line. `npm ci` and `npm start` compile it.
require('./check-node.js');
require('../dist/src/main.js');
