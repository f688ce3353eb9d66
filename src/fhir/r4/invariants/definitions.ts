/**
 * The invariants of R4's conformance resources that look at every item of a list for every other: written out, so that
 * a long list costs no more than its length. The rest stay FHIRPath.
 * @see https://hl7.org/fhir/R4/conformance-module.html
 */
import type { Json, JsonObject } from '../../types';
import { has, hasChoice, isDistinct, items, objects, text } from './element-access';
import type { Invariant } from './invariant';

const CORE = 'http://hl7.org/fhir/StructureDefinition';
const TYPE_CODE = /^([a-zA-Z0-9.]+|http:\/\/hl7\.org\/fhirpath\/System\.[A-Z][A-Za-z]+)$/;

export const definitionInvariants: Readonly<Record<string, Invariant>> = {
  'sdf-1': {
    text: 'The paths of the elements of a snapshot are unique, unless the definition is a constraint.',
    holds: (v) =>
      v.derivation === 'constraint' || isDistinct(elementsOf(v, 'snapshot').map(({ path }) => path)),
  },
  'sdf-3': {
    text: 'Every element of a snapshot has a definition, a min and a max.',
    holds: (v) =>
      objects(v, 'element').every(
        (element) => has(element, 'definition') && has(element, 'min') && has(element, 'max'),
      ),
  },
  'sdf-8': {
    text: "The first path of a snapshot is the definition's type, and all others begin with it.",
    holds: (v, { resource }) =>
      pathsBegin(
        v,
        resource.kind === 'logical',
        (first) => first === resource.type,
        (first) => first,
      ),
  },
  'sdf-8a': {
    text: "The first path of a differential begins with the definition's type, and so do all others.",
    holds: (v, { resource }) =>
      pathsBegin(
        v,
        resource.kind === 'logical',
        (first) => typeof resource.type === 'string' && first.startsWith(resource.type),
        rootOf,
      ),
  },
  'sdf-8b': {
    text: 'Every element of a snapshot has a base.',
    holds: (v) => objects(v, 'element').every((element) => has(element, 'base')),
  },
  'sdf-14': {
    text: 'Every element of a StructureDefinition has an id.',
    holds: (v) =>
      [...elementsOf(v, 'snapshot'), ...elementsOf(v, 'differential')].every((element) => has(element, 'id')),
  },
  'sdf-16': {
    text: 'The elements of a snapshot have unique ids.',
    holds: (v) => haveUniqueIds(elementsOf(v, 'snapshot')),
  },
  'sdf-17': {
    text: 'The elements of a differential have unique ids.',
    holds: (v) => haveUniqueIds(elementsOf(v, 'differential')),
  },
  'sdf-19': {
    text: "R4's own definitions name types that R4 has.",
    holds: (v) =>
      text(v, 'url')?.startsWith(CORE) !== true ||
      [...elementsOf(v, 'snapshot'), ...elementsOf(v, 'differential')].every((element) =>
        objects(element, 'type').every(({ code }) => typeof code !== 'string' || TYPE_CODE.test(code)),
      ),
  },
  'sdf-22': {
    text: "R4's own definitions have no default values.",
    holds: (v) =>
      text(v, 'url')?.startsWith(CORE) !== true ||
      [...elementsOf(v, 'snapshot'), ...elementsOf(v, 'differential')].every(
        (element) => !hasChoice(element, 'defaultValue'),
      ),
  },
  'sdf-23': {
    text: 'The first element has no sliceName.',
    holds: (v) =>
      [...elementsOf(v, 'snapshot'), ...elementsOf(v, 'differential')].every(
        (element) => text(element, 'path')?.includes('.') !== false || !has(element, 'sliceName'),
      ),
  },
  'cpb-7': {
    text: 'Each document profile appears once for each mode.',
    holds: (v) =>
      isDistinct(
        objects(v, 'document').map(({ profile, mode }) => [profile ?? null, mode ?? null] as Json[]),
      ),
  },
  'cpb-9': {
    text: 'Each resource type appears once.',
    holds: (v) => isDistinct(objects(v, 'resource').map(({ type }) => type)),
  },
  'cpb-12': {
    text: 'Each search parameter appears once.',
    holds: (v) => isDistinct(objects(v, 'searchParam').map(({ name }) => name)),
  },
  'ig-1': {
    text: 'The groupingId of a resource is the id of a grouping.',
    holds: (v) => {
      const ids = new Set(objects(v, 'grouping').map(({ id }) => id));
      return objects(v, 'resource').every(
        ({ groupingId }) => groupingId === undefined || ids.has(groupingId),
      );
    },
  },
  'ig-2': {
    text: 'The FHIR versions of the resources are among the FHIR versions of the guide.',
    holds: (v) => {
      const versions = new Set(items(v, 'fhirVersion'));
      return objects(v, 'definition').every((definition) =>
        objects(definition, 'resource').every((resource) =>
          items(resource, 'fhirVersion').every((version) => versions.has(version)),
        ),
      );
    },
  },
  'nsd-2': {
    text: 'One identifier of each type is preferred, not two.',
    holds: (v) =>
      isDistinct(
        objects(v, 'uniqueId')
          .filter(({ preferred }) => preferred === true)
          .map(({ type }) => type),
      ),
  },
};

function elementsOf(definition: JsonObject, part: 'snapshot' | 'differential'): JsonObject[] {
  return objects(definition, part).flatMap((list) => objects(list, 'element'));
}

function haveUniqueIds(elements: readonly JsonObject[]): boolean {
  return elements.every((element) => has(element, 'id')) && isDistinct(elements.map(({ id }) => id));
}

function pathsBegin(
  list: JsonObject,
  isLogical: boolean,
  fits: (first: string) => boolean,
  prefixOf: (first: string) => string,
): boolean {
  const [first, ...others] = objects(list, 'element').map((element) => text(element, 'path') ?? '');
  if (first === undefined) return isLogical;
  const prefix = `${prefixOf(first)}.`;
  return (isLogical || fits(first)) && others.every((path) => path.startsWith(prefix));
}

function rootOf(path: string): string {
  const dot = path.indexOf('.');
  return dot < 0 ? path : path.slice(0, dot);
}
