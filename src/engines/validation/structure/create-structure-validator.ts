/**
 * The check of R4 itself: every resource type, all faults at once, each at its place. Definitions are compiled when
 * the validator is made; a check looks things up and allocates little.
 * @see https://hl7.org/fhir/R4/validation.html
 * @see docs/r4-conformance.md
 */
import type { Issue } from '../../../fhir/issue';
import { atOnce, type Slices } from '../../../fhir/slices';
import type { AnyResource } from '../../../fhir/types';
import { compileTypes } from './compile-types';
import type { TypeTable } from './compiled-type';
import { MAX_EXPRESSIONS } from './fhirpath-invariant';
import type { Toleration, Visit } from './visit';
import { report } from './visit';
import { checkInSlices } from './walk';

export type { Toleration } from './visit';

export interface StructureOptions {
  /** Deviations that another rule set judges: nothing is said of them. */
  tolerate?: ReadonlySet<Toleration>;
}

export interface StructureValidator {
  /** @param root where expressions begin; the resource's type unless given */
  validate(resource: AnyResource, root?: string, options?: StructureOptions): Issue[];
  /** The same of a Bundle that may be large. */
  validateInSlices(resource: AnyResource, root?: string, options?: StructureOptions): Slices<Issue[]>;
}

/** A Bundle, its list of entries, and an entry. */
const LEVELS_OF_ENTRY = 3;

const NOTHING: ReadonlySet<Toleration> = new Set();

let compiled: TypeTable | undefined;

export function createStructureValidator(): StructureValidator {
  const table = (compiled ??= compileTypes());
  function* validateInSlices(
    resource: AnyResource,
    root = resource.resourceType,
    options: StructureOptions = {},
  ): Slices<Issue[]> {
    const visit: Visit = {
      later: undefined,
      issues: [],
      errors: 0,
      root,
      path: [],
      resource,
      container: resource,
      elementIds: undefined,
      contained: undefined,
      insideContained: undefined,
      bundle: undefined,
      entryDepth: -1,
      above: resource.resourceType === 'Bundle' ? 0 : LEVELS_OF_ENTRY,
      tolerate: options.tolerate ?? NOTHING,
      plain: new Map(),
      expressions: 0,
    };
    yield* checkInSlices(table, resource, visit);
    if (visit.expressions > MAX_EXPRESSIONS) {
      report(visit, 'r4-depth', 'The content is too large to check at once. Send it in parts.');
    }
    return visit.issues;
  }
  return { validateInSlices, validate: (...asked) => atOnce(validateInSlices(...asked)) };
}
