/** `homeward clients`: keeps the file of the clients that the token endpoint knows, and records each change of it. */
import { readFile } from 'node:fs/promises';
import { readRegistrations } from '../access/client-registration';
import { partsOf } from '../access/clients';
import { sha256Of } from '../access/seen-file';
import { noteFile } from '../auditing/note-changes';
import { readConfig } from '../config';
import { runClients } from './clients';
import type { Command } from './command';
import { openCommandDatabase, runningDatabase } from './open-database';
import { commandAdministrator, commandRecorder, recordAct } from './record-act';

export const clients: Command = async (args, env, stop) => {
  const file = env.CLIENTS_FILE?.trim() || undefined;
  const { exitCode, lines } = await runClients(args, file);
  (exitCode === 0 ? process.stdout : process.stderr).write(`${lines.join('\n')}\n`);
  const [action = ''] = args;
  if (exitCode !== 0 || file === undefined || action === 'list') return exitCode;
  const isRecorded = await recordChange(args, env, file, stop).catch(() => false);
  if (!isRecorded)
    process.stderr.write('The change will be in the audit trail when a server has read the file.\n');
  return exitCode;
};

/** @returns false where no database can be asked: a server records the change when it reads the file */
async function recordChange(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  path: string,
  stop: AbortSignal | undefined,
): Promise<boolean> {
  const read = readConfig(env);
  if (!read.ok) return false;
  const { config } = read;
  if (config.databaseUrl === undefined && (await runningDatabase(config)) === undefined) return false;
  const bytes = await readFile(path);
  const registrations = readRegistrations(JSON.parse(bytes.toString('utf8')));
  if (!registrations.ok) return false;
  const { database, close } = await openCommandDatabase(config, { stop, migrates: false });
  try {
    const seen = { name: 'CLIENTS_FILE', sha256: sha256Of(bytes), parts: partsOf(registrations.value) };
    const { rows } = await commandRecorder(database);
    const isNew = await noteFile(database, rows, seen, commandAdministrator(config));
    // The server may have seen it first, or no server has seen the file before; who made the change is known here only.
    if (!isNew)
      await recordAct(
        database,
        config,
        '$changed',
        `homeward clients ${args.slice(0, 3).join(' ')}; SHA-256 ${seen.sha256}`,
        { action: 'U', target: 'CLIENTS_FILE' },
      );
    return true;
  } finally {
    await close();
  }
}
