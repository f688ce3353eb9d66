/**
 * The route that was probably meant by a request that no route takes: `/FHIR/R4/Bundle` for `/Bundle`,
 * `/FHIR/R4/Patient` for `/fhir/r4/patients`, `/FHIR/R4/Bundle/$validate` for `/FHIR/R4/Bundle/validate`.
 */
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
 * @returns the path as a caller would write it, with `<id>` for ids; undefined where none is near
 */
export function nearestRoute(method: string, url: string, routes: readonly RouteName[]): string | undefined {
  const asked = segmentsOf(plainPath(url).split('?')[0] ?? '');
  if (asked.length > MAX_SEGMENTS) return undefined;
  const wanted = method === 'HEAD' ? 'GET' : method;
  let nearest: Likeness | undefined;
  for (const route of routes) {
    if (route.method !== wanted) continue;
    const likeness = likenessOf(asked, route.path);
    if (likeness && likeness.exact > (nearest?.exact ?? -1)) nearest = likeness;
  }
  return nearest?.path;
}

interface Likeness {
  path: string;
  /** How many segments are spelled as in the table: the more, the nearer. */
  exact: number;
}

/** A path without the base, however that is spelled: the base is what is most often left out or in other letters. */
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
  for (const [index, part] of parts.entries()) {
    const segment = asked[index] ?? '';
    const known = knownAt(part);
    const near = known && (known.includes(segment) ? segment : nearestName(segment, known));
    if (known && near === undefined) return undefined;
    if (near === segment) exact += part.startsWith(':') ? 1 : 2;
    written.push(near ?? `<${part.slice(1)}>`);
  }
  return { path: [template.startsWith(BASE) ? BASE : '', ...written].join('/'), exact };
}

/** What may stand at a segment of a route; undefined for an id, which may be anything. */
function knownAt(part: string): readonly string[] | undefined {
  if (!part.startsWith(':')) return [part];
  return part === ':type' ? resourceTypes() : undefined;
}
