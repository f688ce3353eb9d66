/** What the OpenAPI document is made from: the table of routes and the list of types, without a server. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { version } from '../../src/app';
import { packageRoot } from '../../src/platform/package-root';
import type { JsonObject } from '../../src/fhir/types';
import { openApiDocument, type Documented } from '../../src/interfaces/http/openapi/document';
import type { RoutesDependencies } from '../../src/interfaces/http/dependencies';
import { routes } from '../../src/interfaces/http/routes';
import { resources } from '../../src/resources';

/** No handler is called, so that none of what they need has to be there. */
const nothing = new Proxy(() => nothing, { get: () => nothing }) as unknown as RoutesDependencies;

export function documented(): Documented {
  return {
    routes: routes(nothing),
    definitions: resources,
    version,
    summary: JSON.parse(
      readFileSync(join(packageRoot(), 'examples', 'short-summary.json'), 'utf8'),
    ) as JsonObject,
  };
}

export const openApiPath = join(packageRoot(), 'openapi', 'homeward.json');

export const openApiText = (): string => `${JSON.stringify(openApiDocument(documented()), null, 2)}\n`;
