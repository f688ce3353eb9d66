/** Makes the HTTP interface: every route with its dependencies, and the steps before each request. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bodyReader } from '../interfaces/http/body';
import { dispatch } from '../interfaces/http/dispatch';
import { everyAnswer } from '../interfaces/http/every-answer';
import { cors } from '../interfaces/http/middleware/cors';
import { rateLimit } from '../interfaces/http/middleware/rate-limit';
import { uploads } from '../interfaces/http/middleware/uploads';
import { whileOurs } from '../interfaces/http/middleware/refuse-foreign-database';
import type { DispatchOptions } from '../interfaces/http/request-in-progress';
import type { RoutesDependencies } from '../interfaces/http/dependencies';
import { routes } from '../interfaces/http/routes';
import { memoryForRequests } from '../interfaces/http/heap-cost';
import { diskSpaceAt } from '../platform/disk-space';
import { packageRoot } from '../platform/package-root';
import { bundle, resources, storedResources } from '../resources';
import { contentsOf } from '../use-cases/reading/stored-contents';
import { definitionFor, definitionOf } from './definitions';
import { isSecure } from './listener';
import type { Engines } from './open-engines';
import type { Roads } from './open-roads';
import type { UseCases } from './open-use-cases';
import type { AppParts } from './parts';

/** @param appVersion the version in package.json */
export function openHttp(
  parts: AppParts & { roads: Pick<Roads, 'health'> },
  engines: Engines,
  { submission, reading, auditing, bundleOf }: UseCases,
  recordRequest: DispatchOptions['audit'],
  appVersion: string,
): ReturnType<typeof dispatch> {
  const { config, log, now, store, server, audited = true } = parts;
  const { patients, trail, access, judge } = engines;
  const record = audited ? recordRequest : async () => undefined;
  return dispatch({
    routes: routes({
      submitting: {
        ...submission,
        presentable: submission.validate.presentable,
        handling: config.handling,
        judge,
        bundleOf,
        contentsOf: (stored) => contentsOf(store.database, stored, definitionOf),
      },
      reading,
      auditing,
      access: { tokenEndpoint: access.tokenEndpoint, readable: resources },
      pages: pagesOf(parts, engines, appVersion),
      recordEntry: record,
    }),
    verify: access.verify,
    bodies: bodyReader(config),
    work: memoryForRequests(),
    maxAnswerBytes: config.maxAnswerBytes,
    patients,
    before: [cors(config.corsOrigins), whileOurs(store.sandbox)],
    headers: everyAnswer(isSecure(config)),
    trustedProxies: config.trustedProxies,
    rateLimit: rateLimit(config.rateLimitPerMinute, Date.now),
    uploads: uploads(config.maxUploadsPerClient),
    reach: access.policy.readRestriction,
    baseUrl: () => server.origin,
    log,
    audit: record,
    expectAudit: trail.expect,
    now,
  });
}

/** What the pages for people, for tools and for monitoring are made of. */
function pagesOf(
  { config, now, store, server, roads }: AppParts & { roads: Pick<Roads, 'health'> },
  engines: Engines,
  version: string,
): RoutesDependencies['pages'] {
  const { standby, trail, reindex } = engines;
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
      version,
      isServing: () => server.isServing && store.sandbox?.isLost !== true,
      ledger: () => trail.ledger.health(),
      reindex: reindex.health,
      roads: roads.health,
      node: async () => ({
        connections: store.use(),
        disks: await Promise.all(disks.map(diskSpaceAt)),
      }),
    },
  };
}

function readOpenApi(): Record<string, unknown> {
  const text = readFileSync(join(packageRoot(), 'openapi', 'homeward.json'), 'utf8');
  return JSON.parse(text) as Record<string, unknown>;
}
