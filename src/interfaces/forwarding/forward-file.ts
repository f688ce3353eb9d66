/**
 * Reads `FORWARD_FILE`: which submissions are passed on, and to which systems.
 * @see docs/transports/passing-on.md
 */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { isLoopback } from '../../config/mode';
import { faultOfAuthorities, openAuthorities } from '../../platform/authorities';
import { messageOf } from '../../platform/message-of';
import {
  openSettingsFile,
  type FileHelp,
  type OpenedSettings,
  type Secret,
  type SettingsFileOptions,
} from '../../platform/settings-file';
import { inCapitals, isOdsCodeShape } from '../../terminology/ods';
import type { ForwardRule } from '../../use-cases/forwarding/rules';
import { readSigningKey } from './signing-key';

/** A rule of the file, with the system that it passes on to. */
export interface Forward extends ForwardRule {
  to: FhirTarget | MeshTarget | Hl7v2Target;
  /** `mdm`: the PDF alone, in an HL7 v2 document message. */
  as: 'bundle' | 'mdm';
}

export interface FhirTarget {
  kind: 'fhir';
  /** The FHIR base, without a slash at its end. */
  url: string;
  ca: ReadFile;
  /** Absent for a server that needs no token. */
  client?: { tokenUrl: string; clientId: string; scope: string; key: Secret };
}

export interface MeshTarget {
  kind: 'mesh';
  mailbox: string;
  from: string;
  workflow: string;
}

export interface Hl7v2Target {
  kind: 'hl7v2';
  host: string;
  port: number;
  /** TLS where the certificate authorities are given. */
  tls?: { ca: ReadFile; cert: ReadFile; key: ReadFile };
  /** MSH-3 and MSH-4; MSH-4 is the sender of the submission unless it is given. */
  sender?: { application: string; facility: string };
  /** MSH-5 and MSH-6. */
  receiver?: { application: string; facility: string };
}

/** Reads a file when it is needed, so that a changed one is used at once; undefined where none is named. */
export type ReadFile = () => Promise<string | undefined>;

/** The scope to ask for when the file names none: submitting Bundles. */
const DEFAULT_SCOPE = 'system/Bundle.c';

const odsCodes = z
  .array(
    z
      .string()
      .transform((code) => inCapitals(code.trim()))
      .refine(isOdsCodeShape, { error: 'must be an ODS code, such as RR8.' }),
  )
  .min(1);

/** A sender without an ODS code is known by its client id. */
const senders = z
  .array(
    z
      .string()
      .transform((code) => (/^[a-z0-9]+:/.test(code) ? code : inCapitals(code.trim())))
      .refine((code) => isOdsCodeShape(code) || /^[a-z0-9]+:./.test(code), {
        error: 'must be an ODS code, such as RR8, or client:<client id>.',
      }),
  )
  .min(1);

const address = z.string().refine(isSafeAddress, {
  error:
    'must be an https: URL without a user name, query or fragment. http: is allowed for a loopback address only.',
});

function isSafeAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  const isSafe = protocol === 'https:' || (protocol === 'http:' && isLoopback(bare(hostname)));
  return isSafe && username === '' && password === '' && search === '' && hash === '';
}

/** `[::1]` as `::1`. */
const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');

const text = z.string().trim().min(1);
const parties = z.string().regex(/^[^|^~\\&\s]{1,227}\|[^|^~\\&\s]{1,227}$/, {
  error: 'must be an application and a facility, such as "TIE|RYY".',
});

const fhir = z.strictObject({
  url: address,
  tokenUrl: address.optional(),
  clientId: text.optional(),
  keyFile: text.optional(),
  key: text.optional(),
  scope: text.optional(),
  caFile: text.optional(),
});
const mesh = z.strictObject({ mailbox: text, from: text, workflow: text });
const hl7v2 = z.strictObject({
  host: text,
  port: z.int().min(1).max(65_535),
  caFile: text.optional(),
  certFile: text.optional(),
  keyFile: text.optional(),
  sender: parties.optional(),
  receiver: parties.optional(),
});

const schema = z.array(
  z.strictObject({
    name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
      error: 'must have 1 to 64 letters, digits, dots, dashes or underscores, such as gp-records.',
    }),
    when: z
      .strictObject({
        senders: senders.optional(),
        practices: odsCodes.optional(),
        custodians: odsCodes.optional(),
      })
      .optional(),
    to: z
      .strictObject({ fhir: fhir.optional(), mesh: mesh.optional(), hl7v2: hl7v2.optional() })
      .refine((to) => Object.values(to).filter((each) => each !== undefined).length === 1, {
        error: 'must have exactly one of fhir, mesh and hl7v2.',
      }),
    as: z.enum(['bundle', 'mdm']).optional(),
  }),
);
type FileRule = z.output<typeof schema>[number];

/** @property problem reports what happens later, while the file is in use */
type RuleHelp = FileHelp & { problem: (text: string) => void };

export function openForwardFile(
  path: string,
  {
    mailboxes,
    ...options
  }: Pick<
    SettingsFileOptions<typeof schema, Forward[]>,
    'env' | 'isSandbox' | 'now' | 'onProblem' | 'onRead'
  > & {
    /** The mailboxes of `MESH_FILE`. */
    mailboxes: () => readonly string[];
  },
): Promise<OpenedSettings<Forward[]>> {
  return openSettingsFile({
    ...options,
    path,
    name: 'FORWARD_FILE',
    schema,
    build: (rules, help) => readRules(rules, mailboxes(), { ...help, problem: options.onProblem }),
  });
}

