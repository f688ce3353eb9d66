/**
 * Resolves the references of a Bundle by R4's rules, and keeps every reference that was found on
 * the way, for the Bundles (documents, messages) whose entries must hang together.
 * @see https://hl7.org/fhir/R4/bundle.html#references
 */
import type { AnyResource } from '../../../fhir/types';
import { isObject, isResource } from '../../../fhir/types';
import type { LiteralReference } from './literal-reference';
import { parseLiteral } from './literal-reference';

/** Where a reference leads: an entry, several, none that R4's rules find though one has that type and id, or nowhere. */
export type Found =
  { kind: 'entry'; index: number } | { kind: 'several' } | { kind: 'apparent' } | { kind: 'none' };

export interface MetReference {
  entry: number;
  reference: string;
  expression: string;
  isReference: boolean;
}

export interface BundleView {
  type: string | undefined;
  /** True in transactions and batches, whose entries may say `Patient?identifier=…`. */
  allowsConditionalReferences: boolean;
  /** References met in the entries; collected for documents and messages only. */
  met: MetReference[] | undefined;
  /** The entry at hand. */
  entry: number;
  /** The type of the one entry whose fullUrl a reference equals. */
  typeOf(reference: string): string | undefined;
  find(reference: string, fromFullUrl: string | undefined): Found;
}

export function viewOf(bundle: AnyResource): BundleView {
  const type = typeof bundle.type === 'string' ? bundle.type : undefined;
  let index: Index | undefined;
  const indexed = (): Index => (index ??= indexOf(bundle));
  return {
    type,
    allowsConditionalReferences: type === 'transaction' || type === 'batch',
    met: type === 'document' || type === 'message' ? [] : undefined,
    entry: -1,
    typeOf(reference) {
      const found = indexed().byFullUrl.get(reference);
      return found?.length === 1 ? indexed().types[found[0] as number] : undefined;
    },
    find: (reference, fromFullUrl) => find(indexed(), reference, fromFullUrl),
  };
}

interface Index {
  /** By fullUrl, and by fullUrl with `/_history/` and the version. */
  byFullUrl: Map<string, number[]>;
  /** By `Type/id`, with and without version. */
  byTypeAndId: Map<string, number[]>;
  types: (string | undefined)[];
}

function indexOf(bundle: AnyResource): Index {
  const index: Index = { byFullUrl: new Map(), byTypeAndId: new Map(), types: [] };
  const entries = Array.isArray(bundle.entry) ? bundle.entry : [];
  entries.forEach((entry, position) => {
    if (!isObject(entry)) return;
    const fullUrl = typeof entry.fullUrl === 'string' ? entry.fullUrl : undefined;
    if (fullUrl !== undefined) add(index.byFullUrl, fullUrl, position);
    const { resource } = entry;
    if (!isResource(resource)) return;
    index.types[position] = resource.resourceType;
    const version = isObject(resource.meta) ? resource.meta.versionId : undefined;
    const suffix = typeof version === 'string' ? `/_history/${version}` : undefined;
    if (fullUrl !== undefined && suffix !== undefined) add(index.byFullUrl, fullUrl + suffix, position);
    if (typeof resource.id === 'string') {
      const name = `${resource.resourceType}/${resource.id}`;
      add(index.byTypeAndId, name, position);
      if (suffix !== undefined) add(index.byTypeAndId, name + suffix, position);
    }
  });
  return index;
}

function add(map: Map<string, number[]>, key: string, position: number): void {
  const known = map.get(key);
  if (known) known.push(position);
  else map.set(key, [position]);
}

function find(index: Index, whole: string, fromFullUrl: string | undefined): Found {
  const mark = whole.indexOf('#');
  const reference = mark < 0 ? whole : whole.slice(0, mark);
  const from = fromFullUrl === undefined ? undefined : parseLiteral(fromFullUrl);
  const literal = parseLiteral(reference);
  const isRelative = literal !== undefined && literal.base === undefined;
  const target = isRelative && from?.base !== undefined ? `${from.base}/${reference}` : reference;
  const found = index.byFullUrl.get(target);
  if (found?.length === 1) return { kind: 'entry', index: found[0] as number };
  if (found) return { kind: 'several' };
  return isRelative && index.byTypeAndId.has(nameOf(literal)) ? { kind: 'apparent' } : { kind: 'none' };
}

function nameOf(literal: LiteralReference): string {
  return `${literal.type}/${literal.id}`;
}
