/**
 * Makes clients from openapi/homeward.json with the usual generators, and has each take the sample summary in and give
 * it out again: nothing may be lost. Run on demand, with a folder that has the tools; it is no part of the tests.
 *
 *   python3 -m venv TOOLS/venv && TOOLS/venv/bin/pip install openapi-python-client pydantic python-dateutil urllib3
 *   npm install --prefix TOOLS openapi-typescript typescript
 *   (and openapi-generator-cli.jar of org.openapitools from Maven Central as TOOLS/gen.jar, with Java 11 or later)
 *   node scripts/generated-clients.mjs TOOLS
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node scripts/generated-clients.mjs TOOLS');
  process.exit(64);
}
const tools = resolve(folder);
const document = resolve('openapi/homeward.json');
const summary = resolve('examples/summary.json');
const python = join(tools, 'venv/bin/python');
const run = (command, args) => execFileSync(command, args, { cwd: tools, encoding: 'utf8', stdio: 'pipe' });
const generate = (generator, output) =>
  run('java', ['-jar', 'gen.jar', 'generate', '-i', document, '-g', generator, '-o', output]);

/** Reads the sample into the client's Bundle and writes it again. */
const roundTrip = (path, models) =>
  run(python, [
    '-c',
    `import importlib, json, sys
sys.path.insert(0, ${JSON.stringify(path)})
models = importlib.import_module(${JSON.stringify(models)})
sent = json.load(open(${JSON.stringify(summary)}))
kept = json.loads(json.dumps(models.Bundle.from_dict(sent).to_dict(), default=str))
sys.exit(0 if kept == sent else 1)`,
  ]);

const trials = [
  [
    'openapi-python-client',
    'venv/bin/openapi-python-client',
    () => {
      run(join(tools, 'venv/bin/openapi-python-client'), [
        ...[
          'generate',
          '--path',
          document,
          '--output-path',
          'python-client',
          '--overwrite',
          '--meta',
          'none',
        ],
      ]);
      roundTrip(tools, 'python-client.models');
    },
  ],
  [
    'openapi-typescript',
    'node_modules/.bin/openapi-typescript',
    () => {
      run(join(tools, 'node_modules/.bin/openapi-typescript'), [document, '-o', 'homeward.d.ts']);
      run(join(tools, 'node_modules/.bin/tsc'), ['--strict', '--noEmit', 'homeward.d.ts']);
    },
  ],
  [
    'openapi-generator python',
    'gen.jar',
    () => {
      generate('python', 'generator-python');
      roundTrip(join(tools, 'generator-python'), 'openapi_client');
    },
  ],
  [
    'openapi-generator typescript-fetch',
    'gen.jar',
    () => {
      generate('typescript-fetch', 'generator-typescript');
      const written = readFileSync(join(tools, 'generator-typescript/models/Patient.ts'), 'utf8');
      if (!/ToJSONTyped[^]*\.\.\.value/.test(written)) throw new Error('it drops what is not listed');
    },
  ],
  [
    'openapi-generator java',
    'gen.jar',
    () => {
      generate('java', 'generator-java');
      const model = 'generator-java/src/main/java/org/openapitools/client/model/Patient.java';
      if (!readFileSync(join(tools, model), 'utf8').includes('additionalProperties'))
        throw new Error('it drops what is not listed');
    },
  ],
];

let failed = 0;
for (const [name, needs, trial] of trials) {
  if (!existsSync(join(tools, needs))) {
    console.log(`- ${name}: not there (${needs})`);
    continue;
  }
  try {
    trial();
    console.log(`✓ ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`✗ ${name}: ${String(error.stderr || error.message).slice(-400)}`);
  }
}
process.exit(failed === 0 ? 0 : 1);