function readRules(rules: readonly FileRule[], mailboxes: readonly string[], help: RuleHelp): Forward[] {
  const names = new Set<string>();
  return rules.map(({ name, when = {}, to, as = 'bundle' }, index) => {
    const at = `[${index}]`;
    if (names.has(name)) help.fault(`${at}.name`, `is used twice: ${name}. Give each rule its own name.`);
    names.add(name);
    if (as === 'mdm' && to.hl7v2 === undefined)
      help.fault(`${at}.as`, 'may be "mdm" only where the rule passes on to hl7v2.');
    if (to.mesh && !mailboxes.includes(to.mesh.from.toUpperCase()))
      help.fault(`${at}.to.mesh.from`, `must be a mailbox of MESH_FILE; ${to.mesh.from} is not one.`);
    return { name, when: whenOf(when), to: targetOf(to, `${at}.to`, help), as };
  });
}

const whenOf = ({ senders, practices, custodians }: NonNullable<FileRule['when']>): Forward['when'] => ({
  ...(senders === undefined ? {} : { senders }),
  ...(practices === undefined ? {} : { practices }),
  ...(custodians === undefined ? {} : { custodians }),
});

function targetOf({ fhir, mesh, hl7v2 }: FileRule['to'], at: string, help: RuleHelp): Forward['to'] {
  if (fhir) return fhirTarget(fhir, `${at}.fhir`, help);
  if (mesh) return { kind: 'mesh', ...mesh };
  return hl7v2Target(hl7v2!, `${at}.hl7v2`, help);
}

function fhirTarget(given: z.output<typeof fhir>, at: string, help: RuleHelp): FhirTarget {
  const { url, tokenUrl, clientId, scope = DEFAULT_SCOPE } = given;
  const key = help.secret(given, 'key', at);
  if (given.keyFile !== undefined) checkKey(help.path(given.keyFile), `${at}.keyFile`, help);
  const hasKey = given.keyFile !== undefined || given.key !== undefined;
  const has = [tokenUrl !== undefined, clientId !== undefined, hasKey];
  if (has.includes(true) && has.includes(false))
    help.fault(at, 'must have tokenUrl, clientId and keyFile together, or none of them.');
  return {
    kind: 'fhir',
    url: url.replace(/\/+$/, ''),
    ca: authorities(given.caFile, `${at}.caFile`, help),
    ...(tokenUrl !== undefined && clientId !== undefined && key !== undefined
      ? { client: { tokenUrl, clientId, scope, key } }
      : {}),
  };
}

function hl7v2Target(given: z.output<typeof hl7v2>, at: string, help: RuleHelp): Hl7v2Target {
  const { host, port, caFile, certFile, keyFile } = given;
  if ((certFile === undefined) !== (keyFile === undefined))
    help.fault(at, 'must have certFile and keyFile together, or neither.');
  if (certFile !== undefined && caFile === undefined)
    help.fault(at, 'needs caFile for a connection with certFile: TLS is used where caFile is set.');
  const ca = authorities(caFile, `${at}.caFile`, help);
  const cert = ownCertificate(certFile, `${at}.certFile`, help);
  if (keyFile !== undefined) checkKey(help.path(keyFile), `${at}.keyFile`, help);
  const key = readLater(keyFile === undefined ? undefined : help.path(keyFile));
  return {
    kind: 'hl7v2',
    host,
    port,
    ...(caFile === undefined ? {} : { tls: { ca, cert, key } }),
    ...(given.sender === undefined ? {} : { sender: partiesOf(given.sender) }),
    ...(given.receiver === undefined ? {} : { receiver: partiesOf(given.receiver) }),
  };
}

function partiesOf(text: string): { application: string; facility: string } {
  const [application = '', facility = ''] = text.split('|');
  return { application, facility };
}

/** A file of certificate authorities, checked now and whenever it is used. */
function authorities(given: string | undefined, at: string, help: RuleHelp): ReadFile {
  if (given === undefined) return readLater(undefined);
  const path = help.path(given);
  const fault = faultOfAuthorities(path);
  if (fault === undefined) return openAuthorities(path, help.problem);
  help.fault(at, `must name a PEM file of certificates: ${fault}.`);
  return readLater(path);
}

/** The certificate of this server as a client, checked now and read when it is used. */
function ownCertificate(given: string | undefined, at: string, help: RuleHelp): ReadFile {
  const path = given === undefined ? undefined : help.path(given);
  const fault = path === undefined ? undefined : faultOfAuthorities(path);
  if (fault !== undefined) help.fault(at, `must name a PEM file of certificates: ${fault}.`);
  return readLater(path);
}

function checkKey(path: string, at: string, help: RuleHelp): void {
  try {
    readSigningKey(readFileSync(path, 'utf8'));
  } catch (error) {
    help.fault(at, `names ${path}, which cannot be used: ${messageOf(error)}`);
  }
}

const readLater =
  (path: string | undefined): ReadFile =>
  async () =>
    path === undefined ? undefined : readFile(path, 'utf8');
