/** The shapes of OpenAPI 3.1 that this folder uses. @see https://spec.openapis.org/oas/v3.1.0 */
import type { JsonObject } from '../../../fhir/types';

export interface Parameter {
  name: string;
  in: 'query' | 'header' | 'path';
  description: string;
  required?: boolean;
  schema: JsonObject;
  example?: string;
}

/** The text of a route; the rest of the document is made from the route itself. */
export interface OperationText {
  /** `operationId`: a verb and its object. */
  id: string;
  tag: string;
  summary: string;
  description?: string;
  /** Names of `components.parameters`. */
  parameters?: readonly string[];
  /** Names of `components.requestBodies`. */
  request?: string;
  /** By status, the name of a `components.responses`. */
  answers: Readonly<Record<string, string>>;
  /** Faults beyond those that every route of its kind can have. */
  faults?: readonly number[];
}

export const ref = (kind: string, name: string): JsonObject => ({ $ref: `#/components/${kind}/${name}` });
