/** Failures as pages: a heading and a sentence that says what to do. Without a session, the way to the sign-in page. */
import type { FailureCategory } from '../../fhir/issue';
import type { Answer, HttpFailure, RequestContext } from '../http/request-context';
import { statusOf } from '../http/status';
import type { ConsoleDependencies } from './dependencies';
import { frameOf } from './frame';
import { personOfRequest } from './people';
import { renderPage } from './render';
import { signInPath, START, wantedPage } from './wanted';

const headings: Partial<Record<FailureCategory, string>> = {
  forbidden: 'You cannot open this page',
  'not-found': 'Page not found',
  gone: 'This has been withdrawn',
  throttled: 'Too many attempts',
  'too-large': 'This is too large',
  unavailable: 'The service is not available at the moment',
  exception: 'There is a problem with the service',
};

export async function failurePage(
  { category, issues, headers = {} }: HttpFailure,
  context: RequestContext,
  dependencies: ConsoleDependencies,
): Promise<Answer> {
  const { request, requestId } = context;
  if (category === 'unauthenticated') {
    const wanted = request.method === 'POST' ? START : wantedPage(request.originalUrl);
    return { status: 303, headers: { Location: signInPath(wanted) } };
  }
  const person = context.person ?? (await personOfRequest(request, dependencies).catch(() => undefined));
  const rule = issues[0]?.rule;
  const status = statusOf[category];
  return renderPage(
    'failure.njk',
    {
      ...frameOf({ context, person, visitId: '' }, dependencies),
      title: headings[category] ?? 'This request cannot be answered',
    },
    {
      sentences: issues.map(({ text }) => text),
      requestId,
      canSignIn: person === undefined && (rule === 'console-sign-in' || rule === 'console-form'),
    },
    {
      status,
      headers: { ...(status === 503 || status === 429 ? { 'Retry-After': '2' } : {}), ...headers },
    },
  );
}
