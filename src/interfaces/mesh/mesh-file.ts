/**
 * The settings of MESH: the file that `MESH_FILE` names, with its mailboxes, their workflows and their senders.
 * @see docs/transports/mesh.md for a complete example
 */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { z } from 'zod';
import { isLoopback } from '../../config/mode';
import { messageOf } from '../../platform/message-of';
import type { OnRead } from '../../platform/seen-file';
import {
  openSettingsFile,
  type FileHelp,
  type OpenedSettings,
  type Secret,
  type SettingsFile,
} from '../../platform/settings-file';

export interface MeshSettings {
  /** Without a slash at its end: `https://msg.intspineservices.nhs.uk`. */
  url: string;
  sharedKey: Secret;
  /** Absolute paths of PEM files; they are read again when they change. */
  tls: TlsFiles;
  /** How long the server waits before it looks at an inbox again. */
  pollSeconds: number;
  /** What happens to a message of another workflow or of an unknown sender. */
  others: 'leave' | 'set-aside';
  mailboxes: readonly MailboxSettings[];
}

export interface TlsFiles {
  certFile?: string;
  keyFile?: string;
  caFile?: string;
}

export interface MailboxSettings {
  /** In capitals. */
  mailbox: string;
  password: Secret;
  /** The workflow of the report, by the workflow of the message: `VW_SUMMARY` has `VW_SUMMARY_ACK`. */
  workflows: ReadonlyMap<string, string>;
  /** The ODS code of the organisation, by its mailbox. */
  senders: ReadonlyMap<string, string>;
}

/** NHS England asks clients of MESH not to look more often than this. */
export const SLOWEST_POLL_SECONDS = 300;

const text = z.string().min(1);
const mailboxName = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,100}$/, 'must be the name of a mailbox, such as X26ABC1.');
const odsCode = z.string().regex(/^[A-Z0-9]{3,12}$/, 'must be an ODS code: 3 to 12 capitals and digits.');

const schema = z.strictObject({
  url: z.string(),
  sharedKey: text.optional(),
  sharedKeyFile: text.optional(),
  certFile: text.optional(),
  keyFile: text.optional(),
  caFile: text.optional(),
  pollSeconds: z.number().min(1).max(86_400).default(SLOWEST_POLL_SECONDS),
  others: z.enum(['leave', 'set-aside']).default('leave'),
  mailboxes: z
    .array(
      z.strictObject({
        mailbox: mailboxName,
        password: text.optional(),
        passwordFile: text.optional(),
        workflows: z.array(z.strictObject({ id: text.max(300), acknowledge: text.max(300) })).default([]),
        senders: z.record(z.string(), odsCode).default({}),
      }),
    )
    .min(1),
});

type MeshFile = z.output<typeof schema>;

export interface MeshFileOptions {
  path: string;
  env: NodeJS.ProcessEnv;
  isSandbox: boolean;
  now: () => number;
  onProblem: (text: string) => void;
  onRead?: OnRead;
}

/** @returns the settings, or every fault of the file as a sentence that begins with `MESH_FILE:` */
export function openMeshFile(options: MeshFileOptions): Promise<OpenedSettings<MeshSettings>> {
  const build = (file: MeshFile, help: FileHelp): MeshSettings => settingsOf(file, help, options.isSandbox);
  return openSettingsFile({ ...options, name: 'MESH_FILE', schema, build });
}

export type { SettingsFile };

function settingsOf(file: MeshFile, help: FileHelp, isSandbox: boolean): MeshSettings {
  const url = urlOf(file.url, help, isSandbox);
  if (url !== undefined && isOfTheNhs(url.hostname) && file.pollSeconds < SLOWEST_POLL_SECONDS)
    help.fault(
      'pollSeconds',
      `must be ${SLOWEST_POLL_SECONDS} or more for ${url.hostname}: MESH allows a look at the inbox every 5 minutes.`,
    );
  return {
    url: file.url.replace(/\/+$/, '').replace(/\/messageexchange$/, ''),
    sharedKey: neededSecret(file, 'sharedKey', '', help),
    tls: tlsOf(file, help),
    pollSeconds: file.pollSeconds,
    others: file.others,
    mailboxes: mailboxesOf(file, help),
  };
}

