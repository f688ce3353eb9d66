/** Which environment gives which mode, and what is said of one that gives none. */
import { readConfig, unreadableFiles, variables } from './config';

const issuer = { AUTH_ISSUER: 'https://issuer.example', AUTH_AUDIENCE: 'homeward' };
const keys = { ...issuer, AUTH_JWKS_URI: 'file:///etc/jwks.json' };
const production = { NODE_ENV: 'production', DATABASE_URL: 'postgres://h@127.0.0.1/h' };

const modeOf = (env: NodeJS.ProcessEnv): string => {
  const read = readConfig(env);
  return read.ok ? read.config.mode : 'refused';
};
const faultsOf = (env: NodeJS.ProcessEnv): string => {
  const read = readConfig(env);
  return read.ok ? '' : read.faults.join('\n');
};

describe('the mode', () => {
  it.each<[string, NodeJS.ProcessEnv]>([
    ['nothing set', {}],
    ['development', { NODE_ENV: 'development' }],
    ['test', { NODE_ENV: 'test' }],
    ['an empty NODE_ENV', { NODE_ENV: '' }],
    ['empty variables of secured servers', { AUTH_ISSUER: '', CLIENTS_FILE: '' }],
    ['localhost', { HOST: 'localhost' }],
    ['an address in 127.0.0.0/8', { HOST: '127.8.9.1' }],
    ['::1', { HOST: '::1' }],
    ['every interface with SANDBOX=on', { HOST: '0.0.0.0', SANDBOX: 'on' }],
  ])('is sandbox with %s', (_name, env) => {
    expect(modeOf(env)).toBe('sandbox');
  });

  it.each<[string, NodeJS.ProcessEnv]>([
    ['an issuer and its keys', keys],
    ['clients alone', { CLIENTS_FILE: 'clients.json' }],
    ['clients in development', { NODE_ENV: 'development', CLIENTS_FILE: 'clients.json' }],
    ['production, an issuer and clients', { ...production, ...issuer, CLIENTS_FILE: 'clients.json' }],
    ['production and an issuer with keys', { ...production, ...keys }],
    ['keys on every interface', { ...keys, HOST: '0.0.0.0' }],
  ])('is secured with %s', (_name, env) => {
    expect(modeOf(env)).toBe('secured');
  });

  it.each<[string, NodeJS.ProcessEnv, RegExp]>([
    ['a policy alone', { POLICY_FILE: 'policy.json' }, /POLICY_FILE is set.*AUTH_JWKS_URI, or CLIENTS_FILE/],
    ['OpenID Connect alone', { OIDC_ISSUER: 'https://id.example', OIDC_CLIENT_ID: 'h' }, /OIDC_CLIENT_ID/],
    [
      'an issuer alone',
      { AUTH_ISSUER: 'https://issuer.example' },
      /AUTH_AUDIENCE must be set[^]*AUTH_JWKS_URI or CLIENTS_FILE must/,
    ],
    ['every interface', { HOST: '0.0.0.0' }, /HOST 0\.0\.0\.0 is not a loopback address.*SANDBOX=on/],
    ['every interface, IPv6', { HOST: '::' }, /HOST :: is not a loopback address/],
    [
      'a sandbox in production',
      { ...production, ...keys, SANDBOX: 'on' },
      /cannot start with SANDBOX=on, because NODE_ENV is production/,
    ],
    [
      'a sandbox with clients',
      { CLIENTS_FILE: 'c.json', SANDBOX: 'on' },
      /cannot start with SANDBOX=on, because CLIENTS_FILE is set/,
    ],
    ['no sandbox and no keys', { SANDBOX: 'off' }, /SANDBOX is off/],
    ['another letter case', { NODE_ENV: 'Production' }, /NODE_ENV must be.*"Production"/],
    ['a space in NODE_ENV', { NODE_ENV: 'production ' }, /NODE_ENV must be.*"production "/],
    ['a short form', { NODE_ENV: 'prod' }, /NODE_ENV must be.*"prod"/],
    ['a misspelt name', { ...keys, AUTH_JWKS_URL: 'https://x.example' }, /AUTH_JWKS_URL is not a variable/],
  ])('is none with %s', (_name, env, fault) => {
    expect(modeOf(env)).toBe('refused');
    expect(faultsOf(env)).toMatch(fault);
  });

  it('in production tells each thing that is missing, in a line of its own', () => {
    const names = faultsOf({ NODE_ENV: 'production' })
      .split('\n')
      .map((line) => line.split(' ')[0]);
    expect(names).toEqual(['DATABASE_URL', 'AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_JWKS_URI']);
  });
});

describe('the variables', () => {
  it.each(variables.map(({ name }) => name))('do not take spaces alone for nothing: %s', (name) => {
    expect(modeOf({ [name]: ' ' })).toBe('refused');
    expect(faultsOf({ [name]: '\t ' })).toContain(`${name} contains only spaces.`);
  });

  it('are all read, and each wrong one is named', () => {
    const faults = faultsOf({ PORT: 'abc', LOG_LEVEL: 'loud', CORS_ORIGINS: 'x/y', TLS_CERT_FILE: 'c.pem' });
    for (const name of ['PORT', 'LOG_LEVEL', 'CORS_ORIGINS', 'TLS_KEY_FILE']) expect(faults).toContain(name);
  });

  it('name files that are there, and every one that is not is told', () => {
    const faults = unreadableFiles({ CLIENTS_FILE: '/nowhere/c.json', TLS_KEY_FILE: __dirname });
    expect(faults.sort().join('\n')).toMatch(/CLIENTS_FILE .*ENOENT[^]*TLS_KEY_FILE must name a file/);
  });
});
