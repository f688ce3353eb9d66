/**
 * Consistency that R4's prose asks of single resources, where no invariant says it: a questionnaire's conditions, a
 * code system's count, the filters of a value set.
 * @see https://hl7.org/fhir/R4/questionnaire.html
 * @see https://hl7.org/fhir/R4/codesystem.html
 */
import { isNumber, toNumber } from '../decimal';
import type { AnyResource, JsonObject } from '../types';
import { objects, text } from './invariants/element-access';
import { own } from '../own';

export interface Inconsistency {
  /** The element's path below the resource. */
  at: string;
  text: string;
}

const MAX_DEPTH = 60;
const BOOLEAN_PROPERTIES = new Set(['notSelectable', 'inactive']);

const checks: Readonly<Record<string, (resource: AnyResource) => Inconsistency[]>> = {
  Questionnaire: (questionnaire) => {
    const items = below(questionnaire, 'item', '');
    const linkIds = new Set(items.map(({ node }) => text(node, 'linkId')));
    return items.flatMap(({ node, at }) =>
      objects(node, 'enableWhen').flatMap((condition, index) => {
        const question = text(condition, 'question');
        const place = `${at}.enableWhen[${index}].question`;
        if (question === undefined) return [];
        if (question === text(node, 'linkId'))
          return [{ at: place, text: 'An item is not enabled by its own answer: name another question.' }];
        return linkIds.has(question)
          ? []
          : [{ at: place, text: 'enableWhen names the linkId of an item of this Questionnaire.' }];
      }),
    );
  },
  CodeSystem: (system) => {
    const { count, content } = system;
    if (content !== 'complete' || !isNumber(count) || system.concept === undefined) return [];
    const found = below(system, 'concept', '').length;
    if (toNumber(count) === found) return [];
    return [{ at: 'count', text: `A complete code system counts all its concepts: there are ${found}.` }];
  },
  ValueSet: (valueSet) => {
    const compose = objects(valueSet, 'compose')[0];
    if (!compose) return [];
    return ['include', 'exclude'].flatMap((part) =>
      objects(compose, part).flatMap((include, index) =>
        objects(include, 'filter').flatMap((filter, position) => {
          const isBoolean = BOOLEAN_PROPERTIES.has(text(filter, 'property') ?? '');
          if (!isBoolean || filter.op !== '=' || filter.value === 'true' || filter.value === 'false')
            return [];
          return [
            {
              at: `compose.${part}[${index}].filter[${position}].value`,
              text: 'A filter on this property has the value true or false.',
            },
          ];
        }),
      ),
    );
  },
};

/** What is inconsistent in a resource, beyond its invariants. */
export function inconsistenciesOf(resource: AnyResource): Inconsistency[] {
  return own(checks, resource.resourceType)?.(resource) ?? [];
}

/** The nodes of a tree that nests by one element, with their places. */
function below(node: JsonObject, name: string, at: string, depth = 0): { node: JsonObject; at: string }[] {
  if (depth > MAX_DEPTH) return [];
  return objects(node, name).flatMap((child, index) => {
    const place = `${at === '' ? '' : `${at}.`}${name}[${index}]`;
    return [{ node: child, at: place }, ...below(child, name, place, depth + 1)];
  });
}
