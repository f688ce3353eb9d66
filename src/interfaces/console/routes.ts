/**
 * Makes the routes of the pages, for the dispatcher of HTTP, which holds them to limits, roles and the audit trail as it
 * does the API.
 */
import {
  Refused,
  type Answer,
  type HttpFailure,
  type Reply,
  type RequestContext,
} from '../http/request-context';
import { open, type Route, type RouteToNobody } from '../http/route';
import { refused } from '../http/request-context';
import type { People } from '../http/request-in-progress';
import { mapped, type Answered } from '../../use-cases/call/answered';
import { ASSETS, assetAnswer } from './assets';
import { newVisitId } from './cookies';
import type { ConsoleDependencies } from './dependencies';
import { failurePage } from './failure-page';
import { checkToken, formTokenOf, noForm, readForm } from './form';
import { frameOf } from './frame';
import { type Page, type Shown, type Visit } from './page';
import { pages } from './pages';
import { personOfRequest } from './people';
import { renderPage } from './render';

const MAX_FORM_BYTES = 64 * 1024;

export function consoleRoutes(dependencies: ConsoleDependencies): Route[] {
  return [...pages(dependencies).map((page) => routeOf(page, dependencies)), assetRoute];
}

export const peopleOf = (dependencies: ConsoleDependencies): People => ({
  personOf: (request) => personOfRequest(request, dependencies),
  failurePage: (failure, context) => failurePage(failure, context, dependencies),
});

function routeOf(page: Page, dependencies: ConsoleDependencies): Route {
  const { method, path, roles, audit, maxBodyBytes = MAX_FORM_BYTES } = page;
  const shape: Omit<RouteToNobody, 'audit' | 'handler'> = {
    ...{ method, path, produces: 'own', faults: 'page' },
    access: roles === 'everyone' ? open : { kind: 'signed-in', roles },
    ...(method === 'POST' ? { body: 'form', maxBodyBytes } : {}),
    text: { id: path, tag: 'Pages', summary: path, answers: { 200: 'Page' } },
  };
  const reply = (context: RequestContext, body: Buffer): Promise<Reply> =>
    show(page, context, body, dependencies);
  if (audit) return { ...shape, audit, handler: reply };
  return { ...shape, handler: async (context, body) => answerOrThrow(await reply(context, body)) };
}

function answerOrThrow(result: Reply): Answer {
  if (result.ok) return result.answer;
  throw new Refused(result.failure);
}

async function show(
  page: Page,
  context: RequestContext,
  body: Buffer,
  dependencies: ConsoleDependencies,
): Promise<Reply> {
  const { cookies, formKey } = dependencies;
  if (page.roles === 'everyone') await recognise(context, dependencies);
  const { visitId: known } = cookies.read(context.request.headers.cookie);
  const { person } = context;
  const visitId = known ?? newVisitId();
  const form =
    page.method === 'POST' ? await readForm(body, context.request.headers['content-type']) : noForm;
  if (page.method === 'POST')
    checkToken(form, person?.formToken ?? (known === undefined ? undefined : formTokenOf(formKey, known)));
  const visit: Visit = { context, person, visitId, form };
  // A person who is signed in may sign in again, as another one.
  const isNew = known === undefined && page.roles === 'everyone';
  const result: Answered<Shown, HttpFailure> = await page.show(visit, dependencies);
  return mapped(result, (shown) =>
    answerOf(shown, visit, isNew ? [cookies.visit(visitId)] : [], dependencies),
  );
}

/** On a page for everyone, a person may be signed in all the same. */
async function recognise(context: RequestContext, dependencies: ConsoleDependencies): Promise<void> {
  const person = await personOfRequest(context.request, dependencies);
  if (!person) return;
  context.person = person;
  context.caller = person.caller;
  context.reach = dependencies.readRestriction(person.caller);
}

function answerOf(
  shown: Shown,
  visit: Visit,
  ofVisit: readonly string[],
  dependencies: ConsoleDependencies,
): Answer {
  if (shown.kind === 'file') return shown.answer;
  const { cookies: own = [] } = shown;
  const cookies = [...ofVisit, ...own];
  if (shown.kind === 'redirect')
    return withCookies({ status: 303, headers: { Location: shown.to } }, cookies);
  const { template, title, isError, values, status, headers, formOrigins } = shown;
  const frame = { ...frameOf(visit, dependencies), title, ...(isError === true ? { isError } : {}) };
  return withCookies(
    renderPage(template, frame, values, {
      ...(status === undefined ? {} : { status }),
      ...(headers ? { headers } : {}),
      ...(formOrigins ? { formOrigins } : {}),
    }),
    cookies,
  );
}

function withCookies(answer: Answer, cookies: readonly string[]): Answer {
  return cookies.length === 0 ? answer : { ...answer, cookies };
}

const assetRoute: Route = {
  method: 'GET',
  path: `${ASSETS}/:file`,
  access: open,
  produces: 'own',
  faults: 'page',
  text: {
    id: 'asset',
    tag: 'Pages',
    summary: 'Style, script and images of the pages',
    answers: { 200: 'File' },
  },
  handler: async ({ path }) => {
    const answer = assetAnswer(path.file ?? '');
    if (answer) return answer;
    throw refused('not-found', { code: 'not-found', rule: 'http-path', text: 'This file does not exist.' });
  },
};
