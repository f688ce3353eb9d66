/** The routes that read and search stored resources. */
import { mapped } from '../../../use-cases/call/answered';
import type { ReadingDependencies } from '../../../use-cases/reading/dependencies';
import { historyOfSystem } from '../../../use-cases/reading/history';
import { searchCompartment } from '../../../use-cases/reading/search';
import { binary } from '../handlers/binary';
import { historyParameters } from '../history-parameters';
import { interactions } from '../interactions';
import { byPost } from '../openapi/by-post';
import { ofHistories, ofSearches } from '../openapi/parameters';
import type { OperationText } from '../openapi/shapes';
import { bundleAnswer, handlingOf, readerOf } from '../reader';
import type { Reply, RequestContext } from '../request-context';
import { authenticated, fhir, type Route, type RouteToPatients, scope } from '../route';
import { refuseUnknownFormat, searchParameters } from '../search-parameters';
import { answerTo, routeOf } from './of-interaction';

const MAX_SEARCH_FORM_BYTES = 1024 * 1024;

/** A search by POST: its parameters are in a form, so that an NHS number is not in a URL. */
const ofForm = {
  method: 'POST',
  produces: 'fhir',
  body: 'form',
  parametersIn: 'form',
  maxBodyBytes: MAX_SEARCH_FORM_BYTES,
} as const;

export function readingRoutes(reading: ReadingDependencies): Route[] {
  const { search, readDocument } = interactions;
  const [compartment, compartmentByPost] = ofCompartment(reading);
  return [
    routeOf(interactions.searchSubmissions, reading),
    ofSystemHistory(reading),
    routeOf(interactions.historyOfType, reading),
    {
      // Must come before Bundle/<id>, which would match this path as an id.
      ...ofForm,
      path: `${fhir}/${search.path}/_search`,
      access: search.access,
      audit: search.audit,
      text: {
        id: 'searchByPost',
        tag: 'Reading',
        summary: 'Search, with the parameters in the body',
        description: 'This keeps an NHS number out of URLs, which logs and browser histories store.',
        parameters: ['type', 'preferHandling'],
        request: 'Query',
        answers: { 200: 'Searchset' },
        faults: [404],
      },
      handler: (context) => {
        refuseUnknownFormat(context);
        return answerTo(search, context, reading);
      },
    },
    routeOf(interactions.readSubmission, reading),
    routeOf(interactions.readVersionOfSubmission, reading),
    {
      ...routeOf(readDocument, reading),
      produces: 'own',
      handler: (context) => binary(context, reading),
    },
    routeOf(interactions.historyOfSubmission, reading),
    routeOf(interactions.readVersion, reading),
    routeOf(interactions.history, reading),
    compartment,
    compartmentByPost,
    routeOf(interactions.read, reading),
    routeOf(search, reading),
  ];
}

function ofSystemHistory(reading: ReadingDependencies): RouteToPatients {
  return {
    method: 'GET',
    path: `${fhir}/_history`,
    access: authenticated,
    produces: 'fhir',
    audit: { action: 'R', interaction: 'history-system' },
    text: {
      id: 'readHistoryOfSystem',
      tag: 'Reading',
      summary: 'The versions of all resources',
      description:
        'Of every type that the scopes of the token allow to be read as a whole, except submissions and the audit trail.',
      parameters: [...ofHistories, '_cursor'],
      answers: { 200: 'History' },
      faults: [400],
    },
    handler: async (context) => {
      const reader = readerOf(context, reading);
      const question = historyParameters(context.query, handlingOf(context), '_cursor');
      return mapped(await historyOfSystem(reader, question, reading), (page) => bundleAnswer(reader, page));
    },
  };
}

/** The patient's compartment, as GP Connect's consumers ask for a patient's documents. */
function ofCompartment(reading: ReadingDependencies): [RouteToPatients, RouteToPatients] {
  const path = `${fhir}/Patient/:patient/:type`;
  const access = scope(':type', 's');
  const audit = { action: 'E', interaction: 'search-compartment' } as const;
  const text: OperationText = {
    id: 'searchCompartment',
    tag: 'Reading',
    summary: 'Search resources of a type that belong to one patient',
    parameters: ['compartment', 'type', ...ofSearches],
    answers: { 200: 'Searchset' },
    faults: [400, 404],
  };
  const handler = async (context: RequestContext): Promise<Reply> => {
    refuseUnknownFormat(context);
    const reader = readerOf(context, reading);
    const { type = '', patient = '' } = context.path;
    const question = { type, patient, handling: handlingOf(context), ...searchParameters(context.query) };
    return mapped(await searchCompartment(reader, question, reading), (page) => bundleAnswer(reader, page));
  };
  return [
    { method: 'GET', path, access, produces: 'fhir', audit, text, handler },
    { ...ofForm, path: `${path}/_search`, access, audit, text: byPost(text, 'Query'), handler },
  ];
}
