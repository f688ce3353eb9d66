/**
 * Makes the OpenAPI document from the routes with their texts, the definitions, and the components in this folder. It
 * is generated (`npm run docs:openapi`) and stored in `openapi/homeward.json`, so that reviewers see a change of the
 * API.
 * @see https://spec.openapis.org/oas/v3.1.0
 */
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import type { JsonObject } from '../../../fhir/types';
import type { Route } from '../route';
import { answers, requestBodies, searchForm } from './answers';
import { faultName, faults } from './faults';
import { headers } from './headers';
import { byIdentifier, everywhere, ofFhir, ofSearches, parameters, searchParameter } from './parameters';
import { resourceSchema, schemas } from './schemas';
import { type Parameter, ref, type OperationText } from './shapes';
import { tags } from './tags';

export interface Documented {
  routes: readonly Pick<Route, 'method' | 'path' | 'access' | 'body' | 'produces' | 'faults' | 'text'>[];
  /** The types with search parameters of their own. */
  definitions: readonly Pick<ResourceDefinition, 'type' | 'scope' | 'searchParameters'>[];
  version: string;
  /** A short, valid summary: the example of a submission. */
  summary: JsonObject;
}

type DocumentedRoute = Documented['routes'][number];

export function openApiDocument({ routes, definitions, version, summary }: Documented): JsonObject {
  const own = definitions.filter(({ searchParameters }) => searchParameters.length > 0);
  const paths: Record<string, JsonObject> = {};
  const named = new Set([
    'Bundle',
    ...definitions.flatMap((each) => (each.scope === 'named' ? each.type : [])),
  ]);
  for (const route of routes) {
    for (const { path, type } of pathsOf(route, own)) {
      const text = type ? ofType(route.text, type) : route.text;
      paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, text, type, named) };
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Homeward',
      version,
      summary: 'A FHIR R4 receiver for summaries of NHS virtual ward stays',
      description: INTRODUCTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: 'http://127.0.0.1:8080' }],
    tags: [...tags, ...own.map(({ type }) => ({ name: type }))] as unknown as JsonObject[],
    paths,
    components: {
      schemas: { ...schemas, ...Object.fromEntries(own.map(({ type }) => [type, resourceSchema(type)])) },
      parameters: parameters as unknown as JsonObject,
      headers,
      responses: { ...answers, ...faults },
      requestBodies: {
        ...requestBodies(summary),
        ...Object.fromEntries(own.map((each) => [`SearchOf${each.type}`, searchBodyOf(each)])),
      },
      securitySchemes,
    },
  };
}

const INTRODUCTION = `Senders post a Bundle. The answer lists every fault, with the id of the rule, the place and what to send. Readers find stored data by NHS number.

- Every path that answers with FHIR supports JSON and XML: choose with \`Accept\` or \`_format\`. The \`Content-Type\` gives the format of the request body, which can be compressed with gzip.
- \`HEAD\` works wherever \`GET\` does.
- After 503, a lost connection or a timeout, send the same request again. A submission is never stored twice.`;

/**
 * One security scheme, with the scopes as its roles. With a second scheme of kind `oauth2`, generated clients would
 * send the token twice (openapi-generator for TypeScript then uses the bare token of the second), and Swagger UI would
 * ask for a client secret.
 */
const securitySchemes: JsonObject = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: `A token from your identity provider, from \`/oauth2/token\` (SMART Backend Services: the client proves its identity with a signed assertion, \`private_key_jwt\`), or, in the sandbox, from \`homeward token\`.

| scope | allows |
| --- | --- |
| \`system/Bundle.c\` | submitting, and \`$validate\` |
| \`system/Bundle.rs\` | the sender’s own submissions as Bundles |
| \`system/*.rs\` | reading and searching every type but AuditEvent |
| \`system/AuditEvent.rs\` | the audit trail, all submissions and the ledger |
| \`system/AuditEvent.c\` | writing a review note on a submission |`,
  },
};

