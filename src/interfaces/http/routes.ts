/** The whole URL surface as one table: method, path, who may, what the audit trail calls it, and the handler. */
import type { BatchDependencies } from './handlers/batch';
import { atBundle } from '../../use-cases/submitting/accepted-kinds';
import { submitHandler } from './handlers/submit';
import { baseHandler, mayBeBatch } from './handlers/base';
import { processMessageHandler } from './handlers/process-message';
import { binary } from './handlers/binary';
import { base, frontPage, type FrontPageDependencies } from './handlers/front-page';
import { history, historyOfSystem, historyOfType, type HistoryDependencies } from './handlers/history';
import { read, vread } from './handlers/read';
import { docref, lastn } from './handlers/derived-searches';
import { compositionDocument, encounterSummary, type DocumentDependencies } from './handlers/document';
import { everything } from './handlers/everything';
import { match } from './handlers/match';
import { ping, status, type HealthDependencies } from './handlers/health';
import { metadata, type MetadataDependencies } from './handlers/metadata';
import { parametersIn } from './handlers/operation-parameters';
import { page, type PagesDependencies } from './handlers/pages';
import { search, searchCompartment, type SearchDependencies } from './handlers/search';
import { readSubmission } from './handlers/submission-bundle';
import { smart, token } from './handlers/token';
import { validate, validateStored, type ValidateDependencies } from './handlers/validate';
import type { TokenEndpointDependencies } from '../../engines/access/token-endpoint';
import { auditorRoutes, type AuditorRoutesDependencies } from './auditor-routes';
import type { Answer, RequestContext } from './request-context';
import { authenticated, open, type Route, scope, submitOrRead, wholeScope } from './route';

export interface RoutesDependencies
  extends
    BatchDependencies,
    SearchDependencies,
    HistoryDependencies,
    MetadataDependencies,
    DocumentDependencies,
    ValidateDependencies,
    PagesDependencies,
    FrontPageDependencies {
  health: HealthDependencies;
  tokenEndpoint: (baseUrl: string) => TokenEndpointDependencies;
  readableTypes: readonly string[];
  auditor: AuditorRoutesDependencies;
}

/** Strangers send it: an assertion and a few words. */
const MAX_TOKEN_FORM_BYTES = 64 * 1024;
const MAX_SEARCH_FORM_BYTES = 1024 * 1024;

