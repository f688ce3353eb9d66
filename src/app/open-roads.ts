/**
 * Opens the other roads in and on: MESH, folder, HL7 v2, passing on. Each has an opener of its own in `roads/`, which
 * returns undefined when the settings do not ask for the road.
 */
import type { RoadHealth } from '../interfaces/http/handlers/road-checks';
import type { Peer } from '../platform/processes/peer';
import type { RoadDependencies } from '../use-cases/submitting/submit-on-road';
import { createDestinations } from './destinations';
import type { Engines } from './open-engines';
import type { UseCases } from './open-use-cases';
import type { AppParts } from './parts';
import type { OpenRoad, Road } from './road';
import { openPassingOn } from './roads/forwarding';
import { openMesh } from './roads/mesh';
import { openHl7v2 } from './roads/hl7v2';
import { openFolder } from './roads/folder';

/** In the order in which they start. They stop in the same order. */
const openers: readonly OpenRoad[] = [openFolder, openMesh, openHl7v2];

export interface Roads {
  start(): void;
  stop(): Promise<void>;
  /** The state of the roads that run in this process. */
  health(): RoadHealth[];
  /** The state of the node's roads, whichever process is asked. */
  healthOfNode(): Promise<RoadHealth[]>;
}

/** No road runs in a worker process: its node's first process has them. */
const roadsOfFirst = (first: Pick<Peer, 'ask'>): Roads => ({
  start: () => undefined,
  stop: async () => undefined,
  health: () => [],
  healthOfNode: () => first.ask<RoadHealth[]>('roads'),
});

export async function openRoads(parts: AppParts, engines: Engines, useCases: UseCases): Promise<Roads> {
  if (parts.processes.joined) return roadsOfFirst(parts.processes.joined.peer);
  const submitting: RoadDependencies = {
    submission: useCases.submission,
    settlePolicy: engines.access.settlePolicy,
    readRestriction: engines.access.policy.readRestriction,
    handling: parts.config.handling,
  };
  const roadParts = { ...parts, engines, useCases, submitting, destinations: createDestinations() };
  const roads: Road[] = [];
  for (const open of openers) {
    const road = await open(roadParts);
    if (road) roads.push(road);
  }
  roads.push(openPassingOn(roadParts));
  const health = (): RoadHealth[] => roads.flatMap((road) => road.health());
  let isStarted = false;
  return {
    start: () => {
      isStarted = true;
      for (const road of roads) road.start();
    },
    stop: async () => {
      if (isStarted) await Promise.all(roads.map((road) => road.stop()));
    },
    health,
    healthOfNode: async () => health(),
  };
}
