/**
 * Reads the environment once into one typed object, and reports all faults at once. The table below is the only place
 * that defines variables: the reader, the type and `docs/configuration.md` are made from it.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { access } from './config/access';
import { checking } from './config/checking';
import { database } from './config/database';
import { limits } from './config/limits';
import { listening } from './config/listening';
import { roads } from './config/roads';
import { watching } from './config/watching';
import { faultOfWorkers } from './config/workers';
import { isForSecuredServers, modeOf, type Mode } from './config/mode';
import type { Read, Variable } from './config/variable';

const table = { ...listening, ...database, ...access, ...limits, ...checking, ...roads, ...watching };

type Table = typeof table;
type ValueOf<V> = V extends Variable<infer T> ? T : never;

/** Each variable's value, by the name that the code has for it. */
export type Settings = { readonly [K in keyof Table]: ValueOf<Table[K]> };

export interface Config extends Settings {
  readonly mode: Mode;
}

/** For the documentation. */
export const variables: readonly Variable<unknown>[] = Object.values(table);

export type ConfigResult = { ok: true; config: Config } | { ok: false; faults: string[] };

/** Reads the environment. Every fault is a sentence that names its variable. */
export function readConfig(env: NodeJS.ProcessEnv): ConfigResult {
  const { settings, faults } = readSettings(env);
  faults.push(...unknownNames(env), ...missingPartners(settings));
  const named = Object.keys(env).filter((name) => isForSecuredServers(name) && isSet(env[name]));
  const { mode, faults: lacking } = modeOf(settings, named);
  faults.push(...lacking);
  return faults.length > 0 ? { ok: false, faults } : { ok: true, config: { ...settings, mode } };
}

/** The variables that need no server: no mode is decided. An invalid one gets its default. */
export function readSettings(env: NodeJS.ProcessEnv): { settings: Settings; faults: string[] } {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, variable] of Object.entries<Variable<unknown>>(table)) {
    const given = env[variable.name];
    const read: Read<unknown> = isBlank(given)
      ? { ok: false, fault: `${variable.name} contains only spaces. Give it a value, or leave it empty.` }
      : variable.read(given);
    const held = read.ok ? read : variable.read(undefined);
    if (!read.ok) faults.push(read.fault);
    if (held.ok) values[key] = held.value;
  }
  return { settings: values as Settings, faults };
}

/** Files that the settings name and that cannot be read. This is checked before anything is started. */
export function unreadableFiles(env: NodeJS.ProcessEnv): string[] {
  return variables.flatMap(({ name, isFile }) => {
    const path = env[name]?.trim();
    if (isFile !== true || path === undefined || path === '') return [];
    try {
      accessSync(path, constants.R_OK);
      return statSync(path).isFile() ? [] : [`${name} must name a file. ${path} is not a file.`];
    } catch (error) {
      return [
        `${name} must name a file that the server can read. It cannot read ${path} (${codeOf(error)}).`,
      ];
    }
  });
}

/** A misspelt name of one of these must not be ignored: the server would be less protected than intended. */
function unknownNames(env: NodeJS.ProcessEnv): string[] {
  const known = new Set(variables.map(({ name }) => name));
  return Object.keys(env)
    .filter((name) => /^(AUTH|OIDC)_/.test(name) && !known.has(name) && isSet(env[name]))
    .map((name) => `${name} is not a variable of Homeward: correct its name, or remove it.`);
}

function missingPartners(settings: Settings): string[] {
  const { tlsCertFile, tlsKeyFile, tlsClientCaFile, oidcIssuer, oidcClientId, port, metricsPort } = settings;
  const few = faultOfWorkers(settings);
  const faults: string[] = few === undefined ? [] : [few];
  if (settings.databaseReplicaUrl !== undefined && settings.databaseUrl === undefined)
    faults.push('DATABASE_REPLICA_URL needs DATABASE_URL, the address of its primary.');
  if ((tlsCertFile === undefined) !== (tlsKeyFile === undefined))
    faults.push('TLS_CERT_FILE and TLS_KEY_FILE must be set together.');
  if (tlsClientCaFile !== undefined && tlsCertFile === undefined)
    faults.push('TLS_CLIENT_CA_FILE needs TLS_CERT_FILE and TLS_KEY_FILE.');
  if (metricsPort !== undefined && metricsPort !== 0 && metricsPort === port)
    faults.push('METRICS_PORT must differ from PORT. To serve /metrics on PORT, leave METRICS_PORT empty.');
  if ((oidcIssuer === undefined) !== (oidcClientId === undefined))
    faults.push('OIDC_ISSUER and OIDC_CLIENT_ID must be set together.');
  return faults;
}

const isSet = (given: string | undefined): boolean => given !== undefined && given !== '';

/**
 * A value of spaces only, as in a template that was not filled in. It is a fault, unlike an empty value, which means
 * the default.
 */
const isBlank = (given: string | undefined): boolean => isSet(given) && given?.trim() === '';

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code);
