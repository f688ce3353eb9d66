/**
 * Makes one list of everything that was found. A fault that several checks find appears once, and the order is that of the document.
 * (`limitIssues` limits the length of the list for a caller.)
 */
import type { Issue, Severity } from '../../fhir/issue';
import { isObject, type AnyResource, type Json, type JsonObject } from '../../fhir/types';
import { atOnce, type Slices } from '../../fhir/slices';
import { fhirPathOf } from './fhir-path';

/** What was found, by who found it. */
export interface FoundBy {
  /** R4 itself. */
  structure: readonly Issue[];
  /** The guidance: rows and rules. */
  guidance: readonly Issue[];
  /** Repairs: warnings, or under strict handling errors. */
  repairs: readonly Issue[];
}

export function* gather(resource: AnyResource, { structure, guidance, repairs }: FoundBy): Slices<Issue[]> {
  const placed = (issue: Issue): Issue =>
    issue.expression === undefined ? issue : { ...issue, expression: fhirPathOf(resource, issue.expression) };
  const found = { structure, guidance: guidance.map(placed), repairs: repairs.map(placed) };
  yield;
  return yield* inDocumentOrderInSlices(resource, withoutEchoes(found));
}

const RANK: Readonly<Record<Severity, number>> = { fatal: 3, error: 2, warning: 1, information: 0 };

/** Codes of which a second at one place can only be the same fault again. */
const ONCE_A_PLACE = new Set(['not-found', 'multiple-matches']);

/**
 * Keeps one issue for each fault. The guidance's rule, which says more, replaces R4's at the same place, unless it is
 * milder. If two rules report the same missing element, the first is kept.
 */
export function withoutEchoes({ structure, guidance, repairs }: FoundBy): Issue[] {
  const severest = new Map<string, number>();
  const told = new Set<string>();
  const kept: Issue[] = [];
  for (const issue of guidance) {
    if (issue.expression !== undefined) {
      if (ONCE_A_PLACE.has(issue.code)) {
        const place = `${issue.code} ${issue.expression}`;
        if (told.has(place)) continue;
        told.add(place);
      }
      severest.set(issue.expression, Math.max(severest.get(issue.expression) ?? 0, RANK[issue.severity]));
    }
    kept.push(issue);
  }
  const ofR4 = structure.filter((issue) => {
    if (issue.expression === undefined) return true;
    return (severest.get(issue.expression) ?? -1) < RANK[issue.severity];
  });
  return [...repairs, ...ofR4, ...kept];
}

/** By entry, then by the order of the elements as they were sent; what is absent comes after its siblings. */
export const inDocumentOrder = (resource: AnyResource, issues: readonly Issue[]): Issue[] =>
  atOnce(inDocumentOrderInSlices(resource, issues));

/** The same for many issues. */
export function* inDocumentOrderInSlices(resource: AnyResource, issues: readonly Issue[]): Slices<Issue[]> {
  if (issues.length < 2) return [...issues];
  const placesOf = keyPlaces();
  const placed: { issue: Issue; position: number[] }[] = [];
  for (const issue of issues) {
    placed.push({ issue, position: positionOf(resource, issue.expression ?? '', placesOf) });
    if (placed.length % ISSUES_OF_SLICE === 0) yield;
  }
  return placed.sort((a, b) => compare(a.position, b.position)).map(({ issue }) => issue);
}

const ISSUES_OF_SLICE = 500;

type PlacesOf = (object: JsonObject) => ReadonlyMap<string, number>;

/** The position of each key of an object, computed once per object, because an object may have as many faults as keys. */
function keyPlaces(): PlacesOf {
  const known = new Map<JsonObject, ReadonlyMap<string, number>>();
  return (object) => {
    let places = known.get(object);
    if (places === undefined) {
      places = new Map(Object.keys(object).map((key, place) => [key, place]));
      known.set(object, places);
    }
    return places;
  };
}

function positionOf(resource: AnyResource, expression: string, placesOf: PlacesOf): number[] {
  const position: number[] = [];
  let value: Json | undefined = resource;
  const [, ...steps] = expression.match(/[^.[\]]+/g) ?? [];
  for (const step of steps) {
    if (Array.isArray(value)) {
      position.push(Number(step));
      value = value[Number(step)];
    } else if (isObject(value)) {
      const places = placesOf(value);
      const exact = places.get(step);
      const [key, place] = exact === undefined ? choiceAmong(places, step) : [step, exact];
      position.push(place);
      value = key === undefined ? undefined : value[key];
    } else break;
  }
  return position;
}

/** The key that gives the choice element, and its place; what is absent comes last. */
function choiceAmong(places: ReadonlyMap<string, number>, name: string): [string | undefined, number] {
  for (const [key, place] of places) if (isChoiceOf(key, name)) return [key, place];
  return [undefined, places.size];
}

/** True of `valueQuantity`, of which FHIRPath says `value`. */
function isChoiceOf(key: string, name: string): boolean {
  return key.startsWith(name) && /^[A-Z]/.test(key.slice(name.length));
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < a.length && index < b.length; index++) {
    const difference = (a[index] as number) - (b[index] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
