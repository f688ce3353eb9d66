/**
 * What a road is: MESH, a folder, HL7 v2, passing on. Each has an opener in `roads/`, and `open-roads.ts` opens them all.
 */
import type { RoadHealth } from '../interfaces/http/handlers/road-checks';
import type { RoadDependencies } from '../use-cases/submitting/submit-on-road';
import type { Destinations } from './destinations';
import type { Engines } from './open-engines';
import type { UseCases } from './open-use-cases';
import type { AppParts } from './parts';

export interface Road {
  /** Begins its work, when the server serves. */
  start(): void;
  /** Ends its work: what is in progress is finished or left to be done again. */
  stop(): Promise<void>;
  /** The state of the road, for `/_status`: one for each mailbox, folder or destination. */
  health(): RoadHealth[];
}

/** What a road is opened with. */
export interface RoadParts extends AppParts {
  engines: Engines;
  useCases: UseCases;
  /** The dependencies of `submitOnRoad`. */
  submitting: RoadDependencies;
  /** Where a road adds the systems that it sends deliveries to. */
  destinations: Destinations;
}

export type OpenRoad = (parts: RoadParts) => Promise<Road | undefined>;
