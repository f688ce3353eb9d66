/**
 * The content of a Bundle, set apart from how it was written: one SHA-256 for all the ways in which a sender's engine
 * may build the same Bundle again. Set aside are key order, white space and format; `Bundle.id`, `timestamp` and
 * `meta.lastUpdated`; each entry resource's `meta.lastUpdated` and `meta.versionId`; the order of the entries; and the
 * names that hold the Bundle together (`fullUrl`s, ids, and what refers to them), which may be renamed one for one.
 *
 * Each entry is labelled by its own content with a mark in place of each link. Then, for a few rounds, its label takes
 * in the labels of the entries that it leads to and of those that lead to it (colour refinement). Entries whose labels
 * are still equal have equal content. No order is tried out: the cost is that of hashing the Bundle.
 * @see semantics "Sameness", details "Sameness after a rebuild", docs/decisions/0015-corrections.md
 */
import { createHash } from 'node:crypto';
import type { EntryView } from '../../../definitions/rule';
import { isObject, listOf, type Json, type JsonObject } from '../../../fhir/types';
import { canonicalText, type Replacements } from '../canonical-text';

/** A document in the Bundle, hashed already. */
export interface HashedText {
  base64: string;
  sha256: Buffer;
}

export interface Canonical {
  sha256: Buffer;
  /** Where each entry comes among the entries in the order of their labels; by its index in the Bundle. */
  positions: number[];
}

export interface Naming {
  entries: readonly EntryView[];
  /** The entry that a Reference means; undefined where none or several. */
  resolve: (reference: JsonObject, from: EntryView) => EntryView | undefined;
}

/** @param documents stand for their base64, which is long; the hash of their bytes is known */
export function contentHashOf(
  bundle: JsonObject,
  { entries, resolve }: Naming,
  documents: readonly HashedText[] = [],
): Canonical {
  const known = new Map(documents.map(({ base64, sha256 }) => [base64, sha256]));
  const views = new Map(entries.map((view) => [view.index, view]));
  const fullUrls = new Set(entries.flatMap(({ fullUrl }) => fullUrl ?? []));
  const nodes = listOf(bundle.entry).map((entry, index): Node => {
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
    return { label: hash(canonicalText(withoutNames(entry), replacementsBy(writer))), links };
  });
  const labels = refined(nodes);
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

/** One entry: what it says, and the indexes of the entries that it leads to, in the order of its own text. */
interface Node {
  label: string;
  links: readonly number[];
}

/** Enough for every chain of references that the guidance knows; more would tell apart nothing that anybody sends. */
const MOST_ROUNDS = 16;

/** The labels once they tell apart what their links tell apart. */
function refined(nodes: readonly Node[]): string[] {
  let labels = nodes.map(({ label }) => label);
  let distinct = new Set(labels).size;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const incoming: string[][] = nodes.map(() => []);
    nodes.forEach(({ links }, from) =>
      links.forEach((to, place) => incoming[to]?.push(`${labels[from]} ${place}`)),
    );
    labels = nodes.map(({ links }, index) =>
      hash(
        [
          labels[index],
          ...links.map((to) => `> ${labels[to]}`),
          ...incoming[index]!.sort().map((from) => `< ${from}`),
        ].join('\n'),
      ),
    );
    const now = new Set(labels).size;
    if (now === distinct) break;
    distinct = now;
  }
  return labels;
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The Bundle itself, without what a retry makes anew. */
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

/** What is left of a `meta`; none where nothing is. */
function metaWithout(meta: Json | undefined, names: readonly string[]): { meta?: Json } {
  if (!isObject(meta)) return meta === undefined ? {} : { meta };
  const left = Object.entries(meta).filter(([name]) => !names.includes(name));
  return left.length === 0 ? {} : { meta: Object.fromEntries(left) };
}

/** Contained resources go by where they stand: `#p1` becomes `#0`. */
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
  /** Fragments that name contained resources, and what stands for them. */
  contained: ReadonlyMap<string, string>;
  fullUrls: ReadonlySet<string>;
  /** Notes that the text leads to another entry here; false where it leads to none. */
  link(reference: JsonObject): boolean;
}

/** What stands in the text of an entry in place of documents and links. */
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
 * What stands in place of a text that names an entry or a contained resource; undefined where it names none. A
 * Reference and an Attachment are resolved as they are when they are stored; any other address names an entry only by
 * its very fullUrl. Identifiers never name one: they are content.
 */
function linkOf(name: string, text: string, holder: JsonObject, writer: Writer): string | undefined {
  if (name === 'reference') return writer.contained.get(text) ?? (writer.link(holder) ? '@' : undefined);
  if (name === 'url' && 'contentType' in holder) return writer.link({ reference: text }) ? '@' : undefined;
  if (!ADDRESSES.includes(name)) return undefined;
  return writer.fullUrls.has(text) && writer.link({ reference: text }) ? '@' : undefined;
}

const ADDRESSES: readonly string[] = ['url', 'valueUri', 'valueUrl', 'valueUuid'];

/** Shorter texts are not looked up. */
const SHORT = 1024;
