/** The content of `HL7V2_FILE`. @see docs/transports/hl7v2.md */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { z } from 'zod';
import { checkAuthorities } from '../../platform/authorities';
import { messageOf } from '../../platform/message-of';
import {
  openSettingsFile,
  type FileHelp,
  type OpenedSettings,
  type SettingsFileOptions,
} from '../../platform/settings-file';
import type { TlsFiles } from '../../platform/tls';
import { isOdsCodeShape } from '../../terminology/ods';

export interface Hl7v2Settings {
  host: string;
  port: number;
  tls: TlsFiles | undefined;
  /** The ODS code of each sender, by its MSH-3 and MSH-4: `RPM|TRUST`. */
  senders: Readonly<Record<string, string>>;
}

const path = z.string().min(1);

const hl7v2Schema = z.strictObject({
  port: z.number().int().min(0).max(65_535).default(2575),
  host: z.string().min(1).default('127.0.0.1'),
  certFile: path.optional(),
  keyFile: path.optional(),
  clientCaFile: path.optional(),
  senders: z.record(z.string(), z.string()),
});

function hl7v2Settings(
  { port, host, certFile, keyFile, clientCaFile, senders }: z.output<typeof hl7v2Schema>,
  help: FileHelp,
): Hl7v2Settings {
  for (const [name, odsCode] of Object.entries(senders)) {
    const place = `senders[${JSON.stringify(name)}]`;
    if (!/^[^|]+\|[^|]*$/.test(name))
      help.fault(place, 'must be named MSH-3|MSH-4, such as "RPM|TRUST": application and facility.');
    if (!isOdsCodeShape(odsCode))
      help.fault(place, 'must be an ODS code: 3 to 12 capital letters and digits, such as "RR8".');
  }
  if (certFile === undefined) {
    if (keyFile !== undefined) help.fault('certFile', 'is missing: keyFile needs a certificate.');
    if (clientCaFile !== undefined)
      help.fault('certFile', 'is missing: client certificates need TLS, with certFile and keyFile.');
    return { host, port, tls: undefined, senders };
  }
  if (keyFile === undefined) {
    help.fault('keyFile', 'is missing: certFile needs its private key.');
    return { host, port, tls: undefined, senders };
  }
  const tls: TlsFiles = {
    certFile: help.path(certFile),
    keyFile: help.path(keyFile),
    ...(clientCaFile === undefined ? {} : { clientCaFile: help.path(clientCaFile) }),
  };
  checkFiles(tls, help);
  return { host, port, tls, senders };
}

function checkFiles(tls: TlsFiles, help: FileHelp): void {
  const contents: Partial<Record<string, Buffer>> = {};
  for (const [member, file] of Object.entries(tls)) {
    try {
      contents[member] = readFileSync(file);
    } catch (error) {
      help.fault(member, `must name a file that the server can read: ${messageOf(error)}.`);
    }
  }
  const { certFile: cert, keyFile: key, clientCaFile: ca } = contents;
  if (cert === undefined || key === undefined) return;
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    help.fault('certFile', `and keyFile must be a PEM certificate and its private key: ${messageOf(error)}.`);
  }
  try {
    if (ca !== undefined) checkAuthorities(ca);
  } catch (error) {
    help.fault('clientCaFile', `must be a PEM file of certificates: ${messageOf(error)}.`);
  }
}

type FileOptions = Pick<
  SettingsFileOptions<typeof hl7v2Schema, Hl7v2Settings>,
  'env' | 'isSandbox' | 'now' | 'onProblem' | 'onRead'
>;

/** @returns every fault of the file, before the database is made or changed */
export const openHl7v2File = (path: string, options: FileOptions): Promise<OpenedSettings<Hl7v2Settings>> =>
  openSettingsFile({ ...options, path, name: 'HL7V2_FILE', schema: hl7v2Schema, build: hl7v2Settings });
