/** Makes the HTTP interface: every route with its dependencies, and the steps before each request. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConsoleDependencies } from '../interfaces/console/dependencies';
import { consoleRoutes, peopleOf } from '../interfaces/console/routes';
import { responseQueue } from '../interfaces/forwarding/response-destination';
import { bodyReader } from '../interfaces/http/body';
import { dispatch } from '../interfaces/http/dispatch';
import { everyAnswer } from '../interfaces/http/every-answer';
import { cors } from '../interfaces/http/middleware/cors';
import { asText, status } from '../interfaces/http/handlers/health';
import { whileOurs } from '../interfaces/http/middleware/refuse-foreign-database';
import type { DispatchOptions } from '../interfaces/http/request-in-progress';
import type { RoutesDependencies } from '../interfaces/http/dependencies';
import { routes } from '../interfaces/http/routes';
import { metricsRoutes } from '../interfaces/http/routes/metrics';
import { memoryForRequests } from '../interfaces/http/heap-cost';
import { diskSpaceAt } from '../platform/disk-space';
import type { Answers } from '../platform/processes/peer';
import { together, type ConnectionUse } from '../platform/postgres';
import { packageRoot } from '../platform/package-root';
import { bundle, resources, storedResources } from '../resources';
import { contentsOf } from '../use-cases/reading/stored-contents';
import { definitionFor, definitionOf } from './definitions';
import { isLoopback } from '../config/mode';
import { isSecure } from './listener';
import { watchConnections, watchServer } from './watch-server';
import { metricsOfNode } from './processes';
import type { Engines } from './open-engines';
import type { Roads } from './open-roads';
import type { UseCases } from './open-use-cases';
import type { AppParts } from './parts';

/** What answers the requests of each port. */
export interface HttpInterface {
  api: ReturnType<typeof dispatch>;
  /** For `METRICS_PORT`: `/metrics` and nothing else. */
  metricsAlone: ReturnType<typeof dispatch>;
  /** What a worker process asks the first one, to answer for the node. */
  answers: Answers;
}

export function openHttp(
  parts: AppParts & { roads: Pick<Roads, 'health'> },
  engines: Engines,
  { submission, reading, auditing, bundleOf }: UseCases,
  recordRequest: DispatchOptions['audit'],
  { version: appVersion, people }: { version: string; people: ConsoleDependencies },
): HttpInterface {
  const { config, log, now, store, server, metrics, tracing, audited = true } = parts;
  const { patients, trail, access, judge } = engines;
  const record = audited ? recordRequest : async () => undefined;
  const { processes, limits } = parts;
  const pages = pagesOf(parts, { ...engines, replica: reading.replica }, appVersion);
  watchConnections(metrics, store.use);
  if (!processes.joined) watchServer(metrics, pages.health, { version: appVersion, mode: config.mode });
  const text = metricsOfNode(metrics, processes);
  const forMetrics = metricsRoutes(
    { text, contentType: metrics.contentType },
    {
      isLoopback: isLoopback(config.host),
      token: config.metricsToken,
    },
  );
  const options: DispatchOptions = {
    people: peopleOf(people),
    routes: routes({
      submitting: {
        ...submission,
        responseUrls: config.responseUrls,
        responseQueue,
        presentable: submission.validate.presentable,
        handling: config.handling,
        judge,
        bundleOf,
        contentsOf: (stored) => contentsOf(store.database, stored, definitionOf),
      },
      reading,
      auditing,
      access: { tokenEndpoint: access.tokenEndpoint, readable: resources },
      pages,
      recordEntry: record,
    }),
    verify: access.verify,
    bodies: bodyReader(config, limits.bodies),
    work: memoryForRequests(),
    maxAnswerBytes: config.maxAnswerBytes,
    patients,
    before: [cors(config.corsOrigins), whileOurs(store.sandbox)],
    headers: everyAnswer(isSecure(config)),
    trustedProxies: config.trustedProxies,
    rateLimit: limits.rateLimit,
    uploads: limits.uploads,
    reach: access.policy.readRestriction,
    baseUrl: () => server.origin,
    log,
    audit: record,
    expectAudit: trail.expect,
    now,
    onAnswered: metrics.requestAnswered,
    tracing,
  };
  const withMetrics = config.metricsPort === undefined ? forMetrics : [];
  return {
    api: dispatch({ ...options, routes: [...consoleRoutes(people), ...options.routes, ...withMetrics] }),
    metricsAlone: dispatch({ ...options, routes: forMetrics }),
    answers: {
      metrics: text,
      status: async () => asText(await status(pages.health)),
      roads: parts.roads.health,
    },
  };
}

/** What the pages for people, for tools and for monitoring are made of. */
function pagesOf(
  { config, now, store, server, roads, processes }: AppParts & { roads: Pick<Roads, 'health'> },
  { standby, trail, reindex, replica }: Engines & Pick<UseCases['reading'], 'replica'>,
  version: string,
): RoutesDependencies['pages'] {
  const { workers, joined } = processes;
  const openapi = readOpenApi();
  const disks = [config.dataDir, ...(store.folder === undefined ? [] : [store.folder])];
  return {
    definitions: resources,
    storedTypes: storedResources.map(({ type }) => type),
    bundleDefinition: bundle,
    definitionFor,
    version,
    startedAt: now(),
    openapi: () => openapi,
    mode: config.mode,
    health: {
      ...standby.health,
      replica: replica?.health,
      version,
      isServing: () => server.isServing && store.sandbox?.isLost !== true,
      ledger: () => trail.ledger.health(),
      reindex: reindex.health,
      roads: roads.health,
      ...(joined ? { ofNode: () => joined.peer.ask<string>('status') } : {}),
      node: async () => ({
        connections: together([store.use(), ...((await workers?.askAll<ConnectionUse>('use')) ?? [])]),
        disks: await Promise.all(disks.map(diskSpaceAt)),
      }),
    },
  };
}

/** Read once in a process: it is a part of this version. */
let openApi: Readonly<Record<string, unknown>> | undefined;

function readOpenApi(): Readonly<Record<string, unknown>> {
  const path = join(packageRoot(), 'openapi', 'homeward.json');
  return (openApi ??= JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>);
}
