/** The values that the functions of this folder pass on: the options of the start, and what was opened before. */
import type { Config } from '../config';
import type { ProfileValidator } from '../engines/validation/profiles/create-profile-validator';
import type { Logger } from '../platform/logger';
import type { Metrics } from '../platform/metrics/metrics';
import type { Tracing } from '../platform/tracing';
import type { Limits } from '../interfaces/http/shared-limits';
import type { Store } from './open-store';
import type { Processes } from './processes';
import type { Prepared } from './check-settings';

/** Values that change while the server runs. */
export interface ServerState {
  /** The server's address, without a slash at its end: certain only when it listens. */
  origin: string;
  isServing: boolean;
}

export interface AppParts {
  config: Config;
  log: Logger;
  now: () => Date;
  stop?: AbortSignal;
  audited?: boolean;
  prepared: Prepared;
  profiles: ProfileValidator;
  store: Store;
  server: ServerState;
  metrics: Metrics;
  /** Whether this process is the first of its node, or a worker. */
  processes: Processes;
  /** The limits that count over all processes of the node. */
  limits: Limits;
  tracing: Tracing;
}
