/**
 * The table of all URLs: what needs no token, what auditors read, what accepts Bundles, the operations, and reading. A
 * path is looked up in this order.
 */
import type { RoutesDependencies } from './dependencies';
import type { MetadataDependencies } from './handlers/metadata';
import { operations } from './operations';
import { operationsOf, routesOf } from './operations/operation';
import type { Route } from './route';
import { auditingRoutes } from './routes/auditing';
import { deliveryRoutes } from './routes/deliveries';
import { readingRoutes } from './routes/reading';
import { serverRoutes } from './routes/server';
import { submittingRoutes } from './routes/submitting';

export function routes(d: RoutesDependencies): Route[] {
  const statement: MetadataDependencies = {
    ...d.pages,
    operationsOf: (type) => operationsOf(operations, type),
  };
  return [
    ...serverRoutes(d, statement),
    ...auditingRoutes(d),
    ...deliveryRoutes(d),
    ...submittingRoutes(d, statement),
    ...operations.flatMap((operation) => routesOf(operation, d)),
    ...readingRoutes(d.reading),
  ];
}
