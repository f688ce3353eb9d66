/**
 * The place for a site's own access rules. The function receives the policy of the policy file, and returns the policy
 * to use: the same one, or a wrapper, as in the example of `docs/access.md`.
 */
import type { Policy } from './policy';

export function sitePolicy(policy: Policy): Policy {
  return policy;
}
