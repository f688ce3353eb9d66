/**
 * An invariant of R4 that is written out as a function, for speed or because R4's own expression cannot be run as it is.
 * @see https://hl7.org/fhir/R4/conformance-rules.html#constraints
 */
import type { AnyResource, JsonObject } from '../../types';

export interface InvariantContext {
  /** `%resource`: the resource that the element is in. */
  resource: AnyResource;
  /** `%rootResource`: the same, or the resource that contains it. */
  container: AnyResource;
}

export interface Invariant {
  /** What would be right, for a sender. */
  text: string;
  /** Whether it holds of the element. It must not throw, whatever the element's shape. */
  holds(value: JsonObject, context: InvariantContext): boolean;
}
