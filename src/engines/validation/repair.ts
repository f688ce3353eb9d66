/**
 * Repairs known, unambiguous deviations of a submission, on the working copy only: the received bytes do not change.
 * Each repair gives one warning at its place and a record of the values before and after.
 * With `handling=strict` every repair is an error, and the resource is not changed: a repaired copy is returned, so that
 * the other faults can be reported in the same answer.
 * They run stage by stage (`stages` in `src/definitions/rule.ts`).
 */
import type { CommonDefinition, GuidanceDefinition } from '../../definitions/resource-definition';
import {
  stages,
  type DatatypeRepair,
  type EntryView,
  type Handling,
  type Repair,
  type Repaired,
  type Stage as StageName,
} from '../../definitions/rule';
import { guidanceId, type Issue } from '../../fhir/issue';
import type { Slices } from '../../fhir/slices';
import type { AnyResource, Json } from '../../fhir/types';
import { entriesOf, placeOf } from './entries';
import { compileValueRepairs, type RepairValues } from './repair-values';
import { at } from './rules';

/** One change, as it is kept with the submission for reviewers. It may hold patient data. */
export interface RepairRecord {
  norm: string;
  path: string;
  before: Json;
  after: Json;
}

export interface RepairOutcome {
  /** What is to be validated: the resource itself, repaired in place; under strict handling a repaired copy of it. */
  repaired: AnyResource;
  issues: Issue[];
  repairs: RepairRecord[];
  review: string[];
}

/** Repairs a Bundle (or one resource) in place. */
export type RepairBundle = (bundle: AnyResource, handling: Handling) => Slices<RepairOutcome>;

export function createRepair(
  definitions: readonly GuidanceDefinition[],
  common: Pick<CommonDefinition, 'repairs'>,
): RepairBundle {
  const compiled = stages.map((stage) => compileStage(stage, definitions, common.repairs));

  return function* (bundle, handling) {
    const subject = handling === 'strict' ? copyOf(bundle) : bundle;
    const outcome: RepairOutcome = { repaired: subject, issues: [], repairs: [], review: [] };
    const whole: EntryView = { index: -1, resource: subject };
    let entries = entriesOf(subject);
    for (const stage of compiled) {
      const before = outcome.repairs.length;
      runStage(stage, whole, entries, handling, outcome);
      if (outcome.repairs.length > before) entries = entriesOf(subject);
      for (const entry of entries) {
        runStage(stage, entry, entries, handling, outcome);
        yield;
      }
    }
    if (handling === 'strict') outcome.repairs = [];
    return outcome;
  };
}

/** The repairs of one stage: first those of resources of one type, then those of values anywhere. */
interface Stage {
  ofType: ReadonlyMap<string, readonly Repair[]>;
  ofValues: RepairValues;
}

function compileStage(
  stage: StageName,
  definitions: readonly GuidanceDefinition[],
  ofDatatypes: readonly DatatypeRepair[],
): Stage {
  const inStage = <R extends { stage: StageName }>(repairs: readonly R[]): R[] =>
    repairs.filter((repair) => repair.stage === stage);
  return {
    ofType: new Map(definitions.map(({ type, repairs }) => [type, inStage(repairs)])),
    ofValues: compileValueRepairs(inStage(ofDatatypes)),
  };
}

function runStage(
  stage: Stage,
  entry: EntryView,
  entries: readonly EntryView[],
  handling: Handling,
  outcome: RepairOutcome,
): void {
  const context = { entries, entry };
  const record = (repair: Repair | DatatypeRepair, repaired: Repaired): void => {
    const path = at(placeOf(entry), repaired.element);
    outcome.issues.push(issueOf(repair, repaired, path, handling));
    const { before, after, review } = repaired;
    if (before !== after) outcome.repairs.push({ norm: repair.norm, path, before, after });
    if (review !== undefined && !outcome.review.includes(review)) outcome.review.push(review);
  };
  for (const repair of stage.ofType.get(entry.resource.resourceType) ?? []) {
    for (const repaired of repair.repair(entry.resource, context)) record(repair, repaired);
  }
  stage.ofValues(entry.resource, context, record);
}

function issueOf(
  repair: Repair | DatatypeRepair,
  repaired: Repaired,
  path: string,
  handling: Handling,
): Issue {
  return {
    severity: handling === 'strict' ? 'error' : (repaired.severity ?? 'warning'),
    code: 'value',
    rule: guidanceId(repair.norm),
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
