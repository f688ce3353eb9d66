/**
 * Mends known, unambiguous deviations of a submission on the way in, on the working copy only: the bytes received stay
 * as they came. Each repair gives one warning at its place and a record of what stood there before and after.
 * Under `handling=strict` every repair is an error, and nothing is changed for it.
 * The order is that of the guidance's defect register, section 6 (`src/definitions/norms.ts`).
 */
import type { CommonDefinition, GuidanceDefinition } from '../definitions/resource-definition';
import type { EntryView, Handling, Repair, RepairContext, Repaired } from '../definitions/rule';
import { placeOfNorm } from '../definitions/norms';
import type { Issue } from '../fhir/issue';
import type { AnyResource, Json } from '../fhir/types';
import { entriesOf, placeOf } from './entries';
import { at } from './rules';

/** One change, as it is kept with the submission for reviewers. It may hold patient data. */
export interface RepairRecord {
  norm: string;
  path: string;
  before: Json;
  after: Json;
}

export interface RepairOutcome {
  issues: Issue[];
  repairs: RepairRecord[];
  review: string[];
}

/** Repairs a Bundle (or one resource) in place. */
export type RepairBundle = (bundle: AnyResource, handling: Handling) => RepairOutcome;

export function createRepair(
  definitions: readonly GuidanceDefinition[],
  common: Pick<CommonDefinition, 'repairs'>,
): RepairBundle {
  const all: { type: string | undefined; repair: Repair }[] = [
    ...definitions.flatMap(({ type, repairs }) => repairs.map((repair) => ({ type, repair }))),
    ...common.repairs.map((repair) => ({ type: undefined, repair })),
  ];
  all.sort((a, b) => placeOfNorm(a.repair.norm) - placeOfNorm(b.repair.norm));

  return (bundle, handling) => {
    const outcome: RepairOutcome = { issues: [], repairs: [], review: [] };
    const subject = handling === 'strict' ? copyOf(bundle) : bundle;
    const whole: EntryView = { index: -1, resource: subject };
    let entries = entriesOf(subject);
    for (const { type, repair } of all) {
      if (type === undefined || type === subject.resourceType) {
        const before = outcome.repairs.length;
        run(repair, { entries, entry: whole }, handling, outcome);
        if (outcome.repairs.length > before) entries = entriesOf(subject);
      }
      for (const entry of entries) {
        if (type !== undefined && type !== entry.resource.resourceType) continue;
        run(repair, { entries, entry }, handling, outcome);
      }
    }
    if (handling === 'strict') outcome.repairs = [];
    return outcome;
  };
}

function run(repair: Repair, context: RepairContext, handling: Handling, outcome: RepairOutcome): void {
  const { entry } = context;
  for (const repaired of repair.repair(entry.resource, context)) {
    const path = at(placeOf(entry), repaired.element);
    outcome.issues.push(issueOf(repair, repaired, path, handling));
    const { before, after, review } = repaired;
    if (before !== after) outcome.repairs.push({ norm: repair.norm, path, before, after });
    if (review !== undefined && !outcome.review.includes(review)) outcome.review.push(review);
  }
}

function issueOf(repair: Repair, repaired: Repaired, path: string, handling: Handling): Issue {
  return {
    severity: handling === 'strict' ? 'error' : (repaired.severity ?? 'warning'),
    code: 'value',
    rule: repair.norm,
    text: repaired.text,
    expression: path,
    source: repair.guidance,
  };
}

/** A deep copy that shares what cannot be changed: strings, however long. */
function copyOf<T extends Json>(value: T): T {
  if (Array.isArray(value)) return value.map((item) => copyOf(item)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, Json> = {};
  for (const [key, item] of Object.entries(value)) copy[key] = copyOf(item as Json);
  return copy as T;
}
