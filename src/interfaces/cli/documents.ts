/**
 * `homeward documents move`: moves documents to the first place of DOCUMENT_STORE while a server runs.
 * @see docs/documents.md
 */
import { createHash } from 'node:crypto';
import { moveDocuments } from '../../engines/store/move-documents';
import { countDocuments } from '../../engines/store/document-bytes';
import { defineCommand, failed } from './command';
import { openCommandDatabase } from './open-database';
import { showProgress, type Output } from './progress';
import { recordAct } from './record-act';
import { settings } from './settings';

export const documentsMove = defineCommand({
  name: 'documents move',
  purpose: 'move documents between the database, a folder and an object store, while the server runs',
  about: [
    'Documents move to the first place that DOCUMENT_STORE names, from the database and from every other place in it. Start the servers with the new DOCUMENT_STORE first. Submissions and reads continue.',
    'Each document is compared with its SHA-256 before it is moved. An interrupted run can be started again. The copies in the old place are removed by the server after a day.',
  ],
  options: {},
  examples: ['DOCUMENT_STORE=s3://homeward-documents,database npx homeward documents move'],
  run: async (_given, env, stop) => {
    const config = settings(env);
    if (!config) return 78;
    const opened = await openCommandDatabase(config, { stop });
    const { database, documents: places, close } = opened;
    try {
      const target = places.putsOutside ? places.outside[0]!.name : 'the database';
      const record = (remark: string): Promise<void> =>
        recordAct(database, config, '$move-documents', remark, {
          action: 'U',
          target: 'homeward documents move',
        });
      await record(`begun: to ${target}`);
      const out: Output = process.stdout.isTTY ? process.stdout : { write: () => undefined };
      const progress = showProgress(out, 'documents', await countDocuments(database));
      const { looked, moved, faulty } = await moveDocuments(database, places, {
        isWhole: (sha256, bytes) => createHash('sha256').update(bytes).digest().equals(sha256),
        onProgress: (more) => progress.advance(more),
        stop,
      }).finally(() => progress.finish());
      await record(`done: to ${target}, ${moved} of ${looked} documents moved`);
      process.stdout.write(`${moved} of ${looked} documents moved to ${target}\n`);
      if (faulty.length === 0) return 0;
      return failed(
        `${faulty.length} documents are missing or were changed, and were not moved: ${faulty.slice(0, 20).join(', ')}. Run homeward ledger verify.`,
        1,
      );
    } finally {
      await close();
    }
  },
});
