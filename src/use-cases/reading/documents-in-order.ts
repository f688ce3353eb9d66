/**
 * The order in which documents are shown: what holds comes first, what replaces another one before it, then the newest.
 * `relatesTo` changes no status: it only says which of two to read.
 *
 * @example documentsInOrder([interim, discharge], (each) => each) // the discharge summary first
 */
import { dateRange } from '../../fhir/date';
import { isInError } from '../../fhir/in-error';
import { isObject, listOf, type AnyResource, type Json } from '../../fhir/types';

/** @param resourceOf the document, with the id under which others refer to it */
export function documentsInOrder<T>(documents: readonly T[], resourceOf: (document: T) => AnyResource): T[] {
  const all = documents.map((document) => ({ document, resource: resourceOf(document) }));
  const replacing = replacingOf(all.map(({ resource }) => resource));
  const steps = stepsBy(replacing);
  return all
    .map((each) => ({ ...each, steps: steps(String(each.resource.id)), at: timeOf(each.resource) }))
    .sort(
      (one, other) =>
        rankOf(one.resource) - rankOf(other.resource) || one.steps - other.steps || other.at - one.at,
    )
    .map(({ document }) => document);
}

/** A document that holds: it is neither superseded nor retracted. */
export const isHolding = (document: AnyResource): boolean =>
  document.status === 'current' && !isInError(document);

/** The ids of the documents that this one says it replaces. */
export const replacedBy = ({ relatesTo, resourceType }: AnyResource): string[] =>
  listOf<Json>(relatesTo)
    .filter(isObject)
    .flatMap(({ code, target }) => {
      if (code !== 'replaces' || !isObject(target)) return [];
      const [type, id] = String(target.reference ?? '').split('/');
      return type === resourceType && id !== undefined ? [id] : [];
    });

/** The ids of the documents that hold and replace another one, by the id of that. */
function replacingOf(documents: readonly AnyResource[]): ReadonlyMap<string, string[]> {
  const found = new Map<string, string[]>();
  for (const each of documents.filter(isHolding))
    for (const id of replacedBy(each)) {
      const known = found.get(id) ?? [];
      known.push(String(each.id));
      found.set(id, known);
    }
  return found;
}

/**
 * How many replacements lead from a document to the last one. Documents that replace each other count as they come. A
 * loop, because a chain may be longer than the stack is deep.
 */
function stepsBy(replacing: ReadonlyMap<string, string[]>): (id: string) => number {
  const known = new Map<string, number>();
  return (start) => {
    const path = known.has(start) ? [] : [{ id: start, next: 0, most: 0 }];
    known.set(start, known.get(start) ?? 0);
    for (let last = path.at(-1); last; last = path.at(-1)) {
      const other = replacing.get(last.id)?.[last.next];
      if (other === undefined) {
        known.set(last.id, last.most);
        path.pop();
        const before = path.at(-1);
        if (before) before.most = Math.max(before.most, 1 + last.most);
        continue;
      }
      last.next += 1;
      const steps = known.get(other);
      if (steps !== undefined) last.most = Math.max(last.most, 1 + steps);
      else {
        known.set(other, 0);
        path.push({ id: other, next: 0, most: 0 });
      }
    }
    return known.get(start) ?? 0;
  };
}

function rankOf(document: AnyResource): number {
  if (isInError(document)) return 2;
  return document.status === 'superseded' ? 1 : 0;
}

const timeOf = ({ date }: AnyResource): number =>
  (typeof date === 'string' ? dateRange(date, 'instant')?.start.getTime() : undefined) ?? 0;
