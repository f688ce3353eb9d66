/**
 * Consistency that R4's prose asks of single resources, where no invariant says it: a questionnaire's conditions, a
 * code system's properties and count, the systems and filters of a value set, what a search parameter looks through,
 * the elements that a profile names.
 * @see https://hl7.org/fhir/R4/questionnaire.html
 * @see https://hl7.org/fhir/R4/codesystem.html
 * @see https://hl7.org/fhir/R4/searchparameter.html
 * @see https://hl7.org/fhir/R4/elementdefinition.html
 */
import { isNumber, toNumber } from '../decimal';
import type { AnyResource, JsonObject } from '../types';
import { isResourceType, typeDefinition } from './definitions';
import { items, objects, text } from './invariants/element-access';
import { own } from '../own-property';

export interface Inconsistency {
  /** The element's path below the resource. */
  at: string;
  text: string;
}

const MAX_DEPTH = 60;
/** R4's own properties of concepts, which mean the same everywhere, declared or not. */
const STANDARD_PROPERTIES = new Set([
  'inactive',
  'status',
  'effectiveDate',
  'deprecated',
  'deprecationDate',
  'retirementDate',
  'notSelectable',
  'parent',
  'child',
]);
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
          return [{ at: place, text: 'An item cannot be enabled by its own answer. Name another question.' }];
        if (below(node, 'item', '').some((inner) => text(inner.node, 'linkId') === question))
          return [
            {
              at: place,
              text: 'An item cannot be enabled by an answer inside it. Name a question outside it.',
            },
          ];
        return linkIds.has(question)
          ? []
          : [{ at: place, text: 'enableWhen names the linkId of an item of this Questionnaire.' }];
      }),
    );
  },
  CodeSystem: (system) => {
    const concepts = below(system, 'concept', '');
    return [...contentOf(system, concepts.length), ...propertiesOf(system, concepts)];
  },
  ValueSet: (valueSet) => {
    const compose = objects(valueSet, 'compose')[0];
    if (!compose) return [];
    return ['include', 'exclude'].flatMap((part) =>
      objects(compose, part).flatMap((include, index) => [
        ...systemOf(include, `compose.${part}[${index}].system`),
        ...objects(include, 'filter').flatMap((filter, position) => {
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
      ]),
    );
  },
  SearchParameter: (parameter) => {
    const found: Inconsistency[] = [];
    if (parameter.type === 'composite' && objects(parameter, 'component').length < 2) {
      found.push({ at: 'component', text: 'A composite search parameter has two components or more.' });
    }
    const bases = items(parameter, 'base');
    const expression = text(parameter, 'expression') ?? '';
    if (bases.some((base) => base === 'Resource' || base === 'DomainResource')) return found;
    // The start of a path: at the beginning, or after a bracket or a bar.
    for (const [, type = ''] of expression.matchAll(/(?:^|[(|])\s{0,9}([A-Z][A-Za-z]{1,60})\./g)) {
      if (!isResourceType(type) || bases.includes(type)) continue;
      found.push({
        at: 'expression',
        text: `The expression uses ${type}, which is not one of the base types.`,
      });
      break;
    }
    return found;
  },
  StructureDefinition: (definition) => {
    const { type, kind, derivation } = definition;
    if (derivation !== 'constraint' || kind === 'logical' || typeof type !== 'string') return [];
    if (!typeDefinition(type)) return [];
    return objects(objects(definition, 'differential')[0] ?? {}, 'element').flatMap((element, index) => {
      const path = text(element, 'path');
      const at = `differential.element[${index}]`;
      const found = typesOf(element, at);
      if (path !== undefined && !isPathOf(type, path))
        found.push({ at: `${at}.path`, text: `R4 has no element with this path in ${type}.` });
      return found;
    });
  },
};

/** Checks that a code system's concepts agree with its `content`. */
function contentOf(system: AnyResource, concepts: number): Inconsistency[] {
  const { count, content } = system;
  if (system.supplements !== undefined && content !== 'supplement')
    return [{ at: 'content', text: 'The content of a supplement is "supplement".' }];
  if (content === 'not-present' && concepts > 0)
    return [{ at: 'content', text: 'The content is "not-present", but there are concepts.' }];
  if (content !== 'complete' || !isNumber(count) || system.concept === undefined) return [];
  if (toNumber(count) === concepts) return [];
  return [
    {
      at: 'count',
      text: `The count of a complete code system is the number of its concepts. There are ${concepts}.`,
    },
  ];
}

/**
 * Checks that each property is declared once, and that concepts use only declared properties with values of the
 * declared type.
 */
function propertiesOf(system: AnyResource, concepts: readonly Node[]): Inconsistency[] {
  const found: Inconsistency[] = [];
  const types = new Map<string, string | undefined>();
  objects(system, 'property').forEach((property, index) => {
    const code = text(property, 'code');
    if (code === undefined) return;
    if (types.has(code))
      found.push({ at: `property[${index}].code`, text: 'This property is declared twice.' });
    else types.set(code, text(property, 'type'));
  });
  for (const { node, at } of concepts) {
    objects(node, 'property').forEach((property, index) => {
      const code = text(property, 'code');
      if (code === undefined) return;
      const place = `${at}.property[${index}]`;
      const type = types.get(code);
      if (!types.has(code) && STANDARD_PROPERTIES.has(code)) return;
      if (!types.has(code)) {
        found.push({ at: `${place}.code`, text: 'This property is not declared in CodeSystem.property.' });
      } else if (type !== undefined && Object.keys(property).some((key) => isOtherValue(key, type))) {
        found.push({ at: `${place}.value`, text: `This property is declared with the type ${type}.` });
      }
    });
  }
  return found;
}

function isOtherValue(key: string, type: string): boolean {
  return /^value[A-Z]/.test(key) && key !== `value${(type[0] ?? '').toUpperCase()}${type.slice(1)}`;
}

function systemOf(include: JsonObject, at: string): Inconsistency[] {
  const system = text(include, 'system');
  if (system === undefined || /^[A-Za-z][A-Za-z0-9+.-]*:/.test(system)) return [];
  return [
    { at, text: 'The system of a value set is an absolute URI, even if the code system is contained.' },
  ];
}

/** Whether the one type is the other, or a kind of it: a Patient is a DomainResource and a Resource. */
function specialises(type: string, base: unknown): boolean {
  for (let each: string | undefined = type; each !== undefined; each = typeDefinition(each)?.base)
    if (each === base) return true;
  return false;
}

/**
 * Checks that each profile of a type constrains that type or a more special one; the definition of another type is a
 * fault.
 */
function typesOf(element: JsonObject, at: string): Inconsistency[] {
  return objects(element, 'type').flatMap((type, index) =>
    items(type, 'profile').flatMap((profile, position) => {
      const named =
        typeof profile === 'string'
          ? /^http:\/\/hl7\.org\/fhir\/StructureDefinition\/(\w+)$/.exec(profile)?.[1]
          : undefined;
      if (named === undefined || !typeDefinition(named) || specialises(named, type.code)) return [];
      return [
        {
          at: `${at}.type[${index}].profile[${position}]`,
          text: `This defines ${named}. A profile of a type must constrain that type.`,
        },
      ];
    }),
  );
}

/** True of the path of an element of the type, through the types of its elements: `Patient.name.family`. */
function isPathOf(type: string, path: string): boolean {
  const [root, ...segments] = path.split('.');
  if (root !== type) return false;
  let types = [type];
  for (const segment of segments) {
    const next = new Set<string>();
    let isKnown = false;
    for (const each of types) {
      // Elements inside a resource of unknown type cannot be checked.
      if (each === 'Resource' || each === 'DomainResource') return true;
      for (const { json, element, type: one } of typeDefinition(each)?.byName.values() ?? []) {
        if (element.name !== segment && `${element.name}[x]` !== segment && json !== segment) continue;
        isKnown = true;
        next.add(element.children ?? one?.code ?? 'Element');
      }
      if (typeDefinition(each)?.kind === 'primitive' && /^(id|extension|value)$/.test(segment)) {
        isKnown = true;
        next.add(segment === 'extension' ? 'Extension' : 'string');
      }
    }
    if (!isKnown) return false;
    types = [...next];
  }
  return true;
}

/** What is inconsistent in a resource, beyond its invariants. */
export function inconsistenciesOf(resource: AnyResource): Inconsistency[] {
  return own(checks, resource.resourceType)?.(resource) ?? [];
}

interface Node {
  node: JsonObject;
  /** Its path below the resource. */
  at: string;
}

/** The nodes of a tree that nests by one element, with their places. */
function below(node: JsonObject, name: string, at: string, depth = 0): Node[] {
  if (depth > MAX_DEPTH) return [];
  return objects(node, name).flatMap((child, index) => {
    const place = `${at === '' ? '' : `${at}.`}${name}[${index}]`;
    return [{ node: child, at: place }, ...below(child, name, place, depth + 1)];
  });
}
