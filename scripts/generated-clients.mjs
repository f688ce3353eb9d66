/**
 * Makes clients from openapi/homeward.json with the usual generators, and has each submit the sample summary to a
 * server of its own, read the Bundle back and search its Observations by NHS number. What the client holds must be
 * what the server sent. Run on demand, in a built clone, with a folder that has the tools; it is no part of the tests.
 *
 *   python3 -m venv TOOLS/venv
 *   TOOLS/venv/bin/pip install openapi-python-client pydantic python-dateutil urllib3 typing_extensions
 *   npm install --prefix TOOLS openapi-typescript openapi-fetch typescript @types/node@20 @openapitools/openapi-generator-cli
 *   node scripts/generated-clients.mjs TOOLS
 *
 * openapi-generator needs Java 11 or later. Its Java client is built by Maven, its Go client by Go 1.18 or later.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { URLSearchParams } from 'node:url';
import { isDeepStrictEqual } from 'node:util';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node scripts/generated-clients.mjs TOOLS');
  process.exit(64);
}
const tools = resolve(folder);
const openApi = resolve('openapi/homeward.json');
const programs = resolve('scripts/generated-clients');
const patient = 'https://fhir.nhs.uk/Id/nhs-number|9994762788';
const dataDir = mkdtempSync(join(tmpdir(), 'homeward-clients-'));

/** @param inside a folder below that of the tools */
const run = (command, args, inside = '', env = {}) =>
  execFileSync(command, args, {
    cwd: join(tools, inside),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
    // openapi-generator-cli writes its settings where PWD says that it is.
    env: { ...process.env, PWD: join(tools, inside), ...env },
  });
const bin = (name) => join(tools, 'node_modules/.bin', name);
const generate = (generator, options = '') =>
  run(bin('openapi-generator-cli'), [
    ...['generate', '-i', openApi, '-g', generator, '-o', `made-${generator}`],
    ...(options === '' ? [] : ['-p', options]),
  ]);
/** Compiled as strictly as the generator's own code allows. */
const compile = (program, options) => {
  copyFileSync(join(programs, program), join(tools, program));
  run(bin('tsc'), [program, '--outDir', 'compiled', '--target', 'es2022', ...options]);
};

const clients = [
  {
    name: 'openapi-generator python',
    needs: ['node_modules/.bin/openapi-generator-cli', 'venv'],
    make: () => generate('python'),
    ask: (env) =>
      run(join(tools, 'venv/bin/python'), [join(programs, 'openapi_generator.py')], '', {
        ...env,
        PYTHONPATH: 'made-python',
      }),
  },
  {
    name: 'openapi-generator java',
    needs: ['node_modules/.bin/openapi-generator-cli'],
    make: () => {
      generate('java', 'containerDefaultToNull=true,useSingleRequestParameter=true');
      copyFileSync(join(programs, 'Submit.java'), join(tools, 'made-java/src/main/java/Submit.java'));
      const classPath = ['dependency:build-classpath', '-Dmdep.outputFile=class-path.txt'];
      run('mvn', ['-q', '-B', '-DskipTests', 'compile', ...classPath], 'made-java');
    },
    ask: (env) => {
      const classPath = readFileSync(join(tools, 'made-java/class-path.txt'), 'utf8');
      return run('java', ['-cp', `target/classes:${classPath}`, 'Submit'], 'made-java', env);
    },
  },
  {
    name: 'openapi-generator typescript-fetch',
    needs: ['node_modules/.bin/openapi-generator-cli', 'node_modules/.bin/tsc'],
    make: () => {
      generate('typescript-fetch');
      compile('typescript-fetch.ts', ['--module', 'commonjs', '--lib', 'es2022,dom', '--strict', 'false']);
    },
    ask: (env) => run('node', ['compiled/typescript-fetch.js'], '', env),
  },
  {
    name: 'openapi-generator go',
    needs: ['node_modules/.bin/openapi-generator-cli'],
    make: () => {
      generate('go');
      const module = readFileSync(join(tools, 'made-go/go.mod'), 'utf8');
      writeFileSync(
        join(tools, 'made-go/go.mod'),
        module.replace(/^module .*/, 'module homeward.example/client'),
      );
      rmSync(join(tools, 'made-go/test'), { recursive: true, force: true });
      mkdirSync(join(tools, 'made-go/command'), { recursive: true });
      copyFileSync(join(programs, 'main.go'), join(tools, 'made-go/command/main.go'));
      run('go', ['mod', 'tidy'], 'made-go');
    },
    ask: (env) => run('go', ['run', './command'], 'made-go', env),
  },
  {
    name: 'openapi-python-client',
    needs: ['venv/bin/openapi-python-client'],
    make: () => {
      const where = ['--output-path', 'homeward_client', '--overwrite', '--meta', 'none'];
      run(join(tools, 'venv/bin/openapi-python-client'), ['generate', '--path', openApi, ...where]);
    },
    ask: (env) =>
      run(join(tools, 'venv/bin/python'), [join(programs, 'openapi_python_client.py')], '', {
        ...env,
        PYTHONPATH: '.',
      }),
  },
  {
    name: 'openapi-typescript',
    needs: ['node_modules/.bin/openapi-typescript', 'node_modules/openapi-fetch'],
    make: () => {
      run(bin('openapi-typescript'), [openApi, '-o', 'homeward.d.ts']);
      compile('openapi-typescript.ts', ['--module', 'nodenext', '--strict']);
    },
    ask: (env) => run('node', ['compiled/openapi-typescript.js'], '', env),
  },
];