/** Whether the address is one of NHS England: `mesh-sync.spineservices.nhs.uk`. */
export function isOfTheNhs(host: string): boolean {
  return /(^|\.)nhs\.uk$/i.test(host);
}

function urlOf(given: string, { fault }: FileHelp, isSandbox: boolean): URL | undefined {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    fault('url', 'must be an https: address, such as https://msg.intspineservices.nhs.uk.');
    return undefined;
  }
  if (url.protocol === 'http:' && !isSandbox && !isLoopback(url.hostname.replace(/^\[|\]$/g, '')))
    fault('url', 'must begin with https: because http: does not encrypt patient data.');
  if (url.search !== '' || url.hash !== '' || url.username !== '')
    fault('url', 'must be an address without a user, a query or a fragment.');
  return url;
}

function tlsOf({ certFile, keyFile, caFile }: MeshFile, help: FileHelp): TlsFiles {
  if ((certFile === undefined) !== (keyFile === undefined))
    help.fault(
      certFile === undefined ? 'certFile' : 'keyFile',
      'is missing: set certFile and keyFile together.',
    );
  const given = { certFile, keyFile, caFile };
  const paths: TlsFiles = {};
  const contents: Record<string, Buffer> = {};
  for (const [member, file] of Object.entries(given)) {
    if (file === undefined) continue;
    const path = help.path(file);
    paths[member as keyof TlsFiles] = path;
    try {
      contents[member] = readFileSync(path);
    } catch (error) {
      help.fault(member, `must name a file that the server can read: ${messageOf(error)}.`);
    }
  }
  if (Object.keys(contents).length === Object.keys(paths).length) checkTls(contents, help);
  return paths;
}

function checkTls({ certFile, keyFile, caFile }: Record<string, Buffer>, { fault }: FileHelp): void {
  try {
    createSecureContext({ cert: certFile, key: keyFile });
  } catch (error) {
    fault('certFile', `and keyFile must be a certificate and its private key, in PEM: ${messageOf(error)}.`);
  }
  if (caFile !== undefined && !caFile.includes('-----BEGIN CERTIFICATE-----'))
    fault('caFile', 'must have certificates of certificate authorities, in PEM.');
}

function mailboxesOf({ mailboxes }: MeshFile, help: FileHelp): MailboxSettings[] {
  const seen = new Set<string>();
  return mailboxes.map((each, index) => {
    const at = `mailboxes[${index}]`;
    const mailbox = each.mailbox.toUpperCase();
    if (seen.has(mailbox)) help.fault(`${at}.mailbox`, `is ${mailbox}, which the file has already.`);
    seen.add(mailbox);
    return {
      mailbox,
      password: neededSecret(each, 'password', at, help),
      workflows: workflowsOf(each.workflows, `${at}.workflows`, help),
      senders: new Map(Object.entries(each.senders).map(([from, ods]) => [from.toUpperCase(), ods])),
    };
  });
}

function workflowsOf(
  workflows: MeshFile['mailboxes'][number]['workflows'],
  at: string,
  { fault }: FileHelp,
): Map<string, string> {
  const byId = new Map<string, string>();
  for (const [index, { id, acknowledge }] of workflows.entries()) {
    if (byId.has(id)) fault(`${at}[${index}].id`, `is ${id}, which the mailbox has already.`);
    byId.set(id, acknowledge);
  }
  for (const [index, { acknowledge }] of workflows.entries())
    if (byId.has(acknowledge))
      fault(`${at}[${index}].acknowledge`, `must be another workflow than the ones that are received.`);
  return byId;
}

function neededSecret(
  object: Readonly<Record<string, unknown>>,
  name: string,
  at: string,
  { secret, fault }: FileHelp,
): Secret {
  if (object[name] === undefined && object[`${name}File`] === undefined)
    fault(at === '' ? `${name}File` : `${at}.${name}File`, 'is missing: name a file that has the secret.');
  return secret(object, name, at) ?? (async () => '');
}
