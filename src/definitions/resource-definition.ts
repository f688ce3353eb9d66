import type { ElementRow, Repair, Rule } from './rule';
import type { Identity, SearchParameter, TableDefinition } from './table';

/**
 * What Homeward knows of one resource type: a folder of `src/resources/`, handed by `app.ts` to every engine.
 * An engine loops over these and never names a type.
 */
export interface ResourceDefinition {
  /** `Encounter` */
  type: string;
  /** The guidance's section, such as `3.4.4`; absent where the guidance does not describe the type. */
  guidance?: string;
  /** The profile that the guidance names. */
  profile?: string;
  elements: readonly ElementRow[];
  rules: readonly Rule[];
  repairs: readonly Repair[];
  table: TableDefinition;
  searchParameters: readonly SearchParameter[];
  /** Absent where outside a lineage no two resources are the same one. */
  identity?: Identity;
  /** Whether a correction that no longer carries it withdraws it. Patients and Organizations stay. */
  withdrawable: boolean;
  /** Whether a read needs this scope's type; `Binary` follows `DocumentReference`. */
  scopeType?: string;
}
