/**
 * `GET /FHIR/R4/<Type>?…` and `POST /FHIR/R4/<Type>/_search`: they differ only in where the query is read.
 * @see https://hl7.org/fhir/R4/http.html#search
 */
import type { Database } from '../../platform/postgres';
import { responseFormat } from '../../fhir/media-type';
import { searchsetText } from '../../reading/assemble-bundle';
import { cut, ofIncluded } from '../../reading/cut';
import type { Subset } from '../../reading/summarise';
import type { Clause } from '../../indexing/indexing';
import type { SearchResult } from '../../search/request';
import type { SearchEngine } from '../../search/search';
import { sightOf, type SightDependencies } from '../sight';
import { type Answer, type Exchange, refused, Refused } from '../exchange';
import { isUuid } from '../../platform/ids';
import { pairsOf } from '../request-head';
import { bounded } from './bounded';
import { disclose } from './read';

export interface SearchDependencies extends SightDependencies {
  database: Database;
  searchEngine: SearchEngine;
}

/** Parameters of HTTP, not of the search. */
const aboutTheAnswer = new Set(['_format', '_pretty']);

export async function search(
  exchange: Exchange,
  body: Buffer,
  dependencies: SearchDependencies,
  also?: Clause,
): Promise<Answer> {
  const { type = '' } = exchange.path;
  if (!dependencies.definitionFor(type)) {
    throw refused('not-found', {
      code: 'not-found',
      rule: 'http-unknown-type',
      text: 'There is no such resource type to search.',
    });
  }
  exchange.query = [...exchange.query, ...formOf(exchange, body)];
  refuseUnknownFormat(exchange);
  const params = exchange.query.filter(([name]) => !aboutTheAnswer.has(name));
  const sight = sightOf(exchange, dependencies);
  const view = dependencies.viewOf(type, exchange.caller!);
  const found = await bounded(
    dependencies.searchEngine.search(dependencies.database, {
      type,
      params,
      handling: exchange.prefer.handling === 'lenient' ? 'lenient' : 'strict',
      ...sight,
      // What has its content elsewhere is not included in what is found.
      allowed: (each, interaction) =>
        sight.allowed(each, interaction) && (each === type || !dependencies.viewOf(each, exchange.caller!)),
      ...(also === undefined ? {} : { extraCondition: also }),
    }),
  );
  if (!found.ok) {
    const forbidden = found.issues.some(({ code }) => code === 'forbidden');
    throw new Refused({ category: forbidden ? 'forbidden' : 'bad-request', issues: found.issues });
  }
  const { result } = found;
  if (view) for (const each of result.matches) each.content = await view.contentOf(each.id);
  for (const each of [...result.matches, ...result.included])
    disclose(exchange, { ...each, version: each.versionId });
  return { status: 200, json: searchsetText(partsOf(result), type, exchange.fhirBase) };
}

/**
 * `Patient/<id>/<Type>?…`: a search of what belongs to one patient.
 * @see https://hl7.org/fhir/R4/http.html#vsearch
 */
export function searchCompartment(
  exchange: Exchange,
  body: Buffer,
  dependencies: SearchDependencies,
): Promise<Answer> {
  const { type = '', patient = '' } = exchange.path;
  const definition = dependencies.definitionFor(type);
  if (!definition?.searchParameters.some(({ code }) => code === 'patient') || !isUuid(patient)) {
    throw refused('not-found', {
      code: 'not-found',
      rule: 'http-compartment',
      text: 'There is no such compartment: the path is Patient/<id>/<Type>, for types that belong to a patient.',
    });
  }
  const query: [string, string][] = [
    ...exchange.query.map(([name, value]): [string, string] => [name, value]),
  ];
  if (!query.some(([name]) => name === '_cursor')) query.push(['patient', patient.toLowerCase()]);
  return search({ ...exchange, path: { type }, query }, body, dependencies);
}

/** The form of a POST may say `_format`, too; what it says was not known when Accept was read. */
function refuseUnknownFormat({ request, query }: Exchange): void {
  const format = query.find(([name]) => name === '_format')?.[1];
  if (responseFormat(request.headers.accept, format)) return;
  throw refused('not-acceptable', {
    code: 'not-supported',
    rule: 'http-accept',
    text: 'The _format cannot be answered; json and xml can.',
  });
}

/** The matches and what is included, as `_summary` and `_elements` wish them; those name elements of the matches. */
function partsOf(result: SearchResult): SearchResult {
  const { summary, elements } = result;
  if (elements === undefined && (summary === undefined || summary === 'false' || summary === 'count'))
    return result;
  const subset: Subset = elements === undefined ? { summary: summary as 'true' } : { elements };
  return {
    ...result,
    matches: cut(result.matches, subset),
    included: cut(result.included, ofIncluded(subset)),
  };
}

function formOf(exchange: Exchange, body: Buffer): [string, string][] {
  if (exchange.request.method !== 'POST') return [];
  const contentType = exchange.request.headers['content-type'] ?? '';
  if (body.length > 0 && !/^application\/x-www-form-urlencoded\b/i.test(contentType)) {
    throw refused('unsupported-media-type', {
      code: 'not-supported',
      rule: 'http-content-type',
      text: 'The Content-Type of a search should be application/x-www-form-urlencoded.',
    });
  }
  return pairsOf(body.toString('utf8'));
}
