/**
 * Finds the route that the caller probably meant when no route matches: `/FHIR/R4/Bundle` for `/Bundle`,
 * `/FHIR/R4/Patient` for `/fhir/r4/patients`, `/FHIR/R4/Bundle/$validate` for `/FHIR/R4/Bundle/validate`.
 */
import type { Issue } from '../../fhir/issue';
import { nearestName } from '../../fhir/nearest';
import { resourceTypes } from '../../fhir/r4/definitions';
import type { Route } from './route';
import { plainPath } from './plain-path';

type RouteName = Pick<Route, 'method' | 'path'>;

const BASE = '/FHIR/R4';
/** Longer than any path of the table. */
const MAX_SEGMENTS = 8;

/**
 * @param method that of the request, or HEAD for GET
 * @returns the path as a caller would write it, with `<id>` for ids; undefined when none is similar
 */
export function nearestRoute(method: string, url: string, routes: readonly RouteName[]): string | undefined {
  return nearestLikeness(method, url, routes)?.path;
}

function nearestLikeness(method: string, url: string, routes: readonly RouteName[]): Likeness | undefined {
  const asked = segmentsOf(plainPath(url).split('?')[0] ?? '');
  if (asked.length > MAX_SEGMENTS) return undefined;
  const wanted = method === 'HEAD' ? 'GET' : method;
  let nearest: Likeness | undefined;
  for (const route of routes) {
    if (route.method !== wanted) continue;
    const likeness = likenessOf(asked, route.path);
    if (likeness && likeness.exact > (nearest?.exact ?? -1)) nearest = likeness;
  }
  return nearest;
}

/** The rules of refusals in which a route read a misspelled path as an id or a compartment: `Observation/lastn`. */
const TAKEN_FOR_ANOTHER = ['http-unknown-resource', 'http-compartment'];

/** Adds to the issues of a refusal the path that was probably meant, when the requested path does not exist. */
export function withMeantPath(
  issues: readonly Issue[],
  method: string,
  url: string,
  routes: readonly RouteName[],
): readonly Issue[] {
  const [issue] = issues;
  if (!issue || !TAKEN_FOR_ANOTHER.includes(issue.rule)) return issues;
  const near = nearestLikeness(method, url, routes);
  if (!near || near.isAsAsked) return issues;
  return [{ ...issue, text: `${issue.text} Did you mean ${near.path}?` }];
}

interface Likeness {
  path: string;
  /** True when nothing was misspelled. */
  isAsAsked: boolean;
  /** How many segments are spelled as in the table; more means more similar. */
  exact: number;
}

/** The segments of a path without the base in any spelling, because callers often omit the base or change its case. */
function segmentsOf(path: string): string[] {
  const segments = path.split('/').filter((segment) => segment !== '');
  while (/^(?:fhir|r4)$/i.test(segments[0] ?? '')) segments.shift();
  return segments;
}

function likenessOf(asked: readonly string[], template: string): Likeness | undefined {
  const parts = segmentsOf(template);
  if (parts.length !== asked.length || (parts.length === 0 && template !== BASE)) return undefined;
  const written: string[] = [];
  let exact = 0;
  let isAsAsked = true;
  for (const [index, part] of parts.entries()) {
    const segment = asked[index] ?? '';
    const known = knownAt(part);
    const near = known && (known.includes(segment) ? segment : nearestName(segment, known));
    if (known && near === undefined) return undefined;
    isAsAsked &&= known === undefined || near === segment;
    if (near === segment) exact += part.startsWith(':') ? 1 : 2;
    written.push(near ?? `<${part.slice(1)}>`);
  }
  return { path: [template.startsWith(BASE) ? BASE : '', ...written].join('/'), exact, isAsAsked };
}

/** The words that may occur at a segment of a route; undefined for an id, which may be anything. */
function knownAt(part: string): readonly string[] | undefined {
  if (!part.startsWith(':')) return [part];
  return part === ':type' ? resourceTypes() : undefined;
}
