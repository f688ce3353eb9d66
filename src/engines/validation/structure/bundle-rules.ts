/**
 * What R4 asks of a Bundle as a whole, beyond its elements: which parts an entry has for the Bundle's type, fullUrls
 * (absolute, unique, in agreement with the resource), links, and the references between the entries of a document or
 * a message. Run after the entries have been walked.
 * @see https://hl7.org/fhir/R4/bundle.html
 */
import type { AnyResource, JsonObject } from '../../../fhir/types';
import { isObject, isResource, listOf } from '../../../fhir/types';
import { checkLinkage } from './bundle-linkage';
import { checkSearchSet } from './bundle-searchset';
import type { BundleView } from './bundle-view';
import { isAbsolute } from './primitives';
import { parseLiteral } from './literal-reference';
import type { Visit } from './visit';
import { report } from './visit';
import { own } from '../../../fhir/own-property';

/** What the first entry of a Bundle of that type is (bdl-11, bdl-12). */
const FIRST: Readonly<Record<string, string>> = { document: 'Composition', message: 'MessageHeader' };
const WITHOUT_FULLURLS = ['transaction', 'transaction-response', 'batch', 'batch-response'];
const PAGE_LINKS = ['first', 'previous', 'next', 'last'];

export function checkBundle(bundle: AnyResource, view: BundleView, visit: Visit): void {
  const type = view.type ?? '';
  const entries = Array.isArray(bundle.entry) ? bundle.entry : [];
  checkHead(bundle, type, entries, visit);
  checkLinks(bundle, type, visit);
  entries.forEach((entry, index) => {
    if (isObject(entry)) {
      checkParts(entry, index, type, visit);
      checkFullUrl(entry, index, type, visit);
    }
  });
  checkUniqueness(entries, type, visit);
  if (type === 'searchset') checkSearchSet(bundle, entries, visit);
  if (view.met) checkLinkage(bundle, entries, view, visit);
}

function checkHead(bundle: AnyResource, type: string, entries: readonly unknown[], visit: Visit): void {
  if (bundle.total !== undefined && type !== 'searchset' && type !== 'history') {
    report(visit, 'r4-bundle', 'Only a searchset or a history has a total (R4 bdl-1).', {
      at: 'total',
      code: 'invariant',
    });
  }
  const first = own(FIRST, type);
  if (first !== undefined) {
    const [entry] = entries;
    const resource = isObject(entry) ? entry.resource : undefined;
    if (!isResource(resource) || resource.resourceType !== first) {
      report(
        visit,
        'r4-bundle',
        `The first entry of a ${type} is a ${first} (R4 ${type === 'document' ? 'bdl-11' : 'bdl-12'}).`,
        {
          at: entries.length > 0 ? 'entry[0]' : 'entry',
          code: 'invariant',
        },
      );
    }
  }
  if (type !== 'document') return;
  const { identifier } = bundle;
  if (!isObject(identifier) || identifier.system === undefined || identifier.value === undefined) {
    report(visit, 'r4-bundle', 'A document has an identifier with system and value (R4 bdl-9).', {
      at: 'identifier',
      code: 'invariant',
    });
  }
  if (bundle.timestamp === undefined) {
    report(visit, 'r4-bundle', 'A document has a timestamp (R4 bdl-10).', {
      at: 'timestamp',
      code: 'invariant',
    });
  }
}

function checkLinks(bundle: AnyResource, type: string, visit: Visit): void {
  const seen = new Set<string>();
  const isPaged = type === 'searchset' || type === 'history';
  listOf(bundle.link).forEach((link, index) => {
    if (!isObject(link) || typeof link.relation !== 'string') return;
    const { relation } = link;
    const isPage = PAGE_LINKS.includes(relation);
    if (isPage && !isPaged) {
      report(
        visit,
        'r4-bundle',
        'Only a searchset or a history has links to first, previous, next and last pages.',
        {
          at: `link[${index}].relation`,
        },
      );
    } else if ((isPage || relation === 'self') && seen.has(relation)) {
      report(visit, 'r4-bundle', `There are two ${relation} links. Send one.`, {
        at: `link[${index}].relation`,
      });
    }
    seen.add(relation);
  });
}