export function routes(d: RoutesDependencies): Route[] {
  const fhir = '/FHIR/R4';
  return [
    { method: 'GET', path: '/_ping', access: open, produces: 'own', isProbe: true, handler: ping },
    {
      method: 'GET',
      path: '/_status',
      access: open,
      produces: 'own',
      isProbe: true,
      handler: () => status(d.health),
    },
    {
      method: 'GET',
      path: '/openapi.json',
      access: open,
      produces: 'own',
      handler: (x) => page(x, 'openapi', d),
    },
    { method: 'GET', path: '/', access: open, produces: 'own', handler: (x) => frontPage(x, d) },
    {
      method: 'GET',
      path: '/favicon.ico',
      access: open,
      produces: 'own',
      handler: (x) => page(x, 'icon', d),
    },
    { method: 'GET', path: '/docs', access: open, produces: 'own', handler: (x) => page(x, 'docs', d) },
    {
      method: 'GET',
      path: '/docs/:file',
      access: open,
      produces: 'own',
      handler: (x) => page(x, 'asset', d),
    },
    {
      method: 'POST',
      path: '/oauth2/token',
      access: open,
      produces: 'own',
      body: 'form',
      maxBodyBytes: MAX_TOKEN_FORM_BYTES,
      faults: 'oauth',
      audit: { action: 'E', interaction: 'token' },
      handler: (x, body) => token(x, body, d.tokenEndpoint(x.baseUrl)),
    },
    {
      method: 'GET',
      path: `${fhir}/.well-known/smart-configuration`,
      access: open,
      produces: 'own',
      handler: (x) => smart(x, d.readableTypes),
    },
    {
      method: 'GET',
      path: `${fhir}/metadata`,
      access: open,
      produces: 'fhir',
      handler: (x) => metadata(x, d),
    },
    {
      method: 'GET',
      path: fhir,
      access: open,
      produces: 'fhir',
      handler: (x) => base(x, d),
    },
    ...auditorRoutes(d.auditor),
    {
      method: 'POST',
      path: fhir,
      access: submitOrRead,
      produces: 'fhir',
      body: 'fhir',
      isSmallAnswer: (body) => !mayBeBatch(body),
      audit: { action: 'C', interaction: 'transaction' },
      handler: baseHandler(d),
    },
    {
      method: 'POST',
      path: `${fhir}/$process-message`,
      access: scope('Bundle', 'c'),
      produces: 'fhir',
      body: 'fhir',
      isSmallAnswer: () => true,
      audit: { action: 'C', interaction: '$process-message' },
      handler: processMessageHandler(d),
    },
    {
      method: 'POST',
      path: `${fhir}/Bundle`,
      access: scope('Bundle', 'c'),
      produces: 'fhir',
      body: 'fhir',
      isSmallAnswer: () => true,
      audit: { action: 'C', interaction: 'create' },
      handler: submitHandler(atBundle, d),
    },
    {
      method: 'GET',
      path: `${fhir}/Bundle`,
      access: scope('Bundle', 's'),
      produces: 'fhir',
      audit: { action: 'E', interaction: 'search-type' },
      handler: (x, body) => search({ ...x, path: { type: 'Bundle' } }, body, d),
    },
    {
      method: 'POST',
      path: `${fhir}/:type/$validate`,
      access: scope('Bundle', 'c'),
      produces: 'fhir',
      body: 'fhir',
      isSmallAnswer: () => true,
      audit: { action: 'E', interaction: '$validate' },
      handler: (x, body) => validate(x, body, d),
    },
    {
      method: 'POST',
      path: `${fhir}/:type/:id/$validate`,
      access: scope('Bundle', 'c'),
      produces: 'fhir',
      body: 'fhir',
      audit: { action: 'E', interaction: '$validate' },
      handler: (x, body) => validate(x, body, d),
    },
    {
      method: 'GET',
      path: `${fhir}/:type/:id/$validate`,
      access: scope('Bundle', 'c'),
      produces: 'fhir',
      audit: { action: 'E', interaction: '$validate' },
      handler: (x) => validateStored(x, d),
    },
    ...(['Patient', 'Encounter'] as const).flatMap((type) =>
      operation(`${fhir}/${type}/:id/$everything`, scope(type, 'r'), (x) =>
        everything({ ...x, path: { ...x.path, type } }, d),
      ),
    ),
    {
      method: 'POST',
      path: `${fhir}/Patient/$match`,
      access: scope('Patient', 's'),
      produces: 'fhir',
      body: 'fhir',
      audit: { action: 'E', interaction: '$match' },
      handler: (x, body) => match(x, body, d),
    },
    ...operation(`${fhir}/Observation/$lastn`, scope('Observation', 's'), (x) => lastn(x, d)),
    ...operation(`${fhir}/DocumentReference/$docref`, scope('DocumentReference', 's'), (x) => docref(x, d)),
    ...operation(`${fhir}/Composition/:id/$document`, scope('Composition', 'r'), (x) =>
      compositionDocument(x, d),
    ),
    ...operation(`${fhir}/Encounter/:id/$summary`, scope('Encounter', 'r'), (x) => encounterSummary(x, d)),
    {
      method: 'GET',
      path: `${fhir}/_history`,
      access: authenticated,
      produces: 'fhir',
      audit: { action: 'R', interaction: 'history-system' },
      handler: (x) => historyOfSystem(x, d),
    },
    {
      method: 'GET',
      path: `${fhir}/:type/_history`,
      access: scope(':type', 'r'),
      produces: 'fhir',
      audit: { action: 'R', interaction: 'history-type' },
      handler: (x) => historyOfType(x, d),
    },
    {
      // Before Bundle/<id>, which would take it for an id.
      method: 'POST',
      path: `${fhir}/:type/_search`,
      access: scope(':type', 's'),
      produces: 'fhir',
      body: 'form',
      maxBodyBytes: MAX_SEARCH_FORM_BYTES,
      audit: { action: 'E', interaction: 'search-type' },
      handler: (x, body) => search(x, body, d),
    },
    {
      method: 'GET',
      path: `${fhir}/Bundle/:id`,
      access: wholeScope('Bundle', 'r'),
      produces: 'fhir',
      audit: { action: 'R', interaction: 'read' },
      handler: (x) => readSubmission(x, d),
    },
    {
      method: 'GET',
      path: `${fhir}/Bundle/:id/_history/:version`,
      access: wholeScope('Bundle', 'r'),
      produces: 'fhir',
      audit: { action: 'R', interaction: 'vread' },
      handler: (x) => readSubmission(x, d),
    },
    {
      method: 'GET',
      path: `${fhir}/Binary/:id`,
      access: scope('Binary', 'r'),
      produces: 'own',
      audit: { action: 'R', interaction: 'read' },
      handler: (x) => binary(x, d),
    },
    {
      method: 'GET',
      path: `${fhir}/Bundle/:id/_history`,
      access: wholeScope('Bundle', 'r'),
      produces: 'fhir',
      audit: { action: 'R', interaction: 'history-instance' },
      handler: (x) => history({ ...x, path: { ...x.path, type: 'Bundle' } }, d),
    },
    {
      method: 'GET',
      path: `${fhir}/:type/:id/_history/:version`,
      access: scope(':type', 'r'),
      produces: 'fhir',
      audit: { action: 'R', interaction: 'vread' },
      handler: (x) => vread(x, d),
    },
    {
      method: 'GET',
      path: `${fhir}/:type/:id/_history`,
      access: scope(':type', 'r'),
      produces: 'fhir',
      audit: { action: 'R', interaction: 'history-instance' },
      handler: (x) => history(x, d),
    },
    {
      // The patient's compartment, as GP Connect's consumers ask for a patient's documents.
      method: 'GET',
      path: `${fhir}/Patient/:patient/:type`,
      access: scope(':type', 's'),
      produces: 'fhir',
      audit: { action: 'E', interaction: 'search-compartment' },
      handler: (x, body) => searchCompartment(x, body, d),
    },
    {
      method: 'POST',
      path: `${fhir}/Patient/:patient/:type/_search`,
      access: scope(':type', 's'),
      produces: 'fhir',
      body: 'form',
      maxBodyBytes: MAX_SEARCH_FORM_BYTES,
      audit: { action: 'E', interaction: 'search-compartment' },
      handler: (x, body) => searchCompartment(x, body, d),
    },
    {
      method: 'GET',
      path: `${fhir}/:type/:id`,
      access: scope(':type', 'r'),
      produces: 'fhir',
      audit: { action: 'R', interaction: 'read' },
      handler: (x) => read(x, d),
    },
    {
      method: 'GET',
      path: `${fhir}/:type`,
      access: scope(':type', 's'),
      produces: 'fhir',
      audit: { action: 'E', interaction: 'search-type' },
      handler: (x, body) => search(x, body, d),
    },
  ];
}

/** An operation that changes nothing: by GET with its parameters in the query, or by POST with Parameters. */
function operation(
  path: string,
  access: Route['access'],
  answer: (context: RequestContext) => Promise<Answer>,
): Route[] {
  const audit = { action: 'E' as const, interaction: path.slice(path.lastIndexOf('$')) };
  const shared = { path, access, produces: 'fhir' as const, audit };
  return [
    { ...shared, method: 'GET', handler: answer },
    {
      ...shared,
      method: 'POST',
      body: 'fhir',
      handler: (context, body) => {
        context.query = [...context.query, ...parametersIn(body, context)];
        return answer(context);
      },
    },
  ];
}
