/** What the discovery document tells a client. */
import { scopeRules } from '../../../test/support/scope-rules';
import { smartConfiguration } from './smart-configuration';

describe('smartConfiguration', () => {
  it('says where the token comes from and what may be asked for', () => {
    expect(
      smartConfiguration(
        { tokenUrl: 'https://homeward.example/oauth2/token', types: ['Patient', 'Binary', 'AuditEvent'] },
        scopeRules,
      ),
    ).toEqual({
      token_endpoint: 'https://homeward.example/oauth2/token',
      grant_types_supported: ['client_credentials'],
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384', 'RS512'],
      scopes_supported: [
        'system/Bundle.c',
        'system/Bundle.rs',
        'system/*.rs',
        'system/Patient.rs',
        'user/Patient.rs',
        'system/AuditEvent.rs',
      ],
      capabilities: ['client-confidential-asymmetric', 'permission-v1', 'permission-v2'],
    });
  });
});
