/** What the steps after reading work from: what was sent, what is stored already, and what the definitions say. */
import type { Patients } from '../../../definitions/patients';
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import type { EntryView } from '../../../definitions/rule';
import type { Issue } from '../../../fhir/issue';
import type { JsonObject } from '../../../fhir/types';
import type { NewId } from '../../../platform/ids';
import type { KeyedId } from '../../../platform/keyed-ids';
import type { EntryRequest } from '../steps';
import type { StoredBefore } from '../stored-before/stored-before';
import type { StoredResource } from '../stored-before/stored-resource';

export interface MatchInput {
  requests: readonly EntryRequest[];
  /** The Bundle's entries, by their index. */
  views: ReadonlyMap<number, EntryView>;
  sender: string;
  /** Whether the Bundle is about one patient, all of it. */
  isSummary: boolean;
  /** When what was sent was made: `Bundle.meta.lastUpdated`, and no later than it was received. */
  lastUpdated: Date | undefined;
  before: StoredBefore;
  /** Whether the sender is this organisation, or may act for it by the site's policy. */
  mayActFor: (odsCode: string) => boolean;
  resolve: (reference: JsonObject, from: EntryView) => EntryView | undefined;
  definitionOf: (type: string) => ResourceDefinition;
  patients: Patients;
  newId: NewId;
  /** The id that follows from a business key of a type. */
  idOfKey: KeyedId;
}

/** One entry, and the resource of this server that it is. */
export interface MatchedEntry {
  request: EntryRequest;
  definition: ResourceDefinition;
  /** The server's id: of the stored resource, or a new one. */
  id: string;
  stored: StoredResource | undefined;
  /** The patient whom the resource belongs to. */
  patientId: string | null;
  /** The index of the entry of this transaction that its condition finds: both are one resource. */
  sameAs?: number;
}

/** What matching one entry takes. */
export interface Matching {
  input: MatchInput;
  issues: Issue[];
  /** Why a person should look at the submission; filled in likewise. */
  review: string[];
  /** `Type/id` of what entries have been matched to. */
  claimed: Set<string>;
  /** How many entries have the same business key; by `Type|key`. */
  keysInBundle: ReadonlyMap<string, number>;
  byIndex: ReadonlyMap<number, MatchedEntry>;
  /** By `Type/id` of what an entry would succeed by its `fullUrl`: that entry. Others do not have it by a business key. */
  reserved: ReadonlyMap<string, MatchedEntry>;
}

export function viewOf(request: EntryRequest, { views }: MatchInput): EntryView {
  return views.get(request.index) ?? { index: request.index, resource: request.resource };
}
