/**
 * What the entries of a Bundle ask for. In a collection, a document or a message each entry is to be stored; in a
 * transaction its `request` says how. @see https://hl7.org/fhir/R4/http.html#transaction
 */
import type { EntryView } from '../../../definitions/rule';
import type { Issue } from '../../../fhir/issue';
import { isObject, type JsonObject } from '../../../fhir/types';
import type { BundleKind, EntryRequest } from '../steps';

const SOURCE = 'https://hl7.org/fhir/R4/http.html#transaction';

export interface EntryRequests {
  requests: EntryRequest[];
  /** What is wrong with the requests of a transaction. */
  issues: Issue[];
}

export function entryRequestsOf(
  bundle: JsonObject,
  kind: BundleKind,
  entries: readonly EntryView[],
): EntryRequests {
  if (kind !== 'transaction' && kind !== 'batch') return { requests: entries.map(plain), issues: [] };
  const issues: Issue[] = [];
  const requests: EntryRequest[] = [];
  const list = Array.isArray(bundle.entry) ? bundle.entry : [];
  const views = new Map(entries.map((view) => [view.index, view]));
  list.forEach((entry, index) => {
    const request = isObject(entry) && isObject(entry.request) ? entry.request : undefined;
    const problem = request
      ? problemOf(request, views.get(index))
      : 'The entry has no request; it should say method and url.';
    if (problem !== undefined || !request) {
      issues.push({
        severity: 'error',
        code: 'processing',
        rule: 'fhir-transaction-entry',
        text: problem ?? '',
        expression: `Bundle.entry[${index}].request`,
        source: SOURCE,
      });
      return;
    }
    const view = views.get(index);
    if (view) requests.push(requested(view, request));
  });
  return { requests, issues };
}

const plain = ({ index, fullUrl, resource }: EntryView): EntryRequest => ({
  index,
  ...(fullUrl === undefined ? {} : { fullUrl }),
  resource,
});

/** The url of a request: `Type`, `Type/id` or `Type?query`, a leading slash forgiven. */
const REQUEST_URL = /^\/?([A-Z][A-Za-z]{1,63})(?:\/([A-Za-z0-9\-.]{1,64}))?(?:\?(.*))?$/;

function problemOf(request: JsonObject, view: EntryView | undefined): string | undefined {
  const { method, url } = request;
  if (method === 'DELETE' || method === 'PATCH') {
    return `${method} is not offered: nothing that was filed is taken back or changed in part. Send a correction instead: the summary again with the same Bundle.identifier and a higher meta.versionId, or the resource with the status entered-in-error.`;
  }
  if (method === 'GET' || method === 'HEAD') {
    return 'Reads are not offered inside a transaction; send a batch, or read by themselves.';
  }
  if (method !== 'POST' && method !== 'PUT') return 'The method should be POST or PUT.';
  const parts = typeof url === 'string' ? REQUEST_URL.exec(url) : null;
  if (!parts)
    return 'The url should be a resource type (POST), a type and id, or a type and a search (PUT), such as Encounter/<id>.';
  const [, type, id, query] = parts;
  if (!view) return 'The entry has no resource to store.';
  if (view.resource.resourceType !== type)
    return `The url names ${type}, but the resource is of another type.`;
  if (method === 'POST' && (id !== undefined || query !== undefined))
    return 'The url of a POST should be the resource type alone.';
  if (method === 'PUT' && (id === undefined) === (query === undefined)) {
    return 'The url of a PUT should name the resource by its id (Type/id) or by a search (Type?parameter=value).';
  }
  if (request.ifMatch !== undefined && etagVersion(request.ifMatch) === undefined) {
    return 'ifMatch should be a weak ETag with a version, such as W/"3".';
  }
  if (method === 'PUT' && request.ifNoneExist !== undefined) return 'ifNoneExist goes with POST only.';
  return undefined;
}

function requested(view: EntryView, request: JsonObject): EntryRequest {
  const [, , id, query] = REQUEST_URL.exec(String(request.url)) ?? [];
  const entryRequest = plain(view);
  if (request.method === 'PUT') entryRequest.update = id === undefined ? { query: query ?? '' } : { id };
  if (typeof request.ifNoneExist === 'string')
    entryRequest.ifNoneExist = request.ifNoneExist.replace(/^[^?]*\?/, '');
  const version = etagVersion(request.ifMatch);
  if (version !== undefined) entryRequest.ifMatch = version;
  return entryRequest;
}

/** The version in `W/"3"`. */
export function etagVersion(etag: unknown): number | undefined {
  const match = typeof etag === 'string' ? /^(?:W\/)?"?(\d{1,9})"?$/.exec(etag.trim()) : null;
  return match ? Number(match[1]) : undefined;
}
