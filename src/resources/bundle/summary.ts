/**
 * Whether a Bundle is a summary, so that the guidance's rules for the Bundle apply: one of type `collection`,
 * `document` or `message`, or a `transaction` that holds a resource of a type that makes it one (`makesASummary`). A Bundle of a type that
 * no sender may submit is checked as a summary too, because its sender probably meant one.
 */
import { isObject, isResource, listOf, type AnyResource, type Json } from '../../fhir/types';

/** @param types of which one makes a transaction a summary */
export const isSummaryBy =
  (types: ReadonlySet<string>) =>
  (bundle: AnyResource): boolean => {
    if (bundle.type === 'batch') return false;
    if (bundle.type !== 'transaction') return true;
    return listOf<Json>(bundle.entry).some(
      (entry) => isObject(entry) && isResource(entry.resource) && types.has(entry.resource.resourceType),
    );
  };
