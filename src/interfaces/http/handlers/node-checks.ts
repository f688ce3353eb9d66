/** The checks of the node for `/_status`: its connections to the database, and the free space on its disks. */
import type { DiskSpace } from '../../../platform/disk-space';
import type { ConnectionUse } from '../../../platform/postgres';

export interface NodeHealth {
  /** Of all the pools of this process together. */
  connections: ConnectionUse;
  disks: readonly DiskSpace[];
}

export interface NodeCheck {
  componentType: 'datastore' | 'system';
  /** Distinguishes checks of one name: `used`, `free`, `waiting`, or a path. */
  componentId: string;
  status: 'pass' | 'warn';
  observedValue?: number;
  observedUnit?: string;
  output?: string;
}

/**
 * The least free space. A submission with the largest document needs less, and PostgreSQL stops when it cannot write.
 */
const LEAST_FREE_BYTES = 1024 ** 3;

/** Checks by their names, in the form of health+json. */
export function nodeChecks({ connections, disks }: NodeHealth): Record<string, NodeCheck[]> {
  return {
    'database:connections': connectionChecks(connections),
    'disk:free': disks.map(diskCheck),
  };
}

function connectionChecks({ most, used, waiting }: ConnectionUse): NodeCheck[] {
  const check = (componentId: string, observedValue: number): NodeCheck => ({
    componentType: 'datastore',
    componentId,
    status: 'pass',
    observedValue,
    observedUnit: 'connections',
  });
  // A short queue is normal. A queue longer than the pool means that the pool is too small or the database too slow.
  const isCrowded = waiting > most;
  const queue: NodeCheck = {
    ...check('waiting', waiting),
    observedUnit: 'requests',
    ...(isCrowded && {
      status: 'warn',
      output: `${waiting} requests wait for ${most} connections: increase DATABASE_MAX_CONNECTIONS, or find out why the database is slow`,
    }),
  };
  return [check('used', used), check('free', Math.max(0, most - used)), queue];
}

function diskCheck({ path, free }: DiskSpace): NodeCheck {
  const check = { componentType: 'system', componentId: path } as const;
  if (free === undefined)
    return { ...check, status: 'warn', output: `cannot read the free space at ${path}` };
  const room = { observedValue: free, observedUnit: 'bytes' };
  if (free >= LEAST_FREE_BYTES) return { ...check, status: 'pass', ...room };
  return {
    ...check,
    status: 'warn',
    ...room,
    output: `less than 1 GiB is free at ${path}; the server cannot store anything when the disk is full`,
  };
}
