/**
 * How the entries of a document or a message hang together: what the Composition and the MessageHeader point at is in
 * the Bundle; a reference leads to one entry by R4's rules, not to several, nor to one that merely has the same type
 * and id; and every entry of a document can be reached from its Composition.
 * @see https://hl7.org/fhir/R4/documents.html#content
 * @see https://hl7.org/fhir/R4/bundle.html#references
 */
import type { AnyResource } from '../../../fhir/types';
import { isObject, isResource, listOf } from '../../../fhir/types';
import type { BundleView } from './bundle-view';
import type { Visit } from './visit';

import { report } from './visit';

/** The references of the first entry that must lead into the Bundle, as expressions below it. */
const MUST_RESOLVE: Readonly<Record<string, RegExp>> = {
  document:
    /^resource\.(subject|author\[\d+\]|encounter|custodian|attester\[\d+\]\.party|event\[\d+\]\.detail\[\d+\]|(section\[\d+\]\.)+(author\[\d+\]|focus|entry\[\d+\]))$/,
  message: /^resource\.focus\[\d+\]$/,
};

export function checkLinkage(
  bundle: AnyResource,
  entries: readonly unknown[],
  view: BundleView,
  visit: Visit,
): void {
  const targets: Set<number>[] = entries.map(() => new Set<number>());
  const mustResolve = MUST_RESOLVE[view.type ?? ''];
  for (const met of view.met ?? []) {
    const entry = entries[met.entry];
    const fullUrl = isObject(entry) && typeof entry.fullUrl === 'string' ? entry.fullUrl : undefined;
    const found = view.find(met.reference, fullUrl);
    if (found.kind === 'entry') {
      targets[met.entry]?.add(found.index);
      continue;
    }
    if (visit.tolerate.has('entry-references') || !met.isReference) continue;
    const at = `entry[${met.entry}].${met.expression}`;
    if (found.kind === 'several') {
      report(
        visit,
        'r4-reference',
        'The reference matches several entries of the Bundle. Give each entry its own fullUrl.',
        {
          at: `${at}.reference`,
          code: 'multiple-matches',
        },
      );
    } else if (found.kind === 'apparent') {
      report(
        visit,
        'r4-reference',
        'An entry has this type and id, but its fullUrl does not match this reference. Send the fullUrl as the reference, or give both entries a fullUrl with the same base URL.',
        { at: `${at}.reference` },
      );
    } else if (met.entry === 0 && mustResolve?.test(met.expression)) {
      report(
        visit,
        'r4-reference',
        `The reference matches no entry of the ${view.type}. Add the resource as an entry.`,
        {
          at: `${at}.reference`,
          code: 'not-found',
        },
      );
    }
  }
  if (view.type === 'document') checkReach(bundle, entries, targets, visit);
}

/** Every entry is reached from the first, following references either way. */
function checkReach(
  bundle: AnyResource,
  entries: readonly unknown[],
  targets: readonly Set<number>[],
  visit: Visit,
): void {
  if (visit.tolerate.has('entry-references')) return;
  const neighbours = targets.map((set) => new Set(set));
  targets.forEach((set, from) => set.forEach((to) => neighbours[to]?.add(from)));
  const reached = new Set<number>(stylesheets(bundle, entries));
  const waiting = [0, ...reached];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    reached.add(next);
    for (const neighbour of neighbours[next] ?? []) if (!reached.has(neighbour)) waiting.push(neighbour);
  }
  entries.forEach((entry, index) => {
    if (reached.has(index) || !isObject(entry) || !isResource(entry.resource)) return;
    report(
      visit,
      'r4-bundle',
      'This entry is not connected to the Composition by references. Refer to it from the Composition, or from a resource that the Composition refers to.',
      {
        at: `entry[${index}]`,
      },
    );
  });
}

/** Entries that a link of the Bundle names as the document's style sheet. */
function stylesheets(bundle: AnyResource, entries: readonly unknown[]): number[] {
  const urls = listOf(bundle.link).flatMap((link) =>
    isObject(link) && link.relation === 'stylesheet' && typeof link.url === 'string' ? [link.url] : [],
  );
  return entries.flatMap((entry, index) => {
    const resource = isObject(entry) ? entry.resource : undefined;
    return isResource(resource) && urls.includes(`${resource.resourceType}/${resource.id ?? ''}`)
      ? [index]
      : [];
  });
}
