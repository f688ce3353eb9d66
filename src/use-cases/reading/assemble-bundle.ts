/**
 * A page of matches becomes a `searchset`. The resources are stored as the text that is answered, so the Bundle is put
 * together as text around them. @see https://hl7.org/fhir/R4/bundle.html#searchset
 */
import type { Issue } from '../../fhir/issue';
import { operationOutcome } from '../../fhir/operation-outcome';

/** One resource of the page: its content is JSON text. */
export interface Hit {
  type: string;
  id: string;
  content: string;
}

export interface Page {
  matches: readonly Hit[];
  included: readonly Hit[];
  /** How many match in all, where it was counted. */
  total?: number | undefined;
  /** The query as understood. */
  self: readonly (readonly [string, string])[];
  /** The cursor of the next page, where there is one. */
  next?: string | undefined;
  /** Notes for the caller: parameters that were ignored, includes that were cut off. */
  issues: readonly Issue[];
}

/**
 * @param path where the search was asked, below the base
 * @param format `_format` and `_pretty`, as they were asked for: the next page is written alike
 */
export function searchsetText(page: Page, path: string, fhirBase: string, format: Page['self'] = []): string {
  const here = `${fhirBase}/${path}`;
  const link = [{ relation: 'self', url: `${here}${queryText([...page.self, ...format])}` }];
  if (page.next !== undefined)
    link.push({ relation: 'next', url: `${here}${queryText([['_cursor', page.next], ...format])}` });
  const head = {
    resourceType: 'Bundle',
    type: 'searchset',
    ...(page.total === undefined ? {} : { total: page.total }),
    link,
  };
  const entries = [
    ...page.matches.map((hit) => entryText(hit, 'match', fhirBase)),
    ...page.included.map((hit) => entryText(hit, 'include', fhirBase)),
  ];
  if (page.issues.length > 0) {
    entries.push(JSON.stringify({ resource: operationOutcome(page.issues), search: { mode: 'outcome' } }));
  }
  const text = JSON.stringify(head);
  return entries.length === 0 ? text : `${text.slice(0, -1)},"entry":[${entries.join(',')}]}`;
}

export function entryText({ type, id, content }: Hit, mode: 'match' | 'include', fhirBase: string): string {
  return `{"fullUrl":${JSON.stringify(`${fhirBase}/${type}/${id}`)},"resource":${content},"search":{"mode":"${mode}"}}`;
}

function queryText(pairs: Page['self']): string {
  if (pairs.length === 0) return '';
  return `?${pairs.map(([name, value]) => `${encodeURIComponent(name).replaceAll('%3A', ':')}=${encodeURIComponent(value)}`).join('&')}`;
}
