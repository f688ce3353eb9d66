/**
 * The running server, held to its OpenAPI document: each operation is called once, as far as may be with ids that
 * exist, and answers with a status, a media type and headers that the document declares for it.
 */
import { readFileSync } from 'node:fs';
import Ajv from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { aSummary } from '../fixtures/summary';
import { openApiPath } from '../support/documented-api';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';

type Json = Record<string, unknown>;
interface Declared {
  description: string;
  headers?: Json;
  content?: Record<string, { example?: unknown; examples?: Record<string, { value: unknown }> }>;
}
interface Operation {
  requestBody?: { $ref: string };
  responses: Record<string, { $ref: string }>;
  parameters: { $ref?: string; name?: string; in?: string; required?: boolean }[];
}
interface Parameter {
  name: string;
  schema?: { enum?: string[] };
}

const document = JSON.parse(readFileSync(openApiPath, 'utf8')) as {
  paths: Record<string, Record<string, Operation>>;
};
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);

const ajv = new Ajv({ strict: false, validateFormats: true });
addFormats(ajv);
ajv.addSchema(document, 'openapi');

let homeward: Homeward;
let submission = '';
const ids: Record<string, string> = {};

beforeAll(async () => {
  homeward = await startHomeward();
  const sent = await homeward.call('POST', '/FHIR/R4/Bundle', { body: aSummary().bytes() });
  submission = sent.headers.get('x-submission-id') ?? '';
  for (const type of [
    'Patient',
    'Organization',
    'Encounter',
    'DocumentReference',
    'Observation',
    'Provenance',
  ]) {
    const { resource } = (await homeward.call('GET', `/FHIR/R4/${type}?_count=1`)).json.entry[0];
    ids[type] = resource.id;
    if (type === 'DocumentReference') ids.Binary = resource.content[0].attachment.url.split('/').at(-1);
  }
});
afterAll(() => homeward.close());

function resolve<T>({ $ref }: { $ref: string }): T {
  return $ref
    .slice(2)
    .split('/')
    .reduce<unknown>((value, name) => (value as Json)[name], document) as T;
}

/** The path with ids in it: those of what is stored, where the type has anything stored. */
function concrete(path: string): string {
  const [, type = ''] = /^\/FHIR\/R4\/([A-Z]\w+)/.exec(path) ?? [];
  const id = type === 'Bundle' || path.startsWith('/submissions') ? submission : (ids[type] ?? ids.Patient!);
  return path
    .replace('{type}', path.endsWith('$validate') ? 'Patient' : 'Encounter')
    .replace('{id}', path.includes('{type}') ? ids.Encounter! : id)
    .replace('{patient}', ids.Patient!)
    .replace('{version}', '1')
    .replace('{file}', 'start.js');
}

/** An example of the body, as the document has it. */
function bodyOf(operation: Operation): { body?: string; headers?: Record<string, string> } {
  if (!operation.requestBody) return {};
  const { content = {} } = resolve<Declared>(operation.requestBody);
  const [[type, shown] = ['', {}]] = Object.entries(content);
  const example = shown.example ?? Object.values(shown.examples ?? {})[0]?.value ?? {};
  const body =
    type === 'application/x-www-form-urlencoded'
      ? new URLSearchParams(example as Record<string, string>).toString()
      : JSON.stringify(example);
  return { body, headers: { 'Content-Type': type } };
}

function expectDeclared(operation: Operation, reply: Reply): void {
  const reference = operation.responses[String(reply.status)];
  expect({ status: reply.status, declared: reference !== undefined }).toEqual({
    status: reply.status,
    declared: true,
  });
  const declared = resolve<Declared>(reference!);
  const types = Object.keys(declared.content ?? {});
  const [type = ''] = (reply.headers.get('content-type') ?? '').split(';');
  if (reply.bytes.length > 0 && !types.includes('*/*')) expect(types).toContain(type);
  if (reply.json !== undefined && !types.includes('*/*')) {
    expect(types).toContain(type);
    const at = `${reference!.$ref}/content/${type.replaceAll('/', '~1')}/schema`;
    const isAsDeclared = ajv.compile({ $ref: `openapi${at}` });
    isAsDeclared(reply.json);
    expect(isAsDeclared.errors ?? []).toEqual([]);
  }
  const names = Object.keys(declared.headers ?? {}).map((name) => name.toLowerCase());
  const told = ['location', 'etag', 'last-modified', 'retry-after', 'x-submission-id', 'www-authenticate'];
  expect(told.filter((name) => reply.headers.has(name) && !names.includes(name))).toEqual([]);
}

