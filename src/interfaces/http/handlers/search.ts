/**
 * `GET /FHIR/R4/<Type>?…` and `POST /FHIR/R4/<Type>/_search`: they differ only in where the query is read.
 * @see https://hl7.org/fhir/R4/http.html#search
 */
import type { Database } from '../../../platform/postgres';
import { responseFormat } from '../../../fhir/media-type';
import { didYouMean } from '../../../fhir/nearest';
import { resourceTypes } from '../../../fhir/r4/definitions';
import { searchsetText } from '../../../use-cases/reading/assemble-bundle';
import { cut, ofIncluded } from '../../../use-cases/reading/cut';
import type { Subset } from '../../../use-cases/reading/summarise';
import type { Newest, SearchResult } from '../../../engines/search/request';
import type { SearchEngine } from '../../../engines/search/search';
import { sightOf, type SightDependencies } from '../sight';
import { type Answer, type RequestContext, refused, Refused } from '../request-context';
import { isUuid } from '../../../platform/ids';
import { bounded } from './bounded';
import { fitting } from './fitting';
import { formOf } from './form';
import { disclose } from './read';

export interface SearchDependencies extends SightDependencies {
  database: Database;
  searchEngine: SearchEngine;
}

/** Documents are found through what they belong to: they cannot be listed by themselves. */
export const isListed = (type: string): boolean => type !== 'Binary';

/** Parameters of HTTP, not of the search. */
const aboutTheAnswer = new Set(['_format', '_pretty']);

/** A search that goes by another name: an operation, or a compartment. */
export interface SearchedAs {
  newest?: Newest;
  /** Its path below the base, for the links; the type unless given. */
  path?: string;
  /** What was understood, as its caller says it. */
  selfOf?: (understood: SearchResult['self']) => SearchResult['self'];
}

export async function search(
  context: RequestContext,
  body: Buffer,
  dependencies: SearchDependencies,
  { newest, path, selfOf }: SearchedAs = {},
): Promise<Answer> {
  const { type = '' } = context.path;
  if (!dependencies.definitionFor(type) || !isListed(type)) {
    throw refused('not-found', {
      code: 'not-found',
      rule: 'http-unknown-type',
      text: `There is no such resource type to search.${didYouMean(type, [...resourceTypes(), 'metadata'])}`,
    });
  }
  context.query = [...context.query, ...formOf(context, body)];
  refuseUnknownFormat(context);
  const params = context.query.filter(([name]) => !aboutTheAnswer.has(name));
  const sight = sightOf(context, dependencies);
  const view = dependencies.viewOf(type, context.caller!);
  const format = context.query.filter(([name]) => aboutTheAnswer.has(name));
  return fitting(context, async (maxBytes) => {
    const found = await bounded(
      dependencies.searchEngine.search(dependencies.database, {
        type,
        params,
        handling: context.prefer.handling === 'lenient' ? 'lenient' : 'strict',
        ...sight,
        // What has its content elsewhere is not included in what is found.
        allowed: (each, interaction) =>
          sight.allowed(each, interaction) && (each === type || !dependencies.viewOf(each, context.caller!)),
        ...(newest === undefined ? {} : { newest }),
        maxBytes,
      }),
    );
    if (!found.ok) {
      const forbidden = found.issues.some(({ code }) => code === 'forbidden');
      throw new Refused({ category: forbidden ? 'forbidden' : 'bad-request', issues: found.issues });
    }
    const { result } = found;
    if (view) for (const each of result.matches) each.content = await view.contentOf(each.id);
    for (const each of [...result.matches, ...result.included])
      disclose(context, { ...each, version: each.versionId });
    const page = { ...partsOf(result), self: selfOf?.(result.self) ?? result.self };
    const json = searchsetText(page, path ?? type, context.fhirBase, format);
    return { answer: { status: 200, json }, entries: result.matches.length };
  });
}

/**
 * `Patient/<id>/<Type>?…`, or by POST below `_search`: a search of what belongs to one patient.
 * @see https://hl7.org/fhir/R4/http.html#vsearch
 */
export function searchCompartment(
  context: RequestContext,
  body: Buffer,
  dependencies: SearchDependencies,
): Promise<Answer> {
  const { type = '', patient = '' } = context.path;
  const definition = dependencies.definitionFor(type);
  if (!definition?.searchParameters.some(({ code }) => code === 'patient') || !isUuid(patient)) {
    throw refused('not-found', {
      code: 'not-found',
      rule: 'http-compartment',
      text: 'There is no such compartment: the path is Patient/<id>/<Type>, for types that belong to a patient.',
    });
  }
  context.query = [...context.query, ...formOf(context, body)];
  const owner: [string, string] = ['patient', patient.toLowerCase()];
  const isFirst = !context.query.some(([name]) => name === '_cursor');
  const query = isFirst ? [...context.query, owner] : context.query;
  return search({ ...context, path: { type }, query }, Buffer.alloc(0), dependencies, {
    path: `Patient/${patient.toLowerCase()}/${type}`,
    selfOf: (understood) => (isFirst ? understood.slice(0, -1) : understood),
  });
}

/** The form of a POST may say `_format`, too; what it says was not known when Accept was read. */
function refuseUnknownFormat({ request, query }: RequestContext): void {
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
