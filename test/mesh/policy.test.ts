/** A secured server: the site’s policy refuses over MESH what it refuses over HTTP. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshSummary } from '../semantics/sending';
import { everything, startHomeward } from '../support/homeward';
import { startFakeMesh } from './fake-mesh';
import { meshFile, until } from './sender';

it('the site’s policy refuses a summary of another custodian that comes over MESH, and it is reported', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-mesh-policy-'));
  const policy = join(folder, 'policy.json');
  writeFileSync(policy, JSON.stringify({ submitting: { default: 'own', organisations: { HUB1: ['*'] } } }));
  const fake = await startFakeMesh();
  const file = meshFile(fake.url, {
    mailboxes: [
      {
        mailbox: 'X26ABC1',
        passwordFile: 'password',
        workflows: [{ id: 'VW_SUMMARY', acknowledge: 'VW_SUMMARY_ACK' }],
        senders: { X26ABC2: 'HUB1', X26ABC3: 'ZZ9' },
      },
    ],
  });
  const homeward = await startHomeward({ MESH_FILE: file.path, POLICY_FILE: policy });
  try {
    const expected = { X26ABC2: 'accepted', X26ABC3: 'refused' };
    for (const [from, subject] of Object.entries(expected)) {
      const id = fake.put({ from, chunks: [freshSummary().bytes()] });
      const report = await until(`the report on ${id}`, async () =>
        fake.posted.find(({ headers }) => headers['mex-filename'] === `${id}.json`),
      );
      expect(report.headers).toMatchObject({ 'mex-to': from, 'mex-subject': subject });
    }
    const { json } = await homeward.call('GET', '/submissions?sender=ZZ9', {
      token: homeward.token(everything, 'ZZ9'),
    });
    expect(json.submissions).toMatchObject([{ status: 'refused', door: 'mesh', sender: 'ZZ9' }]);
    const outcome = await homeward.call('GET', `/submissions/${json.submissions[0].id}/outcome`, {
      token: homeward.token(everything, 'ZZ9'),
    });
    expect(JSON.stringify(outcome.json)).toContain('submission-custodian');
  } finally {
    await homeward.close();
    await fake.close();
    file.remove();
    rmSync(folder, { recursive: true, force: true });
  }
});
