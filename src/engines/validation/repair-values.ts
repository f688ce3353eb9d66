/**
 * Repairs of single values, wherever R4 has one of their datatype: one walk over a resource for all of them, by R4's
 * tables. What R4 does not know at a place is passed over. Contained resources are walked; the entries of a Bundle are
 * not, since each is a resource of its own.
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
  const plans = new Map<string, Plan | undefined>();
  const ofType = (type: string, isObjectType: boolean): DatatypeRepair[] =>
    repairs.filter(({ datatypes }) => datatypes.includes(type) || (isObjectType && datatypes.includes('*')));

  function planOf(type: string): Plan | undefined {
    if (plans.has(type)) return plans.get(type);
    const definition = typeDefinition(type);
    const plan = definition && {
      definition,
      repairs: ofType(type, true),
      properties: propertiesOf(definition),
    };
    plans.set(type, plan);
    return plan;
  }

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

  return (resource, context, report) => {
    const root = planOf(resource.resourceType);
    if (!root) return;
    // One place for the whole walk, set anew before each value: nothing is allocated for what is right.
    const place: Writable<ValuePlace> = {
      holder: resource,
      key: '',
      type: '',
      properties: NONE,
      targets: undefined,
      context,
    };
    walk(resource, root, '');

    function walk(object: JsonObject, plan: Plan, path: string): void {
      if (plan.repairs.length > 0) {
        place.type = plan.definition.name;
        place.properties = plan.definition.byName;
        mend(plan.repairs, object, path);
      }
      for (const key in object) {
        const property = plan.properties.get(key);
        const value = object[key];
        if (property === undefined || value === undefined || value === null) continue;
        if (!Array.isArray(value)) visit(value, property, object, key, path === '' ? key : `${path}.${key}`);
        else {
          for (let index = 0; index < value.length; index++) {
            visit(
              value[index] as Json,
              property,
              value,
              index,
              `${path === '' ? key : `${path}.${key}`}[${index}]`,
            );
          }
        }
      }
    }

    function visit(
      value: Json,
      property: Property,
      holder: JsonObject | Json[],
      key: string | number,
      path: string,
    ): void {
      place.holder = holder;
      place.key = key;
      place.targets = property.targets;
      if (!property.isObject) {
        place.type = property.type;
        place.properties = NONE;
        mend(property.repairs, value, path);
      } else if (isObject(value)) {
        const plan = planOf(isResource(value) ? value.resourceType : property.type);
        if (plan) walk(value, plan, path);
      }
    }

    function mend(all: readonly DatatypeRepair[], value: Json, path: string): void {
      for (const repair of all) {
        const mended = repair.mend(value, place);
        if (!mended) continue;
        const { below, ...rest } = mended;
        const element = below === undefined ? path : path === '' ? below : `${path}.${below}`;
        report(repair, { ...rest, element });
      }
    }
  };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
const NONE: ReadonlyMap<string, unknown> = new Map();
