/** The lines of docs/transports/try-it.md show every road: they are run as a person pastes them, with other ports. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, serverProcess, type ServerProcess } from '../faults/server-process';
import { describeWithSandbox, meshSandbox, type MeshSandbox } from '../mesh/mesh-sandbox';
import { runLines } from '../support/run-lines';
import { root, textOf } from '../support/sources';

jest.setTimeout(180_000);

const blocks = [...textOf('docs/transports/try-it.md').matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(
  ([, block = '']) => block,
);

describeWithSandbox('the roads of docs/transports/try-it.md', (python) => {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-try-it-'));
  const tried = join(folder, 'try');
  let sandbox: MeshSandbox;
  let server: ServerProcess;
  let hl7v2Port: number;

  const inPlace = (text: string): string =>
    text
      .replaceAll('.homeward/try', tried)
      .replaceAll('http://127.0.0.1:8700', sandbox.url)
      .replaceAll('http://127.0.0.1:8080', server?.url)
      .replaceAll('2575', String(hl7v2Port));

  async function pasted(block: string): Promise<{ code: number | null; said: string }> {
    const env = { DATA_DIR: join(folder, 'data') };
    return runLines(inPlace(block), { cwd: root, programs: join(folder, 'bin'), env });
  }

  beforeAll(async () => {
    mkdirSync(join(folder, 'bin'));
    mkdirSync(join(folder, 'data'));
    const command = `"${process.execPath}" -r "${root}/test/support/register-typescript.js" "${root}/src/main.ts"`;
    writeFileSync(join(folder, 'bin', 'npx'), `#!/usr/bin/env bash\nshift\nexec ${command} "$@"\n`);
    chmodSync(join(folder, 'bin', 'npx'), 0o755);
    hl7v2Port = await freePort();
    sandbox = await meshSandbox(python);
    await sandbox.start();
  });
  afterAll(async () => {
    await server?.remove();
    await sandbox?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('work: MESH, a folder, HL7 v2, and passing on', async () => {
    const [files = '', ofPython = '', start = '', mesh = '', ofFolder = '', hl7v2 = '', ends = ''] = blocks;
    expect(blocks).toHaveLength(7);
    expect(await pasted(files)).toEqual({ code: 0, said: '' });
    // Python installs the sandbox that runs here already, and Homeward runs in a process of the test.
    expect(ofPython).toMatch(
      /^python3 -m venv .*mesh-sandbox\nSHARED_KEY=TestKey .*uvicorn mesh_sandbox\.api:app/,
    );
    const settings = [...inPlace(start).matchAll(/([A-Z0-9_]+)=(\S+)/g)].map(([, name, value]) => [
      name,
      value,
    ]);
    expect(start).toMatch(/ npm start\n$/);
    server = await serverProcess(Object.fromEntries(settings), join(folder, 'data'));
    await server.start();

    expect(await pasted(mesh)).toEqual({
      code: 0,
      said: expect.stringMatching(/X26ABC3: ready at .*\n[0-9A-F]{32}\naccepted\n✓ examples\/summary\.json/),
    });
    expect(await pasted(ofFolder)).toEqual({ code: 0, said: expect.stringContaining('"OperationOutcome"') });
    expect(await pasted(hl7v2)).toEqual({ code: 0, said: expect.stringContaining('MSA|AA|MSG00001') });
    const { code, said } = await pasted(ends);
    expect(code).toBe(0);
    for (const door of ['mesh', 'folder', 'hl7v2']) expect(said).toMatch(new RegExp(`"door": ?"${door}"`));
    expect(said).toMatch(/"name": ?"records"/);
    expect(said).toMatch(/X26ABC3: ready at .*, [1-3] messages? in the inbox/);
  });
});
