/** What scopes mean for types that are treated in a way of their own, as the definitions say it. */
import { scopeRulesOf } from '../../src/definitions/scope-rules';
import { storedResources } from '../../src/resources';

export const scopeRules = scopeRulesOf(storedResources);
