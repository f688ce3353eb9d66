/** What decomposing a submission works from. */
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import type { AnyResource } from '../../../fhir/types';
import type { NewId } from '../../../platform/ids';
import type { Plan } from '../next-version/plan';
import type { StoredEntry } from '../steps';

export interface DecomposeInput {
  plan: Plan;
  submissionId: string;
  sender: string;
  lastUpdated: Date;
  newId: NewId;
  /** Of a transaction: where each entry comes in the order that the entries' content gives, by its index. */
  positions?: readonly number[];
  definitionOf: (type: string) => ResourceDefinition;
  /** What of the submission is searched by as a Bundle. */
  bundleHeadOf: (written: readonly StoredEntry[]) => AnyResource;
  /** The record of who made what, as a resource of its own; absent where nothing was written. */
  provenanceOf: (written: readonly StoredEntry[]) => AnyResource | undefined;
}