/** The paths of a route in the document: the path itself, and for reads and searches one for each type. */
export function pathsOf(
  { path }: Pick<Route, 'path'>,
  definitions: Documented['definitions'],
): { path: string; type?: Documented['definitions'][number] }[] {
  const written = path.replace(/:(\w+)/g, '{$1}');
  const general = { path: written };
  if (!/^\/FHIR\/R4\/:type(\/_search|\/:id)?$/.test(path)) return [general];
  return [...definitions.map((type) => ({ path: written.replace('{type}', type.type), type })), general];
}

/** The same text for one type. */
function ofType(text: OperationText, { type }: Documented['definitions'][number]): OperationText {
  return {
    ...text,
    id: `${text.id}Of${type}`,
    tag: type,
    summary: text.summary.replace('resources of a type', type).replace('a resource', `a ${type}`),
    ...(text.parameters ? { parameters: text.parameters.filter((name) => name !== 'type') } : {}),
    ...(text.request === 'Query' ? { request: `SearchOf${type}` } : {}),
  };
}

function operationOf(
  route: DocumentedRoute,
  text: OperationText,
  type: Documented['definitions'][number] | undefined,
  named: ReadonlySet<string>,
): JsonObject {
  const isSearch = type !== undefined && route.method === 'GET' && route.path.endsWith('/:type');
  const isFhir = route.produces === 'fhir';
  const names = [
    ...(text.parameters ?? []),
    ...(isFhir ? ofFhir : []),
    ...everywhere,
    ...(route.access.kind === 'open' ? [] : ['endUserOrganisation']),
  ];
  return {
    operationId: text.id,
    tags: [text.tag],
    summary: text.summary,
    ...(text.description === undefined ? {} : { description: text.description }),
    security: securityOf(route, type?.type, named),
    parameters: [
      ...(isSearch ? type.searchParameters.map(searchParameter) : []),
      ...(isSearch ? identifiersOf(type) : []),
      ...names.map((name) => ref('parameters', name)),
    ],
    ...(text.request === undefined ? {} : { requestBody: ref('requestBodies', text.request) }),
    responses: {
      ...Object.fromEntries(
        Object.entries(text.answers).map(([status, name]) => [status, ref('responses', name)]),
      ),
      ...Object.fromEntries(
        faultsOf(route, text)
          .filter((status) => !(status in text.answers))
          .map((status) => [
            String(status),
            ref('responses', route.faults === 'oauth' && status !== 408 ? 'TokenFault' : faultName(status)),
          ]),
      ),
    },
  };
}

/** The body of a search of the type names its parameters, so that generated clients can send them. */
function searchBodyOf(type: Documented['definitions'][number]): JsonObject {
  const searched = [...type.searchParameters.map(searchParameter), ...identifiersOf(type)];
  const shaping = ofSearches.map((each) => parameters[each]!).filter((each) => each.in === 'query');
  return searchForm([...searched, ...shaping] as Parameter[]);
}

function identifiersOf({ searchParameters }: Documented['definitions'][number]): JsonObject[] {
  return searchParameters
    .filter(({ code, type }) => type === 'reference' && (code === 'patient' || code === 'subject'))
    .flatMap(({ code }) => byIdentifier(code));
}

/** @param named the types whose scope is named, as in the token endpoint's list */
function securityOf(
  { access }: DocumentedRoute,
  type: string | undefined,
  named: ReadonlySet<string>,
): JsonObject[] {
  if (access.kind === 'open') return [];
  const scopeOf = (of: string): string => (named.has(of) ? `system/${of}.rs` : 'system/*.rs');
  const scopes =
    access.kind !== 'scope'
      ? []
      : [access.interaction === 'c' ? `system/${access.type}.c` : scopeOf(type ?? access.type)];
  return [{ bearer: scopes }];
}

/** The faults that every route of this kind can have, and those of this route. */
function faultsOf(route: DocumentedRoute, text: OperationText): number[] {
  const statuses = new Set(text.faults);
  // Any request can be too slow, or have a URL or head that is too long.
  for (const status of [408, 414, 431]) statuses.add(status);
  if (route.access.kind !== 'open') for (const status of [401, 403]) statuses.add(status);
  if (route.body) for (const status of [400, 413, 415]) statuses.add(status);
  if (route.produces === 'fhir') statuses.add(406);
  if (route.access.kind !== 'open' || route.body) for (const status of [429, 500, 503]) statuses.add(status);
  return [...statuses].sort((a, b) => a - b);
}
