/**
 * Makes one list of everything that was found: a fault that echoes is told once, the order is that of the document,
 * and the list ends at a sensible length with a line that says how many more there are.
 */
import { isFault, type Issue, type Severity } from '../fhir/issue';
import { isObject, type AnyResource, type Json } from '../fhir/types';

/** The longest list a sender gets. Faults are never left out for the sake of remarks. */
export const MAX_ISSUES = 500;

/** What was found, by who found it. */
export interface FoundBy {
  /** R4 itself. */
  structure: readonly Issue[];
  /** The guidance: rows and rules. */
  guidance: readonly Issue[];
  /** Repairs: warnings, or under strict handling errors. */
  repairs: readonly Issue[];
}

export function gather(resource: AnyResource, found: FoundBy): Issue[] {
  return shorten(inDocumentOrder(resource, withoutEchoes(found)));
}

const RANK: Readonly<Record<Severity, number>> = { fatal: 3, error: 2, warning: 1, information: 0 };

/** Codes that say that one value is wrong or lacking; others (`business-rule`) are further facts about it. */
const OF_THE_VALUE = new Set([
  'structure',
  'value',
  'required',
  'invariant',
  'code-invalid',
  'invalid',
  'extension',
]);
/** Codes of which a second at one place can only be the same fault again. */
const ONCE_A_PLACE = new Set(['required', 'not-found', 'multiple-matches']);

/**
 * One fault, told once. A repair's own error stands for the fault that it would have mended; the guidance's rule, which
 * says more, stands for R4's at the same place, unless it is milder; of two that lack the same thing the first stands.
 */
export function withoutEchoes({ structure, guidance, repairs }: FoundBy): Issue[] {
  const unmended = new Set(repairs.filter(isFault).map((issue) => issue.expression));
  const severest = new Map<string, number>();
  const told = new Set<string>();
  const kept: Issue[] = [];
  for (const issue of guidance) {
    if (unmended.has(issue.expression) && OF_THE_VALUE.has(issue.code)) continue;
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
    if (unmended.has(issue.expression)) return false;
    return (severest.get(issue.expression) ?? -1) < RANK[issue.severity];
  });
  return [...repairs, ...ofR4, ...kept];
}

/** By entry, then by the order of the elements as they were sent; what is absent comes after its siblings. */
export function inDocumentOrder(resource: AnyResource, issues: readonly Issue[]): Issue[] {
  if (issues.length < 2) return [...issues];
  return issues
    .map((issue) => ({ issue, position: positionOf(resource, issue.expression ?? '') }))
    .sort((a, b) => compare(a.position, b.position))
    .map(({ issue }) => issue);
}

function positionOf(resource: AnyResource, expression: string): number[] {
  const position: number[] = [];
  let value: Json | undefined = resource;
  const [, ...steps] = expression.match(/[^.[\]]+/g) ?? [];
  for (const step of steps) {
    if (Array.isArray(value)) {
      position.push(Number(step));
      value = value[Number(step)];
    } else if (isObject(value)) {
      const keys: string[] = Object.keys(value);
      const place = keys.indexOf(step);
      position.push(place < 0 ? keys.length : place);
      value = value[step];
    } else break;
  }
  return position;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < a.length && index < b.length; index++) {
    const difference = (a[index] as number) - (b[index] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function shorten(issues: Issue[]): Issue[] {
  if (issues.length <= MAX_ISSUES) return issues;
  let room = MAX_ISSUES - issues.filter(isFault).length;
  let faults = MAX_ISSUES;
  const shown = issues.filter((issue) => (isFault(issue) ? faults-- > 0 : room-- > 0));
  const more = issues.length - shown.length;
  const text = `There are ${more} more: mend these first, then send or validate again to see the rest.`;
  shown.push({ severity: 'information', code: 'incomplete', rule: 'more-issues', text });
  return shown;
}