const port = await new Promise((free) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port: found } = probe.address();
    probe.close(() => free(found));
  });
});
const base = `http://127.0.0.1:${port}`;
const settings = { ...process.env, PORT: String(port), DATA_DIR: dataDir };
const server = spawn(process.execPath, ['scripts/start.js'], { env: settings, stdio: 'ignore' });
for (let tries = 0; tries < 240; tries += 1) {
  const answer = await fetch(`${base}/_status`).catch(() => undefined);
  if (answer?.status === 200) break;
  await later(250);
}

/** A sender of its own for each client, so that each stores the summary. */
const tokenFor = (client) =>
  execFileSync(process.execPath, ['bin/homeward.js', 'token', '--sub', client.replaceAll(' ', '-')], {
    env: settings,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();

/** JSON of the server, asked once more where the connection was left idle for too long. */
const jsonOf = async (path, options) => {
  const answer = await fetch(base + path, options).catch(() => fetch(base + path, options));
  return answer.json();
};

/** What is wrong with what the client had; undefined where nothing is. */
async function fault({ status, id, read, found }, token) {
  const headers = { Authorization: `Bearer ${token}` };
  const body = new URLSearchParams({ 'patient:identifier': patient, _count: '1000', _sort: 'date' });
  const bundle = await jsonOf(`/FHIR/R4/Bundle/${id}`, { headers });
  const search = await jsonOf('/FHIR/R4/Observation/_search', { method: 'POST', headers, body });
  if (status !== 201) return `the submission was answered ${status}`;
  if (!isDeepStrictEqual(read, bundle)) return 'the Bundle is not what the server sent';
  if (!(found?.entry?.length > 0)) return 'nothing was found by NHS number';
  return isDeepStrictEqual(found.entry, search.entry)
    ? undefined
    : 'what was found is not what the server sent';
}

let failed = 0;
for (const { name, needs, make, ask } of clients) {
  const missing = needs.find((path) => !existsSync(join(tools, path)));
  if (missing !== undefined) {
    console.log(`- ${name}: not there (${missing})`);
    continue;
  }
  try {
    make();
    const token = tokenFor(name);
    const env = { BASE: base, TOKEN: token, SUMMARY: resolve('examples/summary.json'), PATIENT: patient };
    const wrong = await fault(JSON.parse(ask(env)), token);
    if (wrong !== undefined) throw new Error(wrong);
    console.log(`✓ ${name}`);
  } catch (error) {
    failed += 1;
    const said = `${error.stdout ?? ''}\n${error.stderr ?? ''}`.trim() || error.message;
    console.log(`✗ ${name}: ${said.slice(-600)}`);
  }
}
server.kill('SIGTERM');
await once(server, 'exit');
rmSync(dataDir, { recursive: true, force: true });
process.exit(failed === 0 ? 0 : 1);
