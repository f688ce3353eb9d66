/**
 * Edits `CLIENTS_FILE` for `homeward clients`: list, add, disable, enable. A running server reads the changed file
 * without a restart.
 */
import { randomUUID } from 'node:crypto';
import { chmod, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { readRegistrations, type ClientRegistration } from '../../engines/access/client-registration';
import { faultOfScopes } from '../../engines/access/scope-fault';

/** The output of the command, and its exit code: 0 done, 64 wrong options, 78 a file with faults. */
export interface ClientsResult {
  exitCode: 0 | 64 | 78;
  lines: readonly string[];
}

export async function listClients(path: string): Promise<ClientsResult> {
  const read = await readClientsFile(path);
  if (!read.ok) return failed(78, ...inFile(path, read.faults));
  if (read.value.length === 0) return done('There is no client yet.');
  return done(
    ...read.value.map(({ clientId, name, odsCode, scope, disabled }) =>
      [clientId, odsCode, disabled === true ? 'disabled' : 'enabled', name, scope].join('\t'),
    ),
  );
}

/** Adds a client. Creates the file if it is missing. Writes nothing if any client in the file has a fault. */
export async function addClient(path: string, client: ClientRegistration): Promise<ClientsResult> {
  const read = await readClientsFile(path);
  if (!read.ok) return failed(78, ...inFile(path, read.faults));
  const faults = faultsOf(client, read.value);
  if (faults.length > 0) return failed(64, ...faults);
  const clients = [...read.value, client];
  const checked = readRegistrations(clients);
  if (!checked.ok) return failed(78, ...inFile(path, checked.faults));
  await writeClientsFile(path, clients);
  return done(...inFile(path, checked.remarks), `Added ${client.clientId} to ${path}.`);
}

/** The option for each member of a client. */
const OPTIONS: Readonly<Record<string, string>> = {
  clientId: '--id',
  name: '--name',
  odsCode: '--ods',
  scope: '--scope',
  jwks: '--jwks',
  jwksUri: '--jwks-uri',
  certificateSha256: '--certificate-sha256',
};

/** The faults of a client to add, with the names of the options that were typed. */
function faultsOf(client: ClientRegistration, before: readonly ClientRegistration[]): string[] {
  const read = readRegistrations([client]);
  const faults = (read.ok ? [] : read.faults).map((fault) => {
    const [, member = '', rest = ''] = /^\[0\]\.(\w+)(.*)$/s.exec(fault) ?? [];
    return `${OPTIONS[member] ?? member}${rest}.`;
  });
  const scopes = faultOfScopes(client.scope);
  if (scopes !== undefined && !faults.some((fault) => fault.startsWith('--scope')))
    faults.push(`--scope: ${scopes}`);
  if (before.some(({ clientId }) => clientId === client.clientId))
    faults.push(`--id ${client.clientId} is already in the file. Choose another id.`);
  return faults;
}

export async function setDisabled(path: string, id: string, disabled: boolean): Promise<ClientsResult> {
  const read = await readClientsFile(path);
  if (!read.ok) return failed(78, ...inFile(path, read.faults));
  const at = read.value.findIndex((client) => client.clientId === id);
  if (at < 0) return failed(64, `No client in ${path} has the id ${id}. See: homeward clients list`);
  await writeClientsFile(
    path,
    read.value.map((client, index) => (index === at ? { ...client, disabled } : client)),
  );
  return done(
    disabled
      ? `Disabled ${id}. It gets no more tokens, and the server refuses its current tokens.`
      : `Enabled ${id}. It can get tokens again.`,
  );
}

async function readClientsFile(path: string): Promise<ReturnType<typeof readRegistrations>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { ok: true, value: [], remarks: [] };
    return { ok: false, faults: [`cannot be read (${String((error as NodeJS.ErrnoException).code)})`] };
  }
  try {
    return readRegistrations(JSON.parse(text));
  } catch {
    return { ok: false, faults: ['is not JSON'] };
  }
}

/**
 * Writes a temporary file and renames it, so that a server never reads an incomplete file. An existing file keeps its
 * mode. If the path is a symbolic link, the file that it points at is replaced.
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

function failed(exitCode: 64 | 78, ...lines: string[]): ClientsResult {
  return { exitCode, lines };
}

/** `clients.json[1].scope must hold …`: the file and the member, in one place. */
function inFile(path: string, faults: readonly string[]): string[] {
  return faults.map((fault) => (fault.startsWith('[') ? `${path}${fault}.` : `${path} ${fault}.`));
}
