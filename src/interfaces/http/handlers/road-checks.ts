/** The checks of the other roads for `/_status`: each mailbox, the folder, the HL7 v2 listener, each destination. */
import type { Check } from './ledger-checks';

export interface RoadHealth {
  /** `mesh:X26ABC1`, `folder`, `hl7v2`, `deliveries:gp-records`, `forward-file`. */
  name: string;
  /** `warn` when it cannot do its work, or when its queue grows. */
  status: 'pass' | 'warn';
  /** What is wrong, and since when. Without patient data: everyone may read it. */
  output?: string;
}

export function roadChecks(roads: readonly RoadHealth[]): Record<string, Check[]> {
  return Object.fromEntries(
    roads.map(({ name, status, output }) => [
      name,
      [{ componentType: 'component', status, ...(output === undefined ? {} : { output }) }],
    ]),
  );
}
