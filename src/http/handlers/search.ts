/**
 * `GET /FHIR/R4/<Type>?…` and `POST /FHIR/R4/<Type>/_search`: they differ only in where the query is read.
 * @see https://hl7.org/fhir/R4/http.html#search
 */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import type { Database } from '../../platform/postgres';
import { searchsetText } from '../../reading/assemble-bundle';
import type { SearchEngine } from '../../search/search';
import { type Answer, type Exchange, refused, Refused } from '../exchange';
import { pairsOf } from '../request-head';
import { disclose } from './read';

export interface SearchDependencies {
  database: Database;
  definitionFor: (type: string) => ResourceDefinition | undefined;
  searchEngine: SearchEngine;
}

/** Parameters of HTTP, not of the search. */
const aboutTheAnswer = new Set(['_format', '_pretty']);

export async function search(
  exchange: Exchange,
  body: Buffer,
  dependencies: SearchDependencies,
): Promise<Answer> {
  const { type = '' } = exchange.path;
  if (!dependencies.definitionFor(type)) {
    throw refused('not-found', {
      code: 'not-found',
      rule: 'http-unknown-type',
      text: 'There is no such resource type to search.',
    });
  }
  const params = [...exchange.query, ...formOf(exchange, body)].filter(
    ([name]) => !aboutTheAnswer.has(name),
  ) as [string, string][];
  const { scopes } = exchange.caller!;
  const found = await dependencies.searchEngine.search(dependencies.database, {
    type,
    params,
    handling: exchange.prefer.handling === 'lenient' ? 'lenient' : 'strict',
    allowed: (each, interaction) => scopes.allows(each, interaction),
    restrictions: (each) => scopes.restrictions(each, 's'),
  });
  if (!found.ok) {
    const forbidden = found.issues.some(({ code }) => code === 'forbidden');
    throw new Refused({ category: forbidden ? 'forbidden' : 'bad-request', issues: found.issues });
  }
  const { result } = found;
  for (const each of [...result.matches, ...result.included])
    disclose(exchange, { ...each, version: each.versionId });
  return { status: 200, json: searchsetText(result, type, exchange.fhirBase) };
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
