/** The routes that need no token: descriptions of the server, its health, and the token endpoint. */
import { answered } from '../../../use-cases/call/answered';
import { nothing } from '../../../use-cases/call/disclosed';
import type { RoutesDependencies } from '../dependencies';
import { base, frontPage } from '../handlers/front-page';
import { ping, status } from '../handlers/health';
import { metadata, type MetadataDependencies } from '../handlers/metadata';
import { page } from '../handlers/pages';
import { smart, token } from '../handlers/token';
import type { OperationText } from '../openapi/shapes';
import { fhir, open, type Route, type RouteToNobody } from '../route';

/** The largest token request, which comes from unauthenticated callers: an assertion and a few words. */
const MAX_TOKEN_FORM_BYTES = 64 * 1024;

const ofServer = (id: string, summary: string, answer: string, more: Partial<OperationText> = {}) => ({
  id,
  tag: 'Server',
  summary,
  answers: { 200: answer },
  ...more,
});

/** The address of a page, with what answers there. */
const openTo = (path: string, text: OperationText, handler: RouteToNobody['handler']): RouteToNobody => ({
  method: 'GET',
  path,
  access: open,
  produces: 'own',
  text,
  handler,
});

export function serverRoutes(
  { pages, access }: RoutesDependencies,
  statement: MetadataDependencies,
): Route[] {
  const ofStatement = { parameters: ['_summary', '_elements'], faults: [400] };
  return [
    { ...openTo('/_ping', ofServer('ping', 'Whether the process is running', 'Pong'), ping), isProbe: true },
    {
      ...openTo(
        '/_status',
        ofServer('readStatus', 'Whether the server can answer requests', 'Pass', {
          answers: { 200: 'Pass', 503: 'Fail' },
        }),
        () => status(pages.health),
      ),
      isProbe: true,
    },
    openTo('/openapi.json', ofServer('readOpenApi', 'This document', 'OpenApi'), (x) =>
      page(x, 'openapi', pages),
    ),
    openTo('/', ofServer('readFrontPage', 'A page that describes this server, with links', 'Page'), (x) =>
      frontPage(x, pages),
    ),
    openTo('/favicon.ico', ofServer('readIcon', 'The icon of the pages', 'Icon'), (x) =>
      page(x, 'icon', pages),
    ),
    openTo('/docs', ofServer('readDocs', 'This document as a page', 'Page'), (x) => page(x, 'docs', pages)),
    openTo(
      '/docs/:file',
      ofServer('readDocsFile', 'The files that the page loads', 'File', {
        parameters: ['file'],
        faults: [404],
      }),
      (x) => page(x, 'asset', pages),
    ),
    ...accessRoutes(access),
    {
      ...openTo(
        `${fhir}/metadata`,
        ofServer(
          'readMetadata',
          'What this server supports, as a CapabilityStatement',
          'Metadata',
          ofStatement,
        ),
        (x) => metadata(x, statement),
      ),
      produces: 'fhir',
    },
    {
      ...openTo(
        fhir,
        ofServer(
          'readBase',
          'The CapabilityStatement, or the front page for a browser',
          'MetadataOrPage',
          ofStatement,
        ),
        (x) => base(x, { ...pages, statement }),
      ),
      produces: 'fhir',
    },
  ];
}

function accessRoutes({ tokenEndpoint, readable }: RoutesDependencies['access']): Route[] {
  return [
    {
      method: 'POST',
      path: '/oauth2/token',
      access: open,
      produces: 'own',
      body: 'form',
      maxBodyBytes: MAX_TOKEN_FORM_BYTES,
      faults: 'oauth',
      audit: { action: 'E', interaction: 'token' },
      text: {
        id: 'issueToken',
        tag: 'Access',
        summary: 'Get a token for a signed assertion',
        description: 'SMART Backend Services, for the clients that the operator has registered.',
        request: 'TokenRequest',
        answers: { 200: 'Token', 400: 'TokenFault', 401: 'TokenRefused' },
      },
      handler: async (x, body) => answered(await token(x, body, tokenEndpoint(x.baseUrl)), nothing),
    },
    openTo(
      `${fhir}/.well-known/smart-configuration`,
      {
        id: 'readSmartConfiguration',
        tag: 'Access',
        summary: 'Where clients get tokens, and for which scopes',
        answers: { 200: 'SmartConfiguration' },
      },
      (x) => smart(x, readable),
    ),
  ];
}
