/**
 * `GET /FHIR/R4/.well-known/smart-configuration`: tells clients where to get a token, and which scopes exist.
 * @see https://hl7.org/fhir/smart-app-launch/conformance.html
 */
import type { ScopeRules } from '../../definitions/scope-rules';
import type { JsonObject } from '../../fhir/types';

export interface SmartConfigurationOptions {
  /** The token endpoint's address. */
  tokenUrl: string;
  /** The types that can be read and searched, from the definitions. */
  types: readonly string[];
}

export function smartConfiguration(
  { tokenUrl, types }: SmartConfigurationOptions,
  rules: ScopeRules,
): JsonObject {
  const readable = types.filter((type) => !rules.follows.has(type) && !rules.namedOnly.has(type));
  const scopes = [
    'system/Bundle.c',
    'system/Bundle.rs',
    'system/*.rs',
    ...readable.flatMap((type) => [`system/${type}.rs`, `user/${type}.rs`]),
    ...[...rules.namedOnly].map((type) => `system/${type}.rs`),
  ];
  return {
    token_endpoint: tokenUrl,
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384', 'RS512'],
    scopes_supported: [...new Set(scopes)],
    capabilities: ['client-confidential-asymmetric', 'permission-v1', 'permission-v2'],
  };
}
