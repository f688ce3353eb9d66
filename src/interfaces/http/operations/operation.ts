/**
 * An operation as one file: where it can be called, its OperationDefinition for the CapabilityStatement, its OpenAPI
 * text and its handler. Routes, the statement and the names in the audit trail are made from this. To add one, add a
 * file here: `npm run docs` adds it to `index.ts`.
 * @see https://hl7.org/fhir/R4/operations.html
 */
import type { NamedOperation } from '../handlers/metadata';
import { byPost } from '../openapi/by-post';
import type { OperationText } from '../openapi/shapes';
import type { Reply, RequestContext } from '../request-context';
import { type Access, type Audited, fhir, type PlainHandler, type Route } from '../route';
import type { RoutesDependencies } from '../dependencies';

export interface Operation {
  /** Without its `$`, such as `everything`. */
  name: string;
  /** Its action in the audit trail; `E`, an operation, unless given. */
  action?: Audited['action'];
  ways: readonly Way[];
}

/** One way to call it. */
export type Way = WayOf<'parameters'> | WayOf<'GET'> | WayOf<'POST'> | SubmittingWay;

interface WayShape {
  /**
   * The path on which it is called, below the base: `Patient/:id`, `Observation`, `:type`; empty for the server itself.
   */
  on: string;
  access: Access;
  /** The canonical address of its OperationDefinition, in the first way that calls it on a type. */
  definition?: string;
  text: OperationText;
  /** True when the answer is small, however much is stored. */
  isSmallAnswer?: true;
  /**
   * How `test/attacks/every-route.test.ts` calls it for a patient that the policy hides, and the answer that it must
   * get.
   */
  hidden?: HiddenPatient;
}

export interface HiddenPatient {
  /** Below the base, with `{patient}`, `{encounter}` or `{composition}` in place of an id: `Patient/{patient}/$everything`. */
  url: string;
  answer: 'not found' | 'nothing found';
}

interface WayOf<By extends 'parameters' | 'GET' | 'POST'> extends WayShape {
  /** `parameters`: by GET in the query, or by POST as Parameters. `POST`: with a body that the handler reads. */
  by: By;
  handler: (context: RequestContext, body: Buffer, d: RoutesDependencies) => Promise<Reply>;
}

/** An operation that submits: its record commits together with the submission. */
interface SubmittingWay extends WayShape {
  by: 'submitting';
  handler: (d: RoutesDependencies) => PlainHandler;
}

export const official = (type: string, name: string): string =>
  `http://hl7.org/fhir/OperationDefinition/${type}-${name}`;

export function routesOf({ name, action = 'E', ways }: Operation, d: RoutesDependencies): Route[] {
  return ways.flatMap((way): Route[] => {
    const { on, access, text } = way;
    const shared = {
      path: [fhir, on, `$${name}`].filter((part) => part !== '').join('/'),
      access,
      produces: 'fhir' as const,
      audit: { action, interaction: `$${name}` },
      text,
    };
    const withBody = {
      ...shared,
      method: 'POST' as const,
      body: 'fhir' as const,
      ...(way.isSmallAnswer ? { isSmallAnswer: () => true } : {}),
    };
    if (way.by === 'submitting')
      return [{ ...withBody, recordedBy: 'submitting' as const, handler: way.handler(d) }];
    const handler = (context: RequestContext, body: Buffer): Promise<Reply> => way.handler(context, body, d);
    if (way.by === 'POST') return [{ ...withBody, handler }];
    const get: Route = { ...shared, method: 'GET', handler };
    if (way.by === 'GET') return [get];
    return [get, { ...withBody, text: byPost(text, 'Parameters'), parametersIn: 'Parameters', handler }];
  });
}

/** @param type a resource type; `:type` for what every type has, empty for what the server has */
export const operationsOf = (operations: readonly Operation[], type: string): NamedOperation[] =>
  operations.flatMap(({ name, ways }) =>
    ways.flatMap(({ on, definition }) =>
      definition !== undefined && on.split('/')[0] === type ? [{ name, definition }] : [],
    ),
  );
