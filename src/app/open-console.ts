/** Opens the pages for people: sessions, sign-in, and what the pages read with. */
import { isUuid } from '../fhir/uuid';
import { openIdProvider } from '../engines/access/people/openid';
import { openSessions } from '../engines/access/people/sessions';
import { signInThrottle } from '../engines/access/people/sign-in-throttle';
import { secret } from '../engines/store/secrets';
import { cookiesOf } from '../interfaces/console/cookies';
import type { ConsoleDependencies } from '../interfaces/console/dependencies';
import { SANDBOX_ISSUER } from '../interfaces/console/pages/sign-in/sign-in';
import { scopeRules } from './definitions';
import { isSecure } from './listener';
import type { Engines } from './open-engines';
import type { Roads } from './open-roads';
import type { UseCases } from './open-use-cases';
import type { AppParts } from './parts';
import { owners } from './what-is-stored';

export async function openConsole(
  { config, now, store: { database }, roads }: AppParts & { roads: Pick<Roads, 'healthOfNode'> },
  { access, judgeFile }: Engines,
  { submission, reading, auditing }: UseCases,
  version: string,
): Promise<ConsoleDependencies> {
  const { mode, oidcIssuer, oidcClientId, oidcClientSecretFile, oidcRoleClaim, oidcOdsClaim } = config;
  return {
    mode,
    version,
    sessions: openSessions(database, { now, issuer: mode === 'sandbox' ? SANDBOX_ISSUER : oidcIssuer }),
    cookies: cookiesOf(isSecure(config)),
    formKey: await secret(database, 'console'),
    throttle: signInThrottle(database, config.consoleSignInsPerMinute, now),
    provider:
      oidcIssuer === undefined || oidcClientId === undefined
        ? undefined
        : openIdProvider({
            issuer: oidcIssuer,
            clientId: oidcClientId,
            clientSecretFile: oidcClientSecretFile,
            roleClaim: oidcRoleClaim,
            odsClaim: oidcOdsClaim,
          }),
    scopeRules,
    settlePolicy: access.settlePolicy,
    readRestriction: access.policy.readRestriction,
    ownersOf: async (ids) => {
      const { patients, isAll } = await owners(database, ids.filter(isUuid));
      return isAll ? patients : [];
    },
    reading,
    auditing,
    roads: roads.healthOfNode,
    judgeFile,
    presentable: submission.validate.presentable,
    handling: config.handling,
    maxBodyBytes: config.maxBodyBytes,
  };
}