describe('an operation of the OpenAPI document', () => {
  it.each(operations.map((each) => [`${each.method} ${each.path}`, each] as const))(
    '%s answers as it declares',
    async (_name, { path, method, operation }) => {
      const needed = operation.parameters
        .map((parameter) =>
          parameter.$ref
            ? resolve<{ name: string; in: string; required?: boolean }>({ $ref: parameter.$ref })
            : parameter,
        )
        .filter((parameter) => parameter.in === 'query' && parameter.required);
      const query = needed.map(({ name }) => `${name}=Patient/${ids.Patient}`).join('&');
      const url = concrete(path) + (query === '' ? '' : `?${query}`);
      const reply = await homeward.call(method, url, bodyOf(operation));
      expect(reply.status).not.toBe(405);
      expect(reply.status).toBeLessThan(500);
      if (reply.status === 404) expect(reply.json.issue[0].details.coding[0].code).not.toBe('http-path');
      expectDeclared(operation, reply);
    },
  );

  it.each(operations.filter(({ method }) => method === 'GET').map(({ path }) => [path]))(
    'GET %s answers HEAD, too',
    async (path) => {
      const reply = await homeward.call('HEAD', concrete(path));
      expect(reply.status).not.toBe(405);
      expect(reply.bytes.length).toBe(0);
    },
  );

  it.each(operations.map((each) => [`${each.method} ${each.path}`, each] as const))(
    '%s is open, or says 401',
    async (_name, { path, method, operation }) => {
      const isOpen = (operation as unknown as { security: unknown[] }).security.length === 0;
      const reply = await homeward.call(method, concrete(path), { ...bodyOf(operation), token: null });
      expect(reply.status === 401 && path !== '/oauth2/token').toBe(!isOpen);
    },
  );
});

/** A request that is wrong in one way, whose answer is as declared all the same. */
describe('an operation of the OpenAPI document, asked wrongly', () => {
  const all = operations.map((each) => [`${each.method} ${each.path}`, each] as const);
  const parametersOf = ({ parameters }: Operation): Parameter[] =>
    parameters.map(({ $ref, ...inline }) => ($ref ? resolve<Parameter>({ $ref }) : (inline as Parameter)));

  it.each(all.filter(([, { operation }]) => operation.requestBody))(
    '%s declares its answer to another media type',
    async (_name, { path, method, operation }) => {
      const headers = { 'Content-Type': 'image/png' };
      const reply = await homeward.call(method, concrete(path), { body: 'x', headers });
      expect(reply.status).toBe(415);
      expectDeclared(operation, reply);
    },
  );

  it.each(all.filter(([, { path }]) => path.includes('{type}')))(
    '%s declares its answer to an unknown type',
    async (_name, { path, method, operation }) => {
      const reply = await homeward.call(
        method,
        concrete(path.replace('{type}', 'Nothing')),
        bodyOf(operation),
      );
      expect(reply.status).toBeGreaterThan(399);
      expectDeclared(operation, reply);
    },
  );

  it.each(all.filter(([, { operation }]) => parametersOf(operation).some(({ name }) => name === '_format')))(
    '%s takes what its _format may be, and declares its answer to anything else',
    async (_name, { path, method, operation }) => {
      const format = parametersOf(operation).find(({ name }) => name === '_format');
      for (const value of [...(format?.schema?.enum ?? []), 'rubbish']) {
        const url = `${concrete(path)}?_format=${encodeURIComponent(value)}&_pretty=anything`;
        const reply = await homeward.call(method, url, bodyOf(operation));
        expect([value, reply.status === 406]).toEqual([value, value === 'rubbish']);
        expectDeclared(operation, reply);
      }
    },
  );

  it('a summary sent again to the base is answered as declared', async () => {
    const operation = document.paths['/FHIR/R4']!.post!;
    const reply = await homeward.call('POST', '/FHIR/R4', { body: aSummary().bytes() });
    expect([reply.status, reply.json.resourceType]).toEqual([200, 'OperationOutcome']);
    expectDeclared(operation, reply);
  });
});
