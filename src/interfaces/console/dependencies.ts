/** The dependencies that `app.ts` passes to the pages. */
import type { Handling } from '../../definitions/rule';
import type { ScopeRules } from '../../definitions/scope-rules';
import type { OpenIdProvider } from '../../engines/access/people/openid';
import type { Sessions } from '../../engines/access/people/sessions';
import type { SignInThrottle } from '../../engines/access/people/sign-in-throttle';
import type { Policy } from '../../engines/access/policy';
import type { Issue } from '../../fhir/issue';
import type { AuditingDependencies } from '../../use-cases/auditing/dependencies';
import type { ReadingDependencies } from '../../use-cases/reading/dependencies';
import type { FileJudge } from '../../use-cases/submitting/validate/validate-file';
import type { RoadHealth } from '../http/handlers/road-checks';
import type { Cookies } from './cookies';

export interface ConsoleDependencies {
  mode: 'sandbox' | 'secured';
  version: string;
  sessions: Sessions;
  cookies: Cookies;
  /** The key from which the tokens of forms and the challenges of sign-ins are made. */
  formKey: Buffer;
  throttle: SignInThrottle;
  /** Where people sign in; absent in the sandbox, and where no provider is set. */
  provider: OpenIdProvider | undefined;
  scopeRules: ScopeRules;
  /** Waits until the policy is no older than its maximum age. */
  settlePolicy: () => Promise<void>;
  readRestriction: Policy['readRestriction'];
  /** The patients that own what these ids name; none where not all of them are known. */
  ownersOf: (ids: readonly string[]) => Promise<string[]>;
  reading: ReadingDependencies;
  auditing: AuditingDependencies;
  /** The state of each configured road of the node. */
  roads: () => Promise<RoadHealth[]>;
  /** The verdict on a Bundle that is not submitted. */
  judgeFile: FileJudge;
  presentable: (issues: readonly Issue[]) => Issue[];
  handling: Handling;
  /** The largest Bundle. */
  maxBodyBytes: number;
}
