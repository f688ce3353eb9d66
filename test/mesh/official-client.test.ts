/** The official Python client of MESH sends to Homeward’s mailbox, and reads the reports. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freshSummary } from '../semantics/sending';
import { startHomeward, type Homeward } from '../support/homeward';
import { describeWithSandbox, meshSandbox, PASSWORD, SHARED_KEY, type MeshSandbox } from './mesh-sandbox';
import { meshFile, type MeshFile } from './sender';

const SEND = join(__dirname, '..', 'peers', 'mesh-client', 'send.py');

describeWithSandbox('the official Python client of MESH', (python) => {
  let sandbox: MeshSandbox;
  let file: MeshFile;
  let homeward: Homeward;
  let folder: string;
  beforeAll(async () => {
    sandbox = await meshSandbox(python);
    await sandbox.start();
    file = meshFile(sandbox.url);
    homeward = await startHomeward({ MESH_FILE: file.path });
    folder = mkdtempSync(join(tmpdir(), 'homeward-mesh-client-'));
    writeFileSync(join(folder, 'right.json'), freshSummary().bytes());
    writeFileSync(join(folder, 'wrong.json'), freshSummary().without('Encounter.status').bytes());
  });
  afterAll(async () => {
    await homeward?.close();
    await sandbox?.remove();
    file?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('reads that a summary was accepted or refused, however it was sent', async () => {
    const { stdout } = await promisify(execFile)(
      python,
      [
        SEND,
        sandbox.url,
        SHARED_KEY,
        'X26ABC2',
        PASSWORD,
        'X26ABC1',
        'VW_SUMMARY',
        'right.json',
        'wrong.json',
      ],
      { cwd: folder },
    );
    const accepted = "accepted, workflow VW_SUMMARY_ACK, OperationOutcome ['ok']";
    const refused = /refused, workflow VW_SUMMARY_ACK, OperationOutcome \['.+'\]/;
    expect(stdout.trim().split('\n')).toEqual([
      `right.json plain: ${accepted}`,
      `right.json compressed: ${accepted}`,
      `right.json chunks: ${accepted}`,
      expect.stringMatching(refused),
      expect.stringMatching(refused),
      expect.stringMatching(refused),
    ]);
    const { submissions } = (await homeward.call('GET', '/submissions')).json;
    expect(submissions.filter(({ status }: { status: string }) => status === 'accepted')).toHaveLength(1);
  });
});
