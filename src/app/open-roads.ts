/**
 * Opens the other roads in and on: MESH, folder, HL7 v2, passing on. Each has an opener of its own in `roads/`, which
 * returns undefined when the settings do not ask for the road.
 */
import type { RoadHealth } from '../interfaces/http/handlers/road-checks';
import type { RoadDependencies } from '../use-cases/submitting/submit-on-road';
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
}

export type OpenRoad = (parts: RoadParts) => Promise<Road | undefined>;

/** In the order in which they start. They stop in the same order. */
const openers: readonly OpenRoad[] = [];

export interface Roads {
  start(): void;
  stop(): Promise<void>;
  health(): RoadHealth[];
}

export async function openRoads(parts: AppParts, engines: Engines, useCases: UseCases): Promise<Roads> {
  const submitting: RoadDependencies = {
    submission: useCases.submission,
    readRestriction: engines.access.policy.readRestriction,
    handling: parts.config.handling,
  };
  const roads: Road[] = [];
  for (const open of openers) {
    const road = await open({ ...parts, engines, useCases, submitting });
    if (road) roads.push(road);
  }
  let isStarted = false;
  return {
    start: () => {
      isStarted = true;
      for (const road of roads) road.start();
    },
    stop: async () => {
      if (isStarted) await Promise.all(roads.map((road) => road.stop()));
    },
    health: () => roads.flatMap((road) => road.health()),
  };
}
