/** The input of the steps after reading: what was sent, what is stored already, and what the definitions say. */
import type { PeopleNamed } from '../../../definitions/other-people';
import type { Patients } from '../../../definitions/patients';
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import type { EntryView } from '../../../definitions/rule';
import type { Issue } from '../../../fhir/issue';
import type { JsonObject } from '../../../fhir/types';
import type { NewId } from '../../../platform/ids';
import type { KeyedId } from '../../../platform/keyed-ids';
import type { EntryRequest, Restated } from '../steps';
import type { StoredBefore } from '../stored-before/stored-before';
import type { StoredResource } from '../stored-before/stored-resource';

export interface MatchInput {
  requests: readonly EntryRequest[];
  /** The Bundle's entries, by their index. */
  views: ReadonlyMap<number, EntryView>;
  sender: string;
  /** Whether the whole Bundle is about one patient. */
  isSummary: boolean;
  /** When the content was made: `Bundle.meta.lastUpdated`, but no later than the time of receipt. */
  lastUpdated: Date | undefined;
  /** Of a retraction: the content that it only states again, which never replaces what another summary said. */
  restates: Restated | undefined;
  /** True where it retracts a summary or its document. */
  isRetraction: boolean;
  /** Elements of the Patient that the message empties. */
  emptied: ReadonlySet<string> | undefined;
  /** True of a message whose summary says what the newest of its lineage says. It writes no version of it. */
  saysTheSame: boolean;
  before: StoredBefore;
  /** Whether the sender is this organisation, or may act for it by the site's policy. */
  mayActFor: (odsCode: string) => boolean;
  resolve: (reference: JsonObject, from: EntryView) => EntryView | undefined;
  /** The address of this server's FHIR base, as its answers give it; empty before it listens. */
  fhirBase: string;
  definitionOf: (type: string) => ResourceDefinition;
  patients: Patients;
  people: PeopleNamed;
  /** The patients that the references of entries lead to, by the entry's index, where an entry names none itself. */
  led: ReadonlyMap<number, string>;
  /** The indexes of the Patient entries. */
  patientIndexes: readonly number[];
  /** The indexes of the Patient entries with a current identifier `system|value`. */
  patientKeys: ReadonlyMap<string, readonly number[]>;
  newId: NewId;
  /** Makes an id from a business key of a type. */
  idOfKey: KeyedId;
}

/** One entry, matched to a resource of this server. */
export interface MatchedEntry {
  request: EntryRequest;
  definition: ResourceDefinition;
  /** The server's id: of the stored resource, or a new one. */
  id: string;
  stored: StoredResource | undefined;
  /** The patient whom the resource belongs to. */
  patientId: string | null;
  /** Set when the entry names no patient itself, so that its references say whose it is. */
  isLed?: true;
  /** Set when the entry has a fault, or belongs to a Patient entry that has one: it has no id, and nothing uses it. */
  isFaulty?: true;
  /** The index of another entry of this transaction that this entry's condition finds; both are one resource. */
  sameAs?: number;
}

/** The state of matching the entries of one submission. */
export interface Matching {
  input: MatchInput;
  issues: Issue[];
  /** Reasons why a person should review the submission; also added during matching. */
  review: string[];
  /** `Type/id` of the resources that entries have been matched to. */
  claimed: Set<string>;
  /** How many entries have the same business key; by `Type|key`. */
  keysInBundle: ReadonlyMap<string, number>;
  byIndex: ReadonlyMap<number, MatchedEntry>;
  /**
   * `Type/id` of each resource that an entry may succeed by its `fullUrl`, with that entry. No other entry may match it
   * by a business key.
   */
  reserved: ReadonlyMap<string, MatchedEntry>;
}

export function viewOf(request: EntryRequest, { views }: MatchInput): EntryView {
  return views.get(request.index) ?? { index: request.index, resource: request.resource };
}
