/**
 * Resolves the conditional references of a transaction: `Patient?identifier=…` means the one resource that the search
 * finds. If it finds none or several, the whole transaction fails. A literal reference to a Patient of this server must
 * name a stored Patient.
 * @see https://hl7.org/fhir/R4/http.html#trules
 */
import { append } from '../../../fhir/long-lists';
import type { Queryable } from '../../../platform/postgres';
import { isObject, type Json } from '../../../fhir/types';
import { withLiteralReferences } from './literal-references';
import { findByCondition, type ForConditions } from '../conditions/same-conditions';
import { failure, type EntryRequest, type Received, type Result, success } from '../steps';
import type { Issue } from '../../../fhir/issue';

const CONDITIONAL = /^([A-Z][A-Za-z]{1,63})\?(.+)$/;

/** Makes the conditional references of the requests literal. Returns the same requests when there are none. */
export async function resolveConditionalReferences(
  tx: Queryable,
  requests: readonly EntryRequest[],
  received: Received,
  dependencies: ForConditions,
): Promise<Result<readonly EntryRequest[]>> {
  const literals = new Map<string, string>();
  const issues: Issue[] = [];
  for (const request of requests) {
    for (const text of conditionalReferencesIn(request.resource)) {
      if (literals.has(text)) continue;
      const [, type = '', query = ''] = CONDITIONAL.exec(text) ?? [];
      const found = await findByCondition(tx, type, query, received, dependencies);
      const expression = `Bundle.entry[${request.index}].resource`;
      if (!found.ok)
        append(
          issues,
          found.issues.map((issue) => ({ ...issue, expression })),
        );
      else if (found.ids.length === 1) literals.set(text, `${type}/${found.ids[0]}`);
      else issues.push(notOne(found.ids.length, expression));
    }
  }
  if (issues.length > 0) return failure(isForbidden(issues) ? 'forbidden' : 'precondition-failed', issues);
  if (literals.size === 0) return success(requests);
  return success(
    requests.map((request) => ({
      ...request,
      resource: withLiteralReferences(request.resource, ({ reference }) =>
        typeof reference === 'string' ? literals.get(reference) : undefined,
      ),
    })),
  );
}

/** True when a condition uses something that its sender may not search. */
export function isForbidden(issues: readonly Issue[]): boolean {
  return issues.some(({ code }) => code === 'forbidden');
}

function notOne(count: number, expression: string): Issue {
  return {
    severity: 'error',
    code: count === 0 ? 'not-found' : 'multiple-matches',
    rule: 'fhir-conditional-reference',
    text: `A conditional reference matches ${count === 0 ? 'no resource' : 'more than one resource'}. Send one that matches exactly one resource.`,
    expression,
    source: 'https://hl7.org/fhir/R4/http.html#trules',
  };
}

/** Finds the conditional references anywhere in a resource. */
export function conditionalReferencesIn(
  value: Json | undefined,
  found: Set<string> = new Set(),
): Set<string> {
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') conditionalReferencesIn(item, found);
  } else if (isObject(value)) {
    for (const name in value) {
      const item = value[name];
      if (name === 'reference' && typeof item === 'string' && CONDITIONAL.test(item)) found.add(item);
      else if (typeof item === 'object') conditionalReferencesIn(item, found);
    }
  }
  return found;
}