/** bdl-2 to bdl-5: search, request and response are in the Bundles that use them, and in all their entries. */
function checkParts(entry: JsonObject, index: number, type: string, visit: Visit): void {
  if (visit.tolerate.has('entry-parts')) return;
  const at = (name?: string): { at: string; code: 'invariant' } => ({
    at: `entry[${index}]${name === undefined ? '' : `.${name}`}`,
    code: 'invariant',
  });
  if (entry.search !== undefined && type !== 'searchset') {
    report(visit, 'r4-bundle', 'Only the entries of a searchset have search (R4 bdl-2).', at('search'));
  }
  const needsRequest = type === 'batch' || type === 'transaction' || type === 'history';
  if ((entry.request !== undefined) !== needsRequest) {
    report(
      visit,
      'r4-bundle',
      needsRequest
        ? `Every entry of a ${type} has a request (R4 bdl-3).`
        : 'Only the entries of a batch, a transaction or a history have a request (R4 bdl-3).',
      at(needsRequest ? undefined : 'request'),
    );
  }
  const needsResponse = type === 'batch-response' || type === 'transaction-response' || type === 'history';
  if ((entry.response !== undefined) !== needsResponse) {
    report(
      visit,
      'r4-bundle',
      needsResponse
        ? `Every entry of a ${type} has a response (R4 bdl-4).`
        : 'Only the entries of a batch-response, a transaction-response or a history have a response (R4 bdl-4).',
      at(needsResponse ? undefined : 'response'),
    );
  }
  if (entry.resource === undefined && entry.request === undefined && entry.response === undefined) {
    report(visit, 'r4-bundle', 'An entry has a resource, a request or a response (R4 bdl-5).', at());
  }
}

function checkFullUrl(entry: JsonObject, index: number, type: string, visit: Visit): void {
  const { fullUrl, resource } = entry;
  const at = `entry[${index}].fullUrl`;
  if (fullUrl === undefined) {
    if (
      WITHOUT_FULLURLS.includes(type) ||
      entry._fullUrl !== undefined ||
      visit.tolerate.has('fullurl-absent')
    )
      return;
    report(visit, 'r4-bundle', `Every entry of a ${type || 'Bundle'} has a fullUrl.`, {
      at,
      code: 'required',
    });
    return;
  }
  if (typeof fullUrl !== 'string' || fullUrl === '') return;
  if (!isAbsolute(fullUrl)) {
    report(
      visit,
      'r4-bundle',
      'A fullUrl is absolute. Send an http(s) URL, or urn:uuid: followed by a UUID.',
      { at },
    );
    return;
  }
  if (fullUrl.includes('/_history/') && !visit.tolerate.has('fullurl-versioned')) {
    report(
      visit,
      'r4-bundle',
      'A fullUrl contains no version (R4 bdl-8). Leave out /_history/ and everything after it.',
      { at, code: 'invariant' },
    );
    return;
  }
  if (!isResource(resource) || visit.tolerate.has('fullurl-mismatch')) return;
  const literal = parseLiteral(fullUrl);
  if (!literal) return;
  if (resource.id === undefined) {
    report(
      visit,
      'r4-bundle',
      'The fullUrl ends in a type and an id, but the resource has no id. Send the same id in the resource.',
      {
        at: `entry[${index}].resource.id`,
      },
    );
  } else if (!fullUrl.endsWith(`/${resource.resourceType}/${resource.id}`)) {
    report(
      visit,
      'r4-bundle',
      `The end of the fullUrl does not match the resource. It must end with /${resource.resourceType}/ and the id.`,
      { at },
    );
  }
}

/** bdl-7: no two entries have the same fullUrl, unless their versions differ; a transaction writes one of each. */
function checkUniqueness(entries: readonly unknown[], type: string, visit: Visit): void {
  if (type === 'history') return;
  const seen = new Map<string, number>();
  entries.forEach((entry, index) => {
    if (!isObject(entry) || typeof entry.fullUrl !== 'string') return;
    const meta = isObject(entry.resource) ? entry.resource.meta : undefined;
    const version =
      type !== 'transaction' && isObject(meta) && typeof meta.versionId === 'string' ? meta.versionId : '';
    const key = `${entry.fullUrl} ${version}`;
    const earlier = seen.get(key);
    if (earlier === undefined) {
      seen.set(key, index);
      return;
    }
    report(
      visit,
      'r4-bundle',
      `entry[${earlier}] has the same fullUrl. Give each entry its own fullUrl (R4 bdl-7).`,
      {
        at: `entry[${index}].fullUrl`,
        code: 'invariant',
      },
    );
  });
}
