/** What a submission is decided from, and the plan that comes of it. */
import { isUuid } from '../../../fhir/uuid';
import type { Patients } from '../../../definitions/patients';
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import type { EntryView } from '../../../definitions/rule';
import type { Issue, RuleId } from '../../../fhir/issue';
import { isObject, listOf, type AnyResource, type JsonObject } from '../../../fhir/types';
import { type NewId } from '../../../platform/ids';
import type { KeyedId } from '../../../platform/keyed-ids';
import type { EntryRequest, StoredEntry } from '../steps';
import type { StoredResource, StoredBefore } from '../stored-before/stored-before';

/** One entry, decided. */
export interface Planned {
  request: EntryRequest;
  definition: ResourceDefinition;
  id: string;
  version: number;
  stored: StoredResource | undefined;
  /** With literal references, and without the server's id and version: those come last. */
  resource: AnyResource;
  patientId: string | null;
  /** False where it is stored already and nothing differs. */
  write: boolean;
  /** The entry of this transaction that its condition finds. */
  sameAs?: Planned;
  /**
   * Set where newer content is stored: this content becomes a version of the history, and the stored content, of the
   * submission named here, becomes the version after it and stays current.
   */
  lateAfter?: string;
}

export interface Plan {
  entries: Planned[];
  withdrawn: StoredResource[];
  issues: Issue[];
  /** Why a person should look at the submission. */
  review: string[];
  /** The patient that the submission is about, where there is just one. */
  patientId: string | null;
  /** Every patient whose data it writes, withdraws or finds, by the server's id: with the NHS number where it is known. */
  patients: Map<string, string | undefined>;
  /** Locks without which the plan could be overtaken. */
  locks: Set<string>;
}

export interface MatchInput {
  requests: readonly EntryRequest[];
  /** The Bundle's entries, by their index. */
  views: ReadonlyMap<number, EntryView>;
  before: StoredBefore;
  sender: string;
  /** `Bundle.meta.lastUpdated` of what was sent. */
  lastUpdated: Date | undefined;
  /** What the corrected submission stored, and what those before it did, newest first; the submissions of the lineage. */
  corrects:
    | {
        stored: readonly StoredEntry[];
        before: readonly StoredEntry[];
        submissions: ReadonlySet<string>;
        patientId: string | null;
      }
    | undefined;
  /** Ids that the requests name and that the site's policy hides from the sender: as if they were not there. */
  hidden: ReadonlySet<string>;
  /** Ids found for conditional entries, by the entry's index. */
  found: ReadonlyMap<number, readonly string[]>;
  /** The entry that another one names by its condition: by that one's index. */
  sameAs: ReadonlyMap<number, number>;
  /** The ids in the bodies of updates that are this server's. */
  ownIds: ReadonlySet<string>;
  /** Of the stored patients that are to be updated, those of whom the sender has stored a stay or a document. */
  inCare: ReadonlySet<string>;
  /** Whether the sender is this organisation, or may act for it by the site's policy. */
  mayActFor: (odsCode: string) => boolean;
  /** True where the stored patient came from this lineage only. */
  solelyThisLineage: (patientId: string) => boolean;
  resolve: (reference: JsonObject, from: EntryView) => EntryView | undefined;
  definitionOf: (type: string) => ResourceDefinition;
  patients: Patients;
  newId: NewId;
  /** The id that follows from a business key of a type. */
  idOfKey: KeyedId;
}

/** What an entry is matched against. */
export interface Targeting {
  input: MatchInput;
  plan: Plan;
  claimed: Set<string>;
  keysInBundle: Map<string, number>;
  byIndex: ReadonlyMap<number, Planned>;
  /** By `Type/id` of what an entry would succeed by its `fullUrl`: that entry. Others do not have it by a business key. */
  reserved: ReadonlyMap<string, Planned>;
}

/**
 * The id in a literal reference to a resource of this server: `Patient/<uuid>`, with or without a version. A base before
 * it is passed over, whatever the server is called just now: an id of this server is found on no other.
 */
export function serverIdOf(reference: JsonObject, type: string): string | undefined {
  const name = literalName(reference);
  return name?.type === type ? name.id : undefined;
}

/** The type and id in a literal reference to a resource of this server. */
export function literalName(reference: JsonObject): { type: string; id: string } | undefined {
  const text = typeof reference.reference === 'string' ? reference.reference : '';
  const match = /^(?:https?:\/\/[^?#\s]*\/)?([A-Za-z]+)\/([^/?#]+)(?:\/_history\/[^/?#]+)?$/.exec(text);
  return match && isUuid(match[2]!) ? { type: match[1]!, id: match[2]!.toLowerCase() } : undefined;
}

/** The server's id of the patient whom a Reference names: by a literal reference, or by NHS number alone. */
export function patientIdOf(reference: JsonObject, patients: Patients): string | undefined {
  return serverIdOf(reference, patients.type) ?? patients.idOfLogical(reference);
}

/** The Reference objects at a path; lists are walked. */
export function referencesAt(resource: JsonObject, path: readonly string[]): JsonObject[] {
  let level: JsonObject[] = [resource];
  for (const name of path) level = level.flatMap((value) => listOf(value[name]).filter(isObject));
  return level;
}

export function viewOf(request: EntryRequest, input: MatchInput): EntryView {
  return input.views.get(request.index) ?? { index: request.index, resource: request.resource };
}

/** Adds a warning about one entry, once. */
export function remark(plan: Plan, request: EntryRequest, rule: RuleId, text: string, element = ''): void {
  const expression = `Bundle.entry[${request.index}].resource${element === '' ? '' : `.${element}`}`;
  if (plan.issues.some((issue) => issue.rule === rule && issue.expression === expression)) return;
  plan.issues.push({
    severity: 'warning',
    code: 'business-rule',
    rule,
    text,
    expression,
    source: 'Who is who',
  });
}
