/**
 * Reads the JSON file of a road (MESH, HL7 v2, passing on) that an operator may edit while the server runs. Faults name
 * the place in the file: `MESH_FILE: mailboxes[0].workflows must be an array`. A file that is broken while the server
 * runs is reported, and the earlier content stays in use. @see docs/transports/README.md
 */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { messageOf } from './message-of';
import type { OnRead, SeenFile } from './seen-file';
import { partsOfSettings } from './settings-parts';
import { CHECK_AGAIN_AFTER_MILLIS, openWatchedFile, type Reading } from './watched-file';

/** A password or key. It is read each time, so that a changed secret file is used at once. */
export type Secret = () => Promise<string>;

/** What `build` can ask while it makes the settings of the file. */
export interface FileHelp {
  /** An absolute path: relative paths are relative to the file. */
  path(given: string): string;
  /**
   * The secret `name` of an object: the file that the member `<name>File` names, or `"${NAME}"` in the member `<name>`.
   * @param at the place of the object in the file, such as `mailboxes[0]`; empty for the whole file
   * @returns undefined when the object has neither member, or after a fault
   */
  secret(object: Readonly<Record<string, unknown>>, name: string, at: string): Secret | undefined;
  /** Reports a fault at a place in the file. */
  fault(at: string, sentence: string): void;
}

export interface SettingsFileOptions<S extends z.ZodType, T> {
  path: string;
  /** The variable that names the file, such as `MESH_FILE`. */
  name: string;
  schema: S;
  /** Makes the settings from the parsed file. Their faults are reported through `help`. */
  build: (file: z.output<S>, help: FileHelp) => T;
  env: NodeJS.ProcessEnv;
  /** In a sandbox a secret may stand in the file itself. */
  isSandbox: boolean;
  now: () => number;
  onProblem: (text: string) => void;
  /** Called with each state that comes into use, for the log and the audit trail. */
  onRead?: OnRead;
}

export interface SettingsFile<T> {
  /** The content in use. */
  current(): T;
  /** The faults of the newest content, which is not in use, and since when; undefined when it is in use. */
  fault(): { text: string; since: Date } | undefined;
  /** Calls back within a second of each change that comes into use. @returns a function that stops it */
  watch(onChange: (value: T) => void): () => void;
}

export type OpenedSettings<T> =
  { ok: true; file: SettingsFile<T> } | { ok: false; faults: readonly string[] };

/** @returns every fault of the file, each a sentence that begins with its name */
export async function openSettingsFile<S extends z.ZodType, T>(
  options: SettingsFileOptions<S, T>,
): Promise<OpenedSettings<T>> {
  const { path, name, now } = options;
  let changes = 0;
  let fault: { text: string; since: Date } | undefined;
  let parts: SeenFile['parts'] = {};
  const opened = await openWatchedFile<T>({
    path,
    name,
    now,
    read: (document) => {
      const reading = readSettings(document, options);
      if (reading.ok) parts = partsOfSettings(document);
      return reading;
    },
    parts: () => parts,
    onRead: async (seen) => {
      changes += 1;
      fault = undefined;
      await options.onRead?.(seen);
    },
    onProblem: (text) => {
      fault = { text: fault === undefined ? text : `${fault.text} ${text}`, since: new Date(now()) };
      options.onProblem(text);
    },
  });
  if (!opened.ok) return opened;
  const { file } = opened;
  return {
    ok: true,
    file: {
      current: () => file.current(),
      fault: () => fault,
      watch: (onChange) => {
        let seen = changes;
        const timer = setInterval(() => {
          void file.settle().then(() => {
            if (changes === seen) return;
            seen = changes;
            onChange(file.current());
          });
        }, CHECK_AGAIN_AFTER_MILLIS);
        timer.unref();
        return () => clearInterval(timer);
      },
    },
  };
}

