/**
 * Reads what the entries of a Bundle request. In a collection, a document or a message each entry is stored; in a
 * transaction the `request` of each entry says what to do.
 * @see https://hl7.org/fhir/R4/http.html#transaction
 */
import type { EntryView } from '../../../definitions/rule';
import type { Issue } from '../../../fhir/issue';
import { isObject, type JsonObject } from '../../../fhir/types';
import type { BundleKind, EntryRequest } from '../steps';

const SOURCE = 'https://hl7.org/fhir/R4/http.html#transaction';

export interface EntryRequests {
  requests: EntryRequest[];
  /** The faults in the requests of a transaction. */
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
      : 'The entry has no request. Send request.method and request.url.';
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

/** The url of a request: `Type`, `Type/id` or `Type?query`. A leading slash is allowed. */
const REQUEST_URL = /^\/?([A-Z][A-Za-z]{1,63})(?:\/([A-Za-z0-9\-.]{1,64}))?(?:\?(.*))?$/;

function problemOf(request: JsonObject, view: EntryView | undefined): string | undefined {
  const { method, url } = request;
  if (method === 'DELETE' || method === 'PATCH') {
    return `The server does not support ${method}, because it never deletes or partly changes a stored resource. Send a correction instead. Send the summary again with the same Bundle.identifier and a higher meta.versionId, or send the resource with the status entered-in-error.`;
  }
  if (method === 'GET' || method === 'HEAD') {
    return 'A transaction cannot contain reads. Send them in a batch, or as separate requests.';
  }
  if (method !== 'POST' && method !== 'PUT') return 'The method is not POST or PUT. Send one of them.';
  const parts = typeof url === 'string' ? REQUEST_URL.exec(url) : null;
  if (!parts)
    return 'The url is not valid. For POST, send a resource type. For PUT, send a type and id, or a type and a search, for example Encounter/<id>.';
  const [, type, id, query] = parts;
  if (!view) return 'The entry has no resource to store. Add it.';
  if (view.resource.resourceType !== type)
    return `The url names ${type}, but the resource has another type. Make them the same.`;
  if (method === 'POST' && (id !== undefined || query !== undefined))
    return 'The url of a POST has more than the resource type. Send only the resource type.';
  if (method === 'PUT' && (id === undefined) === (query === undefined)) {
    return 'The url of a PUT does not name a resource. Send its id (Type/id) or a search (Type?parameter=value).';
  }
  if (request.ifMatch !== undefined && etagVersion(request.ifMatch) === undefined) {
    return 'ifMatch is not a weak ETag with a version. Send, for example, W/"3".';
  }
  if (method === 'PUT' && request.ifNoneExist !== undefined)
    return 'ifNoneExist is only for POST. Leave it out.';
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
