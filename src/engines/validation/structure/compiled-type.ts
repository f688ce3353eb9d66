/**
 * What a type's definition becomes at start: a table from JSON property name to the check of its value, the elements
 * that must be there, and the invariants. The walk looks properties up; it reads no definitions.
 */
import type { Json, JsonObject } from '../../../fhir/types';
import type { ElementDefinition, TypeDefinition } from '../../../fhir/r4/definitions';
import type { Visit } from './visit';

/** Checks a value whose place has been pushed. `owner` is the object that it is in. */
export type ValueCheck = (value: Json, visit: Visit, owner: JsonObject) => void;

export interface Property {
  element: ElementDefinition;
  /** The name in expressions: `value`, also for `valueQuantity`. */
  name: string;
  /** The JSON name without a leading underscore: `valueQuantity`. */
  json: string;
  isList: boolean;
  isPrimitive: boolean;
  /** True of `_birthDate`, which carries id and extensions. */
  isCompanion: boolean;
  check: ValueCheck;
}

export interface InvariantCheck {
  key: string;
  text: string;
  holds(value: Json, visit: Visit): boolean;
}

export interface CompiledType {
  definition: TypeDefinition;
  properties: Map<string, Property>;
  required: { element: ElementDefinition; names: readonly string[] }[];
  invariants: InvariantCheck[];
}

export type TypeTable = ReadonlyMap<string, CompiledType>;
