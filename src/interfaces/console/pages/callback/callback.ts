/**
 * `/console/callback`, to which the OpenID provider sends the browser. It answers a small page that goes on to the page
 * that was wanted: a browser does not send a Strict cookie while it follows a redirect from another site.
 */
import { ProviderAway } from '../../../../engines/access/people/openid';
import { callerOf } from '../../../../engines/access/people/person';
import {
  answered,
  disclosing,
  failed,
  type Answered,
  type Failed,
} from '../../../../use-cases/call/answered';
import { nothing } from '../../../../use-cases/call/disclosed';
import type { HttpFailure } from '../../../http/request-context';
import { challengeOf } from '../../challenge';
import type { ConsoleDependencies } from '../../dependencies';
import { openSession } from '../../open-session';
import type { Page, Shown, Visit } from '../../page';
import { refuseTooMany } from '../../refuse-too-many';
import { providerAway } from '../sign-in/sign-in';

export const callback: Page = {
  method: 'GET',
  path: '/console/callback',
  roles: 'everyone',
  audit: { action: 'E', interaction: 'sign-in' },
  show: async (visit, dependencies) => {
    await refuseTooMany(visit, dependencies);
    try {
      return await signedIn(visit, dependencies);
    } catch (error) {
      if (error instanceof ProviderAway) return disclosing(providerAway());
      throw error;
    }
  },
};

async function signedIn(
  visit: Visit,
  dependencies: ConsoleDependencies,
): Promise<Answered<Shown, HttpFailure>> {
  const { context, visitId } = visit;
  const { provider, formKey, scopeRules } = dependencies;
  const state = context.query.find(([name]) => name === 'state')?.[1] ?? '';
  const asked = challengeOf(formKey, visitId, state);
  if (!provider || !asked) return disclosing(refusal.browser());
  const result = await provider.personOf(
    asked.challenge,
    new URL(`${context.baseUrl}${context.request.originalUrl}`),
  );
  if (!result.ok) {
    if (result.why !== 'refused') context.caller = callerOf(result.person, undefined, scopeRules);
    return disclosing(refusal[result.why]());
  }
  const cookies = await openSession(visit, result.person, dependencies);
  return answered(
    {
      kind: 'page',
      template: 'pages/callback/callback.njk',
      title: 'You are signed in',
      cookies,
      values: { wanted: asked.wanted },
    },
    nothing,
  );
}

const refusalOf = (text: string) => (): Failed =>
  failed('forbidden', { code: 'login', rule: 'console-sign-in', text });

const refusal = {
  browser: refusalOf('This sign-in was started in another browser, or too long ago. Sign in again.'),
  refused: refusalOf(
    'The service that you sign in with refused you, or its answer was not valid. Sign in again.',
  ),
  role: refusalOf(
    'Your account has none of the roles clinician, auditor and operator. Ask your administrator for one.',
  ),
  organisation: refusalOf(
    'Your account has an organisation code that is not valid. Ask your administrator to correct it.',
  ),
};
