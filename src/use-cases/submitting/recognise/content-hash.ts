/**
 * Calculates one SHA-256 for the content of a Bundle, whatever way the sender's engine wrote it. These do not count:
 * key order, white space and format; `Bundle.id`, `timestamp` and `meta.lastUpdated`; each entry resource's
 * `meta.lastUpdated` and `meta.versionId`; the order of the entries; and the names that link the entries (`fullUrl`s,
 * ids, and references to them), if each is replaced by one other name.
 *
 * Each entry gets a label: the hash of its own content, with a mark in place of each link. Then, for a few rounds, each
 * label is hashed again with the labels of the entries that it links to and of those that link to it (colour
 * refinement). Entries whose labels are still equal have equal content. No entry order is tried, so the cost is that of
 * hashing the Bundle.
 * @see semantics "Sameness", details "Sameness after a rebuild", docs/decisions/0015-corrections.md
 */
import type { Slices } from '../../../fhir/slices';
import { createHash } from 'node:crypto';
import type { EntryView } from '../../../definitions/rule';
import { isObject, listOf, type Json, type JsonObject } from '../../../fhir/types';
import { canonicalText, type Replacements } from '../canonical-text';

/** A document in the Bundle, with its hash. */
export interface HashedText {
  base64: string;
  sha256: Buffer;
}

export interface Canonical {
  sha256: Buffer;
  /** The position of each entry when the entries are ordered by their labels, by the entry's index in the Bundle. */
  positions: number[];
}

export interface Naming {
  entries: readonly EntryView[];
  /** Finds the entry that a Reference means; undefined when there is none or more than one. */
  resolve: (reference: JsonObject, from: EntryView) => EntryView | undefined;
}

/** @param documents their known hashes replace their base64, which is long */
export function* contentHashOf(
  bundle: JsonObject,
  { entries, resolve }: Naming,
  documents: readonly HashedText[] = [],
): Slices<Canonical> {
  const known = new Map(documents.map(({ base64, sha256 }) => [base64, sha256]));
  const views = new Map(entries.map((view) => [view.index, view]));
  const fullUrls = new Set(entries.flatMap(({ fullUrl }) => fullUrl ?? []));
  const nodes: Node[] = [];
  for (const [index, entry] of listOf(bundle.entry).entries()) {
    yield;
    const view = views.get(index);
    const links: number[] = [];
    const writer: Writer = {
      known,
      contained: containedNames(view?.resource),
      fullUrls,
      link(reference) {
        const target = view && resolve(reference, view);
        if (target === undefined) return false;
        links.push(target.index);
        return true;
      },
    };
    nodes.push({ label: hash(canonicalText(withoutNames(entry), replacementsBy(writer))), links });
  }
  const labels = yield* refined(nodes);
  const order = labels
    .map((label, index) => ({ label, index }))
    .sort((a, b) => (a.label < b.label ? -1 : a.label > b.label ? 1 : a.index - b.index));
  const positions: number[] = [];
  order.forEach(({ index }, position) => (positions[index] = position));
  const nothing: Writer = { known, contained: new Map(), fullUrls, link: () => false };
  const head = canonicalText(headOf(bundle), replacementsBy(nothing));
  const whole = [head, ...order.map(({ label }) => label)].join('\n');
  return { sha256: createHash('sha256').update(whole).digest(), positions };
}

/** One entry: its content, and the indexes of the entries that it links to, in the order of its text. */
interface Node {
  label: string;
  links: readonly number[];
}

/**
 * The most rounds. They cover every chain of references in the guidance; more rounds would distinguish nothing that
 * senders send.
 */
const MOST_ROUNDS = 16;

const NODES_OF_SLICE = 100;

/** Refines the labels until a further round distinguishes no more entries. */
function* refined(nodes: readonly Node[]): Slices<string[]> {
  let labels = nodes.map(({ label }) => label);
  let distinct = new Set(labels).size;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const incoming: string[][] = nodes.map(() => []);
    nodes.forEach(({ links }, from) =>
      links.forEach((to, place) => incoming[to]?.push(`${labels[from]} ${place}`)),
    );
    const next: string[] = [];
    for (let start = 0; start < nodes.length; start += NODES_OF_SLICE) {
      if (start > 0) yield;
      for (const [place, node] of nodes.slice(start, start + NODES_OF_SLICE).entries())
        next.push(labelWith(node, labels, labels[start + place]!, incoming[start + place]!));
    }
    labels = next;
    const now = new Set(labels).size;
    if (now === distinct) break;
    distinct = now;
  }
  return labels;
}

