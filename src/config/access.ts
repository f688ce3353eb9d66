/** Who may call: the mode of the server, tokens, clients, the site’s policy, and the sign-in of people. @see docs/configuration.md */
import { choice, exactChoice, file, text, url, whole } from './variable';

export const access = {
  nodeEnv: exactChoice('NODE_ENV', ['production', 'development', 'test'], {
    meaning:
      'With `production`, the server starts only if the database, the issuer, the audience and a source of keys are set. The value must be exact, without spaces and in lower case.',
  }),
  sandbox: choice('SANDBOX', ['on', 'off'], {
    meaning:
      '`on` allows a sandbox on an address that is not loopback, for a container with test data. `off` prevents a sandbox.',
  }),
  authIssuer: text('AUTH_ISSUER', { meaning: 'The `iss` of accepted tokens.' }),
  authAudience: text('AUTH_AUDIENCE', { meaning: 'The `aud` of accepted tokens.' }),
  authJwksUri: url('AUTH_JWKS_URI', ['https:', 'http:', 'file:'], {
    meaning: 'Where the issuer’s public keys are.',
  }),
  maxTokenLifetimeHours: whole('MAX_TOKEN_LIFETIME_HOURS', {
    unlessSet: 24,
    from: 1,
    to: 8_760,
    meaning:
      'The longest lifetime of a token of `AUTH_ISSUER`, from its `iat` (or from now if it has none) to its `exp`. The server refuses a token with a longer lifetime.',
  }),
  clientsFile: file('CLIENTS_FILE', {
    meaning:
      'A JSON array of the clients that the token endpoint knows: `clientId`, `name`, `odsCode`, `scope`, `jwks` or `jwksUri`.',
  }),
  policyFile: file('POLICY_FILE', {
    meaning: 'Organisation rules: who may submit for which custodians, and read which patients’ data.',
  }),
  oidcIssuer: url('OIDC_ISSUER', ['https:', 'http:'], {
    meaning: 'The OpenID provider with which people sign in to the pages below `/console/`.',
  }),
  oidcClientId: text('OIDC_CLIENT_ID', { meaning: 'The client id of this server at `OIDC_ISSUER`.' }),
  oidcClientSecretFile: file('OIDC_CLIENT_SECRET_FILE', {
    meaning: 'The file with the client secret of this server at `OIDC_ISSUER`.',
  }),
  oidcRoleClaim: text('OIDC_ROLE_CLAIM', {
    unlessSet: 'roles',
    meaning: 'The claim that has a person’s roles.',
  }),
  consoleSignInsPerMinute: whole('CONSOLE_SIGN_INS_PER_MINUTE', {
    unlessSet: 30,
    from: 1,
    to: 10_000,
    meaning:
      'The most attempts to sign in to the pages below `/console/` from one address in a minute. Above it, the answer is 429.',
  }),
  oidcOdsClaim: text('OIDC_ODS_CLAIM', {
    unlessSet: 'ods_code',
    meaning: 'The claim that has a person’s organisation.',
  }),
  signingKeyPassphrase: text('SIGNING_KEY_PASSPHRASE', {
    meaning:
      'Encrypts, in the database, the key that signs the token endpoint’s tokens. Use the same value on every node. Without it, the key is stored unencrypted.',
  }),
};
