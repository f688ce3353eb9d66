/** Records in the audit trail what an operator does by the command line. */
import { userInfo } from 'node:os';
import { openPatients } from '../app';
import { operatorCaller } from '../access/operator';
import { AUDIT_SECRET } from '../auditing/open-trail';
import { createRecorder } from '../auditing/recorder';
import type { AuditFacts } from '../auditing/audit-facts';
import type { Config } from '../config';
import { newId } from '../platform/ids';
import type { Database } from '../platform/postgres';
import { secret } from '../store/secrets';

/** Resolves when the record is durable. @throws where it can't be written: nothing is to be done then */
export async function recordAct(
  database: Database,
  config: Config,
  interaction: `$${string}`,
  remark: string,
  more: Pick<Partial<AuditFacts>, 'action' | 'requestId' | 'target'> = {},
): Promise<void> {
  const recorder = createRecorder({
    database,
    key: await secret(database, AUDIT_SECRET),
    patients: await openPatients(database),
    nhsNumbersOf: async () => new Map(),
    newId,
    now: () => new Date(),
  });
  await recorder.record({
    action: 'E',
    interaction,
    status: 200,
    requestId: newId(),
    observer: config.baseUrl ?? 'homeward',
    caller: { ...operatorCaller(), user: { name: operatorName() } },
    remark,
    ...more,
  });
}

/** Who runs the command. In a container the user may have a number only, and Node.js then throws. */
function operatorName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
