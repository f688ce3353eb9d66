/**
 * Invariants that run as FHIRPath: compiled when first needed, once; evaluated on copies with plain numbers; silent.
 *
 * The result counts as FHIR's own validator counts it: true holds, false does not, and an empty result does not hold
 * either, unless the expression could not say anything because what it speaks of is absent or misshapen: an invariant
 * that fails to run is taken to hold, since the structure check has said already what is wrong with the shape.
 * `matches()` works on texts of bounded length only, since its regular expressions backtrack.
 * @see http://hl7.org/fhirpath/N1/
 */
import { withPlainNumbers } from '../../../fhir/decimal';
import type { Json, JsonObject } from '../../../fhir/types';

type Evaluate = (value: unknown, environment: Record<string, unknown>) => unknown[];

/** The variables of an expression (`%resource`, `%rootResource`), and the copies made so far. */
export interface ExpressionContext {
  resource: JsonObject;
  container: JsonObject;
  plain: Map<JsonObject, JsonObject>;
  /** How many expressions have run; beyond a bound none run any more. */
  expressions: number;
}
export type ExpressionCheck = (value: Json, context: ExpressionContext) => boolean;

/** An expression takes some 20 µs: so no content, however built, holds a server up for long. */
export const MAX_EXPRESSIONS = 20_000;
/** A text longer than this is taken to match, unread. */
const MAX_MATCHED_LENGTH = 512;

let compileExpression: ((path: { base: string; expression: string }) => Evaluate) | undefined;

function compiler(): (path: { base: string; expression: string }) => Evaluate {
  return (compileExpression ??= load());
}

function load(): (path: { base: string; expression: string }) => Evaluate {
  /* eslint-disable @typescript-eslint/no-require-imports -- loaded when first needed: it takes 80 ms */
  const fhirpath = require('fhirpath') as typeof import('fhirpath');
  const model = require('fhirpath/fhir-context/r4') as import('fhirpath').Model;
  /* eslint-enable @typescript-eslint/no-require-imports */
  const options = {
    traceFn: () => undefined,
    userInvocationTable: {
      matches: { fn: boundedMatches, arity: { 1: ['String' as const] }, nullable: false },
    },
  };
  return (path) => fhirpath.compile(path, model, options) as unknown as Evaluate;
}

function boundedMatches(collection: unknown[], pattern: string): boolean | unknown[] {
  const [node] = collection as [unknown];
  const value = typeof node === 'object' && node !== null && 'data' in node ? node.data : node;
  if (typeof value !== 'string') return [];
  return value.length > MAX_MATCHED_LENGTH || new RegExp(pattern, 's').test(value);
}

/**
 * The check of an expression on elements at a path such as `Timing.repeat`.
 * @param emptyHolds whether an empty result is taken for true: so for profiles, whose authors count on it
 */
export function expressionCheck(expression: string, base: string, emptyHolds = false): ExpressionCheck {
  let evaluate: Evaluate | undefined;
  return (value, context) => {
    context.expressions += 1;
    if (context.expressions > MAX_EXPRESSIONS) return true;
    evaluate ??= compiler()({ base, expression });
    try {
      const result = evaluate(plainOf(value as JsonObject, context), {
        resource: plainOf(context.resource, context),
        rootResource: plainOf(context.container, context),
      });
      if (result.length === 0) return emptyHolds;
      return result.length === 1 && typeof result[0] === 'boolean' ? result[0] : true;
    } catch {
      return true;
    }
  };
}

function plainOf(value: JsonObject, context: ExpressionContext): JsonObject {
  if (typeof value !== 'object') return withPlainNumbers(value);
  const known = context.plain.get(value);
  if (known) return known;
  const plain = withPlainNumbers(value);
  context.plain.set(value, plain);
  return plain;
}
