/** `homeward clients`: edits the file of the clients that the token endpoint knows, and records each change. */
import { readFile } from 'node:fs/promises';
import { readRegistrations } from '../../engines/access/client-registration';
import { partsOf } from '../../engines/access/clients';
import { sha256Of } from '../../platform/seen-file';
import { noteFile } from '../../use-cases/auditing/note-changes';
import { readConfig } from '../../config';
import { isObject, type JsonObject } from '../../fhir/types';
import { addClient, listClients, setDisabled, type ClientsResult } from './clients';
import { defineCommand, failed, type Command } from './command';
import { openCommandDatabase, runningDatabase } from './open-database';
import { commandAdministrator, commandRecorder, recordAct } from './record-act';

const ABOUT =
  'CLIENTS_FILE names the file. A running server reads a changed file within a second. The audit trail records the change.';

export const clientsList = defineCommand({
  name: 'clients list',
  purpose: 'list the clients that may request tokens',
  about: ['A line for each: id, ODS code, whether it is enabled, name, scopes, separated by tabs.'],
  options: {},
  examples: ['CLIENTS_FILE=clients.json npx homeward clients list'],
  run: async (_given, env) => withFile(env, async (file) => print(await listClients(file))),
});

export const clientsAdd = defineCommand({
  name: 'clients add',
  purpose: 'let a client request tokens',
  about: [ABOUT, 'Give its public keys by --jwks or by --jwks-uri. The file is made if there is none.'],
  options: {
    id: { value: 'ID', meaning: 'the client id, the iss and sub of its assertions', required: true },
    name: { value: 'NAME', meaning: 'the name that people use for it', required: true },
    ods: { value: 'CODE', meaning: 'the ODS code of the organisation that it acts for', required: true },
    scope: {
      value: '"SCOPES"',
      meaning: 'the scopes that it may be granted, separated by spaces',
      required: true,
    },
    jwks: { value: 'FILE', meaning: 'a file with its public keys (JWKS)' },
    'jwks-uri': { value: 'ADDRESS', meaning: 'where its public keys are published' },
    'certificate-sha256': {
      value: 'THUMBPRINT',
      meaning: 'accept its tokens only with this TLS client certificate: base64url of the SHA-256',
    },
  },
  examples: [
    'CLIENTS_FILE=clients.json npx homeward clients add --id ward-a --name "Ward A" --ods RR8 --scope system/Bundle.c --jwks ward-a.jwks.json',
  ],
  run: async ({ values }, env, stop) =>
    withFile(env, async (file) => {
      const { id, name, ods, scope, jwks: path } = values;
      const jwks = path === undefined ? undefined : await jwksIn(path);
      if (typeof jwks === 'string') return failed(jwks, 66);
      const jwksUri = values['jwks-uri'];
      const certificateSha256 = values['certificate-sha256'];
      const added = await addClient(file, {
        clientId: id,
        name,
        odsCode: ods,
        scope,
        ...(jwks !== undefined && { jwks }),
        ...(jwksUri !== undefined && { jwksUri }),
        ...(certificateSha256 !== undefined && { certificateSha256 }),
      });
      return recorded(print(added), `add ${id}`, env, file, stop);
    }),
});

export const clientsDisable = switching(true);
export const clientsEnable = switching(false);

function switching(disabled: boolean): Command {
  const word = disabled ? 'disable' : 'enable';
  return defineCommand({
    name: `clients ${word}`,
    purpose: disabled ? 'refuse a client and its current tokens' : 'accept a disabled client again',
    about: [ABOUT],
    operands: { name: 'ID', meaning: 'the client id, as homeward clients list shows it' },
    options: {},
    examples: [`CLIENTS_FILE=clients.json npx homeward clients ${word} ward-a`],
    run: async ({ operands: [id = ''] }, env, stop) =>
      withFile(env, async (file) =>
        recorded(print(await setDisabled(file, id, disabled)), `${word} ${id}`, env, file, stop),
      ),
  });
}

async function withFile(env: NodeJS.ProcessEnv, work: (file: string) => Promise<number>): Promise<number> {
  const file = env.CLIENTS_FILE?.trim() || undefined;
  return file === undefined
    ? failed('CLIENTS_FILE must be set to the file that holds the clients, for example clients.json.', 78)
    : work(file);
}

function print({ exitCode, lines }: ClientsResult): number {
  const [stream, prefix] = exitCode === 0 ? [process.stdout, ''] : [process.stderr, 'homeward: '];
  stream.write(lines.map((line) => `${prefix}${line}\n`).join(''));
  return exitCode;
}

/** The keys in the file, or a sentence that names the fault when the file contains no JSON object. */
async function jwksIn(path: string): Promise<JsonObject | string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return `--jwks: ${path} cannot be read (${String((error as NodeJS.ErrnoException).code)}).`;
  }
  try {
    const read: unknown = JSON.parse(text);
    return isObject(read) ? read : `--jwks: ${path} must hold a JWKS: {"keys": [ … ]}.`;
  } catch {
    return `--jwks: ${path} is not JSON.`;
  }
}

async function recorded(
  exitCode: number,
  what: string,
  env: NodeJS.ProcessEnv,
  file: string,
  stop: AbortSignal | undefined,
): Promise<number> {
  if (exitCode !== 0) return exitCode;
  const isRecorded = await recordChange(what, env, file, stop).catch(() => false);
  if (!isRecorded)
    process.stderr.write('The audit trail will record the change when a server reads the file.\n');
  return exitCode;
}

/** @returns false when no database is available: a server records the change when it reads the file */
async function recordChange(
  what: string,
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
    // A server may have noticed the change first, or may never have read the file. Only this command knows who made the
    // change.
    if (!isNew)
      await recordAct(database, config, '$changed', `homeward clients ${what}; SHA-256 ${seen.sha256}`, {
        action: 'U',
        target: 'CLIENTS_FILE',
      });
    return true;
  } finally {
    await close();
  }
}
