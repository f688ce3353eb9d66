/**
 * The one place where a site plugs in a rule of its own. It is handed the policy that the policy file makes, and
 * answers with the policy to use: as it comes, or wrapped, as in the example of `docs/access.md`.
 */
import type { Policy } from './policy';

export function sitePolicy(policy: Policy): Policy {
  return policy;
}
