/**
 * Repairs of single values, wherever R4 has one of their datatype: one walk over a resource for all of them, by R4's
 * tables. What R4 does not know at a place is passed over. Contained resources are walked; the entries of a Bundle are
 * not, because each is a separate resource.
 */
import type { DatatypeRepair, RepairContext, Repaired, ValuePlace } from '../../definitions/rule';
import { isPrimitive, typeDefinition, type TypeDefinition } from '../../fhir/r4/definitions';
import { isObject, isResource, type AnyResource, type Json, type JsonObject } from '../../fhir/types';

export type RepairValues = (
  resource: AnyResource,
  context: RepairContext,
  report: (repair: DatatypeRepair, repaired: Repaired) => void,
) => void;

/** What a walk does at the objects of one type. */
interface Plan {
  definition: TypeDefinition;
  repairs: readonly DatatypeRepair[];
  properties: ReadonlyMap<string, Property>;
}

interface Property {
  /** Of a primitive: what to do with it. Empty for an object. */
  repairs: readonly DatatypeRepair[];
  type: string;
  /** Of an object: where to go on. Looked up when it is met, since types refer to themselves. */
  isObject: boolean;
  targets?: readonly string[];
}

export function compileValueRepairs(repairs: readonly DatatypeRepair[]): RepairValues {
  if (repairs.length === 0) return () => undefined;
  const planOf = plansFor(repairs);
  return (resource, context, report) => {
    const root = planOf(resource.resourceType);
    if (root) walk(resource, root, '', { planOf, report, place: placeFor(resource, context) });
  };
}

type PlanOf = (type: string) => Plan | undefined;

/** The plan of each type, made when the type is first met. */
function plansFor(repairs: readonly DatatypeRepair[]): PlanOf {
  const plans = new Map<string, Plan | undefined>();
  const ofType = (type: string, isObjectType: boolean): DatatypeRepair[] =>
    repairs.filter(({ datatypes }) => datatypes.includes(type) || (isObjectType && datatypes.includes('*')));

  function propertiesOf(definition: TypeDefinition): Map<string, Property> {
    const properties = new Map<string, Property>();
    for (const [name, { type, element }] of definition.byName) {
      const code = type?.code ?? element.children;
      if (code === undefined || (definition.name === 'Bundle.entry' && name === 'resource')) continue;
      const isObjectType = !isPrimitive(code);
      const ofPrimitive = isObjectType ? [] : ofType(code, false);
      if (!isObjectType && ofPrimitive.length === 0) continue;
      properties.set(name, {
        repairs: ofPrimitive,
        type: code,
        isObject: isObjectType,
        ...(type?.targets && { targets: type.targets }),
      });
    }
    return properties;
  }

  return (type) => {
    if (plans.has(type)) return plans.get(type);
    const definition = typeDefinition(type);
    const plan = definition && {
      definition,
      repairs: ofType(type, true),
      properties: propertiesOf(definition),
    };
    plans.set(type, plan);
    return plan;
  };
}

/** One walk over a resource. It has one place object, which is set again before each value. */
interface Walk {
  planOf: PlanOf;
  report: Parameters<RepairValues>[2];
  place: Writable<ValuePlace>;
}

/** Nothing is allocated for what is right. */
function placeFor(resource: AnyResource, context: RepairContext): Writable<ValuePlace> {
  return { holder: resource, key: '', type: '', properties: NONE, targets: undefined, context };
}

function walk(object: JsonObject, plan: Plan, path: string, at: Walk): void {
  const { place } = at;
  if (plan.repairs.length > 0) {
    place.type = plan.definition.name;
    place.properties = plan.definition.byName;
    applyRepairs(plan.repairs, object, path, at);
  }
  for (const key in object) {
    const property = plan.properties.get(key);
    const value = object[key];
    if (property === undefined || value === undefined || value === null) continue;
    const inner = path === '' ? key : `${path}.${key}`;
    if (!Array.isArray(value)) {
      place.holder = object;
      place.key = key;
      visit(value, property, inner, at);
    } else {
      for (let index = 0; index < value.length; index++) {
        place.holder = value;
        place.key = index;
        visit(value[index] as Json, property, `${inner}[${index}]`, at);
      }
    }
  }
}

/** At one value, whose holder and key are in the place. */
function visit(value: Json, property: Property, path: string, at: Walk): void {
  const { place } = at;
  place.targets = property.targets;
  if (!property.isObject) {
    place.type = property.type;
    place.properties = NONE;
    applyRepairs(property.repairs, value, path, at);
  } else if (isObject(value)) {
    const plan = at.planOf(isResource(value) ? value.resourceType : property.type);
    if (plan) walk(value, plan, path, at);
  }
}

function applyRepairs(
  all: readonly DatatypeRepair[],
  value: Json,
  path: string,
  { place, report }: Walk,
): void {
  for (const repair of all) {
    const repaired = repair.mend(value, place);
    if (!repaired) continue;
    const { below, ...rest } = repaired;
    const element = below === undefined ? path : path === '' ? below : `${path}.${below}`;
    report(repair, { ...rest, element });
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
const NONE: ReadonlyMap<string, unknown> = new Map();
