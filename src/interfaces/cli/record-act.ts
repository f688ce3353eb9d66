/** Records in the audit trail what an operator does with a command. */
import { userInfo } from 'node:os';
import { openPatients } from '../../app/what-is-stored';
import { operatorCaller } from '../../engines/access/operator';
import { AUDIT_SECRET } from '../../use-cases/auditing/open-trail';
import { recordAdministration, type Administrator } from '../../use-cases/auditing/administration';
import { createRecorder, type Recorder } from '../../use-cases/auditing/recorder';
import type { AuditFacts } from '../../use-cases/auditing/audit-facts';
import type { Config } from '../../config';
import { newId } from '../../platform/ids';
import type { Queryable } from '../../platform/postgres';
import { secret } from '../../engines/store/secrets';

/** Resolves when the record is durable. @throws when it cannot be written: the command must do nothing then */
export async function recordAct(
  database: Queryable,
  config: Config,
  interaction: `$${string}`,
  remark: string,
  { requestId, ...more }: Pick<Partial<AuditFacts>, 'action' | 'requestId' | 'target'> = {},
): Promise<void> {
  const by = commandAdministrator(config);
  await recordAdministration(
    await commandRecorder(database),
    { interaction, remark, ...more },
    requestId === undefined ? by : { ...by, newId: () => requestId },
  );
}

export function commandAdministrator({ baseUrl }: Pick<Config, 'baseUrl'>): Administrator {
  return {
    caller: { ...operatorCaller(), user: { name: operatorName() } },
    observer: baseUrl ?? 'homeward',
    newId: () => newId(),
  };
}

/** For records that name no patient. */
export async function commandRecorder(database: Queryable): Promise<Recorder> {
  return createRecorder({
    database,
    key: await secret(database, AUDIT_SECRET),
    patients: await openPatients(database),
    nhsNumbersOf: async () => new Map(),
    newId,
    now: () => new Date(),
  });
}

/**
 * The name of the user who runs the command. In a container the user may have only a number, and Node.js then throws.
 */
function operatorName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
