/** The input for decomposing a submission. */
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
  /**
   * For a transaction: the position of each entry when the entries are ordered by their content, by the entry's index.
   */
  positions?: readonly number[];
  definitionOf: (type: string) => ResourceDefinition;
  /** Makes the part of the submission that is searched as a Bundle. */
  bundleHeadOf: (written: readonly StoredEntry[]) => AnyResource;
  /** Makes the Provenance, which records the origin of the entries; absent when nothing was written. */
  provenanceOf: (written: readonly StoredEntry[]) => AnyResource | undefined;
}
