/**
 * A `fullUrl` as written by client libraries that put the resource's id there (HAPI's BundleBuilder): `Patient/p1`,
 * `Organization/1/_history/2`. R4 requires an absolute address without a version. If the entry itself, or the
 * references of the Bundle, show clearly which resource is meant, the fullUrl and those references are rewritten.
 * @see https://hl7.org/fhir/R4/bundle.html#bundle-unique
 */
import { createHash } from 'node:crypto';
import type { Repair, Repaired } from '../../definitions/rule';
import { isObject, isResource, type AnyResource, type Json, type JsonObject } from '../../fhir/types';
import { unchanged } from '../common/example';

/** A reserved address (RFC 2606). It makes a name with type and id absolute, and points to no real server. */
const RESERVED_BASE = 'https://relative.invalid';
const ABSOLUTE = /^[a-z][a-z0-9+.-]*:/i;
const VERSION = /\/_history\/[^/]*$/;
const TYPE_AND_ID = /^(?:.*\/)?([A-Z][A-Za-z]{1,63})\/([A-Za-z0-9\-.]{1,64})$/;

interface NamedEntry {
  entry: JsonObject;
  resource: AnyResource;
  index: number;
  written: string;
  /** Without a version, and without a slash at its beginning. */
  name: string;
}

interface Renamed {
  index: number;
  before: string;
  after: string;
}

function* namedEntries(bundle: AnyResource): Generator<NamedEntry> {
  if (bundle.resourceType !== 'Bundle' || !Array.isArray(bundle.entry)) return;
  for (const [index, entry] of bundle.entry.entries()) {
    if (!isObject(entry) || typeof entry.fullUrl !== 'string' || !isResource(entry.resource)) continue;
    const { fullUrl: written, resource } = entry;
    if (written === '' || written.length > 2000 || /[\s#]/.test(written)) continue;
    yield { entry, resource, index, written, name: written.replace(VERSION, '').replace(/^\//, '') };
  }
}

/** Renames the entries that `isMeant` selects, if their names are clear, and the literal references to them. */
function rename(bundle: AnyResource, isMeant: (named: NamedEntry) => boolean): Renamed[] {
  const chosen = [...namedEntries(bundle)].filter(isMeant);
  if (chosen.length === 0) return [];
  const referredTo = new Set<string>();
  visitReferences(bundle, (text) => void referredTo.add(text));
  const names = new Map<string, string>();
  const renamed: Renamed[] = [];
  for (const named of chosen) {
    if (!isUnambiguous(named, referredTo)) continue;
    const after = absoluteNameOf(named);
    named.entry.fullUrl = after;
    renamed.push({ index: named.index, before: named.written, after });
    names.set(named.written, after).set(named.name, after);
  }
  visitReferences(bundle, (text) => names.get(text));
  return renamed;
}

/** Whether the name has the type of the resource, and nothing in the entry says another id; or is the id itself. */
function isUnambiguous(
  { entry, resource, written, name }: NamedEntry,
  referredTo: ReadonlySet<string>,
): boolean {
  const [, type, id] = TYPE_AND_ID.exec(name) ?? [];
  if (type === undefined) {
    const isReferredTo = referredTo.has(written) || referredTo.has(name);
    return resource.id === name || (resource.id === undefined && isReferredTo);
  }
  const request = isObject(entry.request) ? entry.request : {};
  const target = typeof request.url === 'string' ? request.url.replace(/^\//, '') : '';
  const isUpdateOfAnother = /^[A-Z][A-Za-z]+\/[^?]/.test(target) && target !== `${type}/${id}`;
  if (type !== resource.resourceType || isUpdateOfAnother) return false;
  return resource.id === undefined || resource.id === id;
}

/** The same name each time a summary is sent, so that a correction is recognised. */
function absoluteNameOf({ resource, name }: NamedEntry): string {
  if (ABSOLUTE.test(name)) return name;
  if (typeof resource.id === 'string') return `${RESERVED_BASE}/${resource.resourceType}/${resource.id}`;
  const hash = createHash('sha256').update(name).digest('hex');
  const parts = [hash.slice(0, 8), hash.slice(8, 12), `8${hash.slice(13, 16)}`, `a${hash.slice(17, 20)}`];
  return `urn:uuid:${parts.join('-')}-${hash.slice(20, 32)}`;
}

/** Replaces every `reference`, and every `url` (of attachments), in the resources with the result of `change`. */
function visitReferences(value: Json | undefined, change: (text: string) => string | undefined | void): void {
  if (Array.isArray(value)) {
    for (const item of value) visitReferences(item, change);
  } else if (isObject(value)) {
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner !== 'string') {
        if (key !== 'request' || value.fullUrl === undefined) visitReferences(inner, change);
      } else if (key === 'reference' || key === 'url') {
        const changed = change(inner);
        if (typeof changed === 'string') value[key] = changed;
      }
    }
  }
}

const told = (renamed: readonly Renamed[], text: string): Repaired[] =>
  renamed.map(({ index, before, after }) => ({ element: `entry[${index}].fullUrl`, text, before, after }));

/** Gives the Patient another fullUrl, and what refers to it. */
function namingThePatient(nameOf: (id: string) => string): Repair['examples']['breaks'] {
  return (summary) => {
    const named = [...namedEntries(summary)].find(({ resource }) => resource.resourceType === 'Patient');
    if (!named) return summary;
    const name = nameOf(String(named.resource.id));
    visitReferences(summary, (text) => (text === named.written ? name : undefined));
    named.entry.fullUrl = name;
    return summary;
  };
}

const fullUrlNamesNoVersion: Repair = {
  norm: 'fullurl-versioned',
  stage: 'values',
  defect: 'def-02',
  guidance: '3.4.1 Bundle.entry.fullUrl',
  claim:
    'If an absolute fullUrl names a version of the entry’s own resource, the server reads it without the version.',
  repair: (bundle) =>
    told(
      rename(bundle, ({ written }) => ABSOLUTE.test(written) && VERSION.test(written)),
      'The `fullUrl` contained a version. The server read it without the version. Leave out `/_history/` and everything after it.',
    ),
  examples: {
    keeps: unchanged,
    breaks: namingThePatient((id) => `https://sender.example.nhs.uk/Patient/${id}/_history/1`),
  },
};

const fullUrlIsAbsolute: Repair = {
  norm: 'fullurl-relative',
  stage: 'values',
  defect: 'def-02',
  guidance: '3.4.1 Bundle.entry.fullUrl',
  claim:
    'The server reads a relative fullUrl as an absolute one if the id, the request or the references show clearly which resource it means.',
  repair: (bundle) =>
    told(
      rename(bundle, ({ written }) => !ABSOLUTE.test(written)),
      'The `fullUrl` was relative. The server used it to identify this entry, and read references with the same text as references to this entry. Send an absolute URL, for example `urn:uuid:` followed by a UUID.',
    ),
  examples: {
    keeps: unchanged,
    breaks: namingThePatient((id) => `Patient/${id}`),
  },
};

export const fullUrlRepairs: readonly Repair[] = [fullUrlNamesNoVersion, fullUrlIsAbsolute];
