/**
 * `homeward clients add|list|disable|enable`: keeps `CLIENTS_FILE`. A running server reads the file again by itself.
 */
import { randomUUID } from 'node:crypto';
import { chmod, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { readRegistrations, type ClientRegistration } from '../access/client-registration';
import { messageOf } from '../access/message-of';
import type { JsonObject } from '../fhir/types';

/** What the command has to say, and how it ends: 0 done, 1 not done. */
export interface ClientsResult {
  exitCode: 0 | 1;
  lines: readonly string[];
}

export const clientsUsage = [
  'homeward clients list',
  'homeward clients add --id ID --name NAME --ods CODE --scope "SCOPES" (--jwks FILE | --jwks-uri ADDRESS) [--certificate-sha256 THUMBPRINT]',
  'homeward clients disable ID',
  'homeward clients enable ID',
];

/** @param args what stands after `clients` */
export async function runClients(
  args: readonly string[],
  clientsFile: string | undefined,
): Promise<ClientsResult> {
  if (clientsFile === undefined) return failed('CLIENTS_FILE must be set: the file that holds the clients.');
  const [command, ...rest] = args;
  switch (command) {
    case 'list':
      return listClients(clientsFile);
    case 'add':
      return addFromArguments(clientsFile, rest);
    case 'disable':
    case 'enable':
      return setDisabled(clientsFile, rest[0], command === 'disable');
    default:
      return failed('Usage:', ...clientsUsage.map((line) => `  ${line}`));
  }
}

export async function listClients(path: string): Promise<ClientsResult> {
  const read = await readClientsFile(path);
  if (!read.ok) return failed(...read.faults);
  if (read.value.length === 0) return done('There is no client yet.');
  return done(
    ...read.value.map(({ clientId, name, odsCode, scope, disabled }) =>
      [clientId, odsCode, disabled === true ? 'disabled' : 'enabled', name, scope].join('\t'),
    ),
  );
}

/** Adds a client. The file is made where there is none; nothing is written where any client of it has a fault. */
export async function addClient(path: string, client: ClientRegistration): Promise<ClientsResult> {
  const read = await readClientsFile(path);
  if (!read.ok) return failed(...read.faults);
  const clients = [...read.value, client];
  const checked = readRegistrations(clients);
  if (!checked.ok) return failed(...checked.faults);
  await writeClientsFile(path, clients);
  return done(...checked.remarks, `Added ${client.clientId}.`);
}

export async function setDisabled(
  path: string,
  id: string | undefined,
  disabled: boolean,
): Promise<ClientsResult> {
  const read = await readClientsFile(path);
  if (!read.ok) return failed(...read.faults);
  const at = read.value.findIndex((client) => client.clientId === id);
  if (at < 0) return failed('No client has this id: see `homeward clients list`.');
  await writeClientsFile(
    path,
    read.value.map((client, index) => (index === at ? { ...client, disabled } : client)),
  );
  return done(
    `${disabled ? 'Disabled' : 'Enabled'} ${id}. Tokens that it has are good for up to 5 minutes more.`,
  );
}

async function addFromArguments(path: string, args: string[]): Promise<ClientsResult> {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      args,
      options: {
        id: text,
        name: text,
        ods: text,
        scope: text,
        jwks: text,
        'jwks-uri': text,
        'certificate-sha256': text,
      },
    });
    const { id = '', name = '', ods = '', scope = '', jwks } = values;
    const jwksUri = values['jwks-uri'];
    const certificateSha256 = values['certificate-sha256'];
    return await addClient(path, {
      clientId: id,
      name,
      odsCode: ods,
      scope,
      ...(jwks !== undefined && { jwks: JSON.parse(await readFile(jwks, 'utf8')) as JsonObject }),
      ...(jwksUri !== undefined && { jwksUri }),
      ...(certificateSha256 !== undefined && { certificateSha256 }),
    });
  } catch (error) {
    return failed(messageOf(error), ...clientsUsage);
  }
}

async function readClientsFile(path: string): Promise<ReturnType<typeof readRegistrations>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { ok: true, value: [], remarks: [] };
    return { ok: false, faults: [`${path} cannot be read.`] };
  }
  try {
    return readRegistrations(JSON.parse(text));
  } catch {
    return { ok: false, faults: [`${path} is not JSON.`] };
  }
}

/**
 * Written aside and renamed, so that a server never reads half of it. A file that stood there before keeps its mode, and
 * one that is reached by a link stays where it lies.
 */
async function writeClientsFile(path: string, clients: readonly ClientRegistration[]): Promise<void> {
  const file = await realpath(path).catch(() => path);
  const before = await stat(file).catch(() => undefined);
  const aside = `${file}.${randomUUID()}`;
  await writeFile(aside, `${JSON.stringify(clients, null, 2)}\n`, { mode: 0o640, flag: 'wx' });
  if (before) await chmod(aside, before.mode & 0o777);
  await rename(aside, file);
}

function done(...lines: string[]): ClientsResult {
  return { exitCode: 0, lines };
}

function failed(...lines: string[]): ClientsResult {
  return { exitCode: 1, lines };
}
