/**
 * The parts of a settings file, for the audit record of a change: which rule, mailbox or sender was added, changed or
 * removed. A part is known by its name and a hash of its content, which may be a secret.
 * @example partsOfSettings([{ name: 'gp-records', … }]) // { 'gp-records': 'set 5d41…' }
 */
import { sha256Of, type SeenFile } from './seen-file';

/** The members by which the items of a list are known, in this order. */
const NAMES = ['name', 'mailbox', 'id'] as const;

export function partsOfSettings(document: unknown): SeenFile['parts'] {
  return Object.fromEntries(partsIn(document, ''));
}

function partsIn(value: unknown, place: string): [string, string][] {
  if (Array.isArray(value))
    return value.map((item, index) => [`${place}${nameOf(item) ?? String(index)}`, stateOf(item)]);
  if (!isRecord(value)) return [[place === '' ? 'content' : place.slice(0, -1), stateOf(value)]];
  return Object.entries(value).flatMap(([member, content]): [string, string][] => {
    const at = `${place}${member}`;
    const isNested = place === '' && (isRecord(content) || Array.isArray(content));
    return isNested ? partsIn(content, `${at}.`) : [[at, stateOf(content)]];
  });
}

function nameOf(item: unknown): string | undefined {
  if (!isRecord(item)) return undefined;
  const name = NAMES.map((each) => item[each]).find((each) => typeof each === 'string');
  return typeof name === 'string' ? name : undefined;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const stateOf = (value: unknown): string => `set ${sha256Of(JSON.stringify(value) ?? '')}`;