/** A label, hashed with those of the entries around it. */
function labelWith(
  { links }: Node,
  labels: readonly string[],
  own: string,
  incoming: readonly string[],
): string {
  const to = links.map((index) => `> ${labels[index]}`);
  const from = [...incoming].sort().map((label) => `< ${label}`);
  return hash([own, ...to, ...from].join('\n'));
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The Bundle itself, without the elements that a retry changes. */
function headOf(bundle: JsonObject): JsonObject {
  const { entry: _entry, id: _id, timestamp: _timestamp, _timestamp: _more, meta, ...rest } = bundle;
  return { ...rest, ...metaWithout(meta, ['lastUpdated', '_lastUpdated']) };
}

function withoutNames(entry: Json): Json {
  if (!isObject(entry)) return entry;
  const { fullUrl: _fullUrl, resource, ...rest } = entry;
  if (!isObject(resource)) return resource === undefined ? rest : { ...rest, resource };
  const { id: _id, meta, contained, ...content } = resource;
  const meant = metaWithout(meta, ['lastUpdated', '_lastUpdated', 'versionId', '_versionId']);
  const inside = listOf(contained).map((each) => {
    if (!isObject(each)) return each;
    const { id: _containedId, ...kept } = each;
    return kept;
  });
  return {
    ...rest,
    resource: { ...content, ...meant, ...(contained === undefined ? {} : { contained: inside }) },
  };
}

/** A `meta` without the named elements; nothing when it becomes empty. */
function metaWithout(meta: Json | undefined, names: readonly string[]): { meta?: Json } {
  if (!isObject(meta)) return meta === undefined ? {} : { meta };
  const left = Object.entries(meta).filter(([name]) => !names.includes(name));
  return left.length === 0 ? {} : { meta: Object.fromEntries(left) };
}

/** Names contained resources by their position: `#p1` becomes `#0`. */
function containedNames(resource: JsonObject | undefined): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  listOf(resource?.contained).forEach((each, index) => {
    if (isObject(each) && typeof each.id === 'string' && !names.has(`#${each.id}`))
      names.set(`#${each.id}`, `#${index}`);
  });
  return names;
}

interface Writer {
  known: ReadonlyMap<string, Buffer>;
  /** The fragments that name contained resources, and their replacements. */
  contained: ReadonlyMap<string, string>;
  fullUrls: ReadonlySet<string>;
  /** Notes a link to another entry of this Bundle; returns false when the reference leads to none. */
  link(reference: JsonObject): boolean;
}

/** The replacements for documents and links in the text of an entry. */
function replacementsBy(writer: Writer): Replacements {
  return {
    text: (text) => {
      const sha256 = text.length < SHORT ? undefined : writer.known.get(text);
      return sha256 && `#${sha256.toString('hex')}`;
    },
    member: (name, text, holder) => linkOf(name, text, holder, writer),
  };
}

/**
 * The replacement for a text that names an entry or a contained resource; undefined when it names none. A Reference and
 * an Attachment are resolved as they are for storage; any other address names an entry only if it equals its fullUrl.
 * Identifiers never name an entry: they are content.
 */
function linkOf(name: string, text: string, holder: JsonObject, writer: Writer): string | undefined {
  if (name === 'reference') return writer.contained.get(text) ?? (writer.link(holder) ? '@' : undefined);
  if (name === 'url' && 'contentType' in holder) return writer.link({ reference: text }) ? '@' : undefined;
  if (!ADDRESSES.includes(name)) return undefined;
  return writer.fullUrls.has(text) && writer.link({ reference: text }) ? '@' : undefined;
}

const ADDRESSES: readonly string[] = ['url', 'valueUri', 'valueUrl', 'valueUuid'];

/** Shorter documents are hashed as text, without a lookup. */
const SHORT = 1024;
