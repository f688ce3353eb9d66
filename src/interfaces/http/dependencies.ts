/** The dependencies that `app.ts` passes to the routes, grouped by purpose. */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import type { TokenEndpointDependencies } from '../../engines/access/token-endpoint';
import type { AuditingDependencies } from '../../use-cases/auditing/dependencies';
import type { ReadingDependencies } from '../../use-cases/reading/dependencies';
import type { BatchDependencies } from './handlers/batch';
import type { FrontPageDependencies } from './handlers/front-page';
import type { HealthDependencies } from './handlers/health';
import type { MetadataDependencies } from './handlers/metadata';
import type { PagesDependencies } from './handlers/pages';
import type { MessageDependencies } from './handlers/process-message';
import type { ValidateDependencies } from './handlers/validate';

export interface RoutesDependencies {
  /** For the routes that accept Bundles, and `$validate`. */
  submitting: MessageDependencies & Omit<ValidateDependencies, 'reading'>;
  /** For the routes that return stored resources. */
  reading: ReadingDependencies;
  /** For the routes of auditors and reviewers. */
  auditing: AuditingDependencies;
  /** For the token endpoint. */
  access: {
    tokenEndpoint: (baseUrl: string) => TokenEndpointDependencies;
    /** The types that can be read and searched. */
    readable: readonly ResourceDefinition[];
  };
  /** For the pages that describe the server and its health. */
  pages: PagesDependencies &
    FrontPageDependencies &
    Omit<MetadataDependencies, 'operationsOf'> & { health: HealthDependencies };
  /** Records the request of one entry of a batch. */
  recordEntry: BatchDependencies['recordEntry'];
}