function readSettings<S extends z.ZodType, T>(
  document: unknown,
  { path, schema, build, env, isSandbox }: SettingsFileOptions<S, T>,
): Reading<T> {
  const parsed = schema.safeParse(document, { error: sentenceOf });
  if (!parsed.success) return { ok: false, faults: parsed.error.issues.map(faultOf) };
  const faults: string[] = [];
  const folder = dirname(resolve(path));
  const fault = (at: string, sentence: string): void => {
    faults.push(at === '' ? sentence : `${at} ${sentence}`);
  };
  const help: FileHelp = {
    path: (given) => resolve(folder, given),
    secret: (object, name, at) => secretOf({ object, name, at, folder, env, isSandbox, fault }),
    fault,
  };
  const value = build(parsed.data, help);
  return faults.length > 0 ? { ok: false, faults } : { ok: true, value, remarks: [] };
}

interface SecretAt {
  object: Readonly<Record<string, unknown>>;
  name: string;
  at: string;
  folder: string;
  env: NodeJS.ProcessEnv;
  isSandbox: boolean;
  fault: FileHelp['fault'];
}

function secretOf({ object, name, at, folder, env, isSandbox, fault }: SecretAt): Secret | undefined {
  const place = (member: string): string => (at === '' ? member : `${at}.${member}`);
  const file = object[`${name}File`];
  const given = object[name];
  if (typeof file === 'string' && given !== undefined) {
    fault(place(name), `and ${name}File are both set: remove one of them.`);
    return undefined;
  }
  if (typeof file === 'string') {
    const path = resolve(folder, file);
    try {
      if (withoutLineFeed(readFileSync(path, 'utf8')) === '')
        fault(place(`${name}File`), `names ${path}, which is empty: write the secret into it.`);
    } catch (error) {
      fault(place(`${name}File`), `must name a file that the server can read: ${messageOf(error)}.`);
    }
    return async () => withoutLineFeed(await readFile(path, 'utf8'));
  }
  if (typeof given !== 'string') return undefined;
  const variable = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(given)?.[1];
  if (variable !== undefined) {
    const value = env[variable];
    if (value === undefined || value === '')
      fault(place(name), `names the environment variable ${variable}, which is not set.`);
    return async () => value ?? '';
  }
  if (!isSandbox) {
    fault(
      place(name),
      `must not be in the file itself. Put it in a file of its own and name that in ${name}File, or write "\${NAME}" for an environment variable.`,
    );
    return undefined;
  }
  return async () => given;
}

const withoutLineFeed = (text: string): string => text.replace(/\r?\n$/, '');

/** `mailboxes[0].workflows`. */
export function placeOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((place, part) => {
    if (typeof part === 'number') return `${place}[${part}]`;
    const name = String(part);
    if (!/^[\w-]+$/.test(name)) return `${place}[${JSON.stringify(name)}]`;
    return place === '' ? name : `${place}.${name}`;
  }, '');
}

function faultOf({ path, message }: z.core.$ZodIssue): string {
  const place = placeOf(path);
  return `${place === '' ? 'the file' : place} ${message}`;
}

const ARTICLES: Readonly<Record<string, string>> = {
  array: 'an array',
  object: 'an object',
  int: 'a whole number',
};

const nameOfType = (type: string): string => ARTICLES[type] ?? `a ${type}`;

/** The sentence of a fault, to be read after its place. Undefined leaves zod's own sentence. */
function sentenceOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? `is missing: it must be ${nameOfType(issue.expected)}.`
        : `must be ${nameOfType(issue.expected)}.`;
    case 'unrecognized_keys':
      return `has ${issue.keys.length === 1 ? 'a member' : 'members'} that Homeward does not know: ${issue.keys.join(', ')}.`;
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}.`;
    case 'too_small':
      return issue.origin === 'string'
        ? 'must not be empty.'
        : `must be at least ${String(issue.minimum)}${issue.origin === 'array' ? ' long' : ''}.`;
    case 'too_big':
      return `must be at most ${String(issue.maximum)}${issue.origin === 'array' || issue.origin === 'string' ? ' long' : ''}.`;
    default:
      return undefined;
  }
}
