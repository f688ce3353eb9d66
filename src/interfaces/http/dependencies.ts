/** What the routes are given by `app.ts`, by what they are for. */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import type { TokenEndpointDependencies } from '../../engines/access/token-endpoint';
import type { AuditingDependencies } from '../../use-cases/auditing/dependencies';
import type { ReadingDependencies } from '../../use-cases/reading/dependencies';
import type { BatchDependencies } from './handlers/batch';
import type { FrontPageDependencies } from './handlers/front-page';
import type { HealthDependencies } from './handlers/health';
import type { MetadataDependencies } from './handlers/metadata';
import type { PagesDependencies } from './handlers/pages';
import type { SubmitHandlerDependencies } from './handlers/submit';
import type { ValidateDependencies } from './handlers/validate';

export interface RoutesDependencies {
  /** What brings Bundles in, and `$validate`. */
  submitting: SubmitHandlerDependencies & Omit<ValidateDependencies, 'reading'>;
  /** What answers stored resources. */
  reading: ReadingDependencies;
  /** What auditors and reviewers read. */
  auditing: AuditingDependencies;
  /** Tokens. */
  access: {
    tokenEndpoint: (baseUrl: string) => TokenEndpointDependencies;
    /** The types that can be read and searched. */
    readable: readonly ResourceDefinition[];
  };
  /** What says what this server is and how it is. */
  pages: PagesDependencies &
    FrontPageDependencies &
    Omit<MetadataDependencies, 'operationsOf'> & { health: HealthDependencies };
  /** Records what one entry of a batch asked for. */
  recordEntry: BatchDependencies['recordEntry'];
}
