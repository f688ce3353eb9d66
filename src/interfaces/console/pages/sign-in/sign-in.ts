/**
 * `/console/sign-in`. In the sandbox a person chooses a role. Elsewhere the form leads to the OpenID provider.
 */
import { ProviderAway } from '../../../../engines/access/people/openid';
import { roles, type Role } from '../../../../engines/access/people/roles';
import { answered, disclosing, failed, type Answered } from '../../../../use-cases/call/answered';
import { nothing } from '../../../../use-cases/call/disclosed';
import type { HttpFailure } from '../../../http/request-context';
import { newChallenge } from '../../challenge';
import type { ConsoleDependencies } from '../../dependencies';
import type { Page, Shown, Visit } from '../../page';
import { openSession } from '../../open-session';
import { refuseTooMany } from '../../refuse-too-many';
import { wantedPage } from '../../wanted';

const SANDBOX_ORGANISATION = 'RR8';
export const SANDBOX_ISSUER = 'urn:homeward:sandbox';

export const signInForm: Page = {
  method: 'GET',
  path: '/console/sign-in',
  roles: 'everyone',
  show: async ({ context }, dependencies) => {
    const wanted = wantedPage(context.query.find(([name]) => name === 'to')?.[1]);
    const isSignedOut = context.query.some(([name]) => name === 'signed-out');
    return answered(await formPage({ wanted, isSignedOut }, dependencies), nothing);
  },
};

export const signIn: Page = {
  method: 'POST',
  path: '/console/sign-in',
  roles: 'everyone',
  audit: { action: 'E', interaction: 'sign-in' },
  show: async (visit, dependencies) => {
    await refuseTooMany(visit, dependencies);
    return dependencies.mode === 'sandbox' ? inSandbox(visit, dependencies) : atProvider(visit, dependencies);
  },
};

async function inSandbox(
  visit: Visit,
  dependencies: ConsoleDependencies,
): Promise<Answered<Shown, HttpFailure>> {
  const { form } = visit;
  const wanted = wantedPage(form.text('to'));
  const role = roles.find((each) => each === form.text('role'));
  if (!role) {
    const page = await formPage({ wanted, fault: 'Choose a role' }, dependencies);
    return answered(page, nothing);
  }
  const person = {
    name: `Sandbox ${role}`,
    subject: `sandbox-${role}`,
    issuer: SANDBOX_ISSUER,
    roles: [role],
    odsCode: SANDBOX_ORGANISATION,
  };
  return answered(
    { kind: 'redirect', to: wanted, cookies: await openSession(visit, person, dependencies) },
    nothing,
  );
}

async function atProvider(
  { context, form, visitId }: Visit,
  { provider, formKey }: ConsoleDependencies,
): Promise<Answered<Shown, HttpFailure>> {
  if (!provider) return disclosing(notSetUp());
  const challenge = newChallenge(formKey, visitId, wantedPage(form.text('to')));
  try {
    const to = await provider.addressOf(challenge, `${context.baseUrl}/console/callback`);
    // The person is not known yet: the callback records who signed in.
    context.note({ recorded: true });
    return answered({ kind: 'redirect', to }, nothing);
  } catch (error) {
    if (error instanceof ProviderAway) return disclosing(providerAway());
    throw error;
  }
}

async function formPage(
  {
    wanted,
    fault,
    isSignedOut = false,
  }: {
    wanted: string;
    fault?: string;
    isSignedOut?: boolean;
  },
  { mode, provider }: ConsoleDependencies,
): Promise<Shown> {
  return {
    kind: 'page',
    template: 'pages/sign-in/sign-in.njk',
    title: 'Sign in',
    ...(fault === undefined ? {} : { isError: true, status: 400 }),
    formOrigins: (await provider?.origins()) ?? [],
    values: {
      wanted,
      fault,
      isSignedOut,
      choices: mode === 'sandbox' ? roles.map((role) => ({ value: role, text: labels[role] })) : [],
      canSignIn: mode === 'sandbox' || provider !== undefined,
    },
  };
}

const labels: Readonly<Record<Role, string>> = {
  clinician: 'Clinician',
  auditor: 'Auditor',
  operator: 'Operator',
};

const notSetUp = () =>
  failed('not-found', {
    code: 'not-found',
    rule: 'http-path',
    text: 'Sign-in is not set up on this server. The operator sets OIDC_ISSUER and OIDC_CLIENT_ID.',
  });

export const providerAway = () =>
  failed('unavailable', {
    code: 'transient',
    rule: 'console-sign-in-away',
    text: 'The service that you sign in with cannot be reached. Try again in a minute.',
  });
