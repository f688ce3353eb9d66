/** The OpenAPI document: valid by the OpenAPI Initiative's own schema, fresh, and complete. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/platform/package-root';
import { pathsOf } from '../../src/interfaces/http/openapi/document';
import { createStructureValidator } from '../../src/engines/validation/structure/create-structure-validator';
import { createValidator } from '../../src/engines/validation/validate';
import { common, guidance } from '../../src/resources';
import { aSummary } from '../fixtures/summary';
import { documented, openApiPath, openApiText } from '../support/documented-api';

interface Operation {
  operationId: string;
  tags: string[];
  responses: Record<string, unknown>;
}
interface Schema {
  $ref?: string;
  required?: string[];
  type?: string;
  const?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: boolean;
}

/** The objects that a generated client would strip of what is not listed. */
function closedObjectsIn(schema: Schema, place: string): string[] {
  const here = schema.type === 'object' && schema.additionalProperties !== true ? [place] : [];
  const below = Object.entries(schema.properties ?? {}).flatMap(([name, inner]) =>
    closedObjectsIn(inner, `${place}.${name}`),
  );
  return [...here, ...below, ...(schema.items ? closedObjectsIn(schema.items, place) : [])];
}

/** The lists that may be left out: a generated Java client sends each of them as `[]`, which FHIR refuses. */
function optionalListsIn(
  { $ref, properties, required, items }: Schema,
  place: string,
  schemas: Record<string, Schema>,
): string[] {
  if ($ref !== undefined) return optionalListsIn(schemas[$ref.split('/').at(-1)!]!, place, schemas);
  if (items) return optionalListsIn(items, place, schemas);
  return Object.entries(properties ?? {}).flatMap(([name, inner]) => [
    ...(inner.type === 'array' && required?.includes(name) !== true ? [`${place}.${name}`] : []),
    ...optionalListsIn(inner, `${place}.${name}`, schemas),
  ]);
}

const text = readFileSync(openApiPath, 'utf8');
const document = JSON.parse(text) as {
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
};
const operations = Object.values(document.paths).flatMap((item) => Object.values(item));

describe('the OpenAPI document', () => {
  it('is fresh (npm run docs:openapi makes it anew)', () => {
    expect(text).toBe(openApiText());
  });

  it('is valid by the schema of OpenAPI 3.1', () => {
    // The validator is an ES module, which Jest does not load: it runs in a process of its own.
    const script = `
      import { readFileSync } from 'node:fs';
      import { Validator } from '@seriousme/openapi-schema-validator';
      const validator = new Validator();
      const { valid, errors } = await validator.validate(JSON.parse(readFileSync(${JSON.stringify(openApiPath)}, 'utf8')));
      console.log(JSON.stringify({ valid, version: validator.version, errors: errors ?? [] }));`;
    const said = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: packageRoot(),
      encoding: 'utf8',
    });
    expect(JSON.parse(said)).toEqual({ valid: true, version: '3.1', errors: [] });
  });

  it('has every route', () => {
    const { routes, definitions } = documented();
    const missing = routes.flatMap((route) =>
      pathsOf(route, definitions)
        .filter(({ path }) => !document.paths[path]?.[route.method.toLowerCase()])
        .map(({ path }) => `${route.method} ${path}`),
    );
    expect(missing).toEqual([]);
  });

  it('names each operation once, under a tag that it explains', () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    const known = new Set(document.tags.map(({ name }) => name));
    expect(operations.flatMap(({ tags }) => tags).filter((tag) => !known.has(tag))).toEqual([]);
  });

  it('lets clients made from it keep all that a resource holds, at any depth', () => {
    const { schemas } = (document as unknown as { components: { schemas: Record<string, Schema> } })
      .components;
    const fhir = Object.entries(schemas).filter(
      ([name, { properties }]) => properties?.resourceType || ['BundleEntry', 'Issue'].includes(name),
    );
    const closed = fhir.flatMap(([name, schema]) => closedObjectsIn(schema, name));
    expect([fhir.length > 10, closed]).toEqual([true, []]);
  });

  it('lets clients made from it send nothing that FHIR refuses', () => {
    const { schemas } = (document as unknown as { components: { schemas: Record<string, Schema> } })
      .components;
    expect(optionalListsIn(schemas.BundleToSubmit!, 'Bundle', schemas)).toEqual([]);
  });

  it('has no union and no second scheme of security, of which generators make what does not work', () => {
    const { securitySchemes } = (document as unknown as { components: { securitySchemes: object } })
      .components;
    expect([/"(?:oneOf|anyOf|allOf)"/.test(text), Object.keys(securitySchemes)]).toEqual([false, ['bearer']]);
  });

  it('names the parameters of a search of a type in its body, so that clients made from it can send them', () => {
    const { requestBodies } = (
      document as unknown as {
        components: {
          requestBodies: Record<string, { content: Record<string, { schema: Schema }> }>;
        };
      }
    ).components;
    const form = requestBodies.SearchOfObservation?.content['application/x-www-form-urlencoded']?.schema;
    expect(Object.keys(form?.properties ?? {})).toEqual(
      expect.arrayContaining(['patient:identifier', 'code', 'date', '_sort', '_count', '_include']),
    );
  });

  it('names each type of resource by a constant text, and gives each an id and meta', () => {
    const { schemas } = (document as unknown as { components: { schemas: Record<string, Schema> } })
      .components;
    const fhir = Object.entries(schemas).filter(([, { properties }]) => properties?.resourceType);
    const otherwise: Record<string, string | undefined> = {
      Resource: undefined,
      BundleOrOutcome: undefined,
      BundleToSubmit: 'Bundle',
    };
    const wrong = fhir.filter(
      ([name, { properties = {} }]) =>
        properties.resourceType?.type !== 'string' ||
        properties.resourceType.const !== (name in otherwise ? otherwise[name] : name) ||
        !properties.id ||
        !properties.meta,
    );
    expect(wrong.map(([name]) => name)).toEqual([]);
  });

  it('has one media type to a key', () => {
    expect([...text.matchAll(/"[\w.+*]+\/[\w.+*-]+,[^"]*": \{/g)].map(([key]) => key)).toEqual([]);
  });

  it('refers only to what it has', () => {
    const references = new Set([...text.matchAll(/"\$ref": "#\/([^"]+)"/g)].map(([, path]) => path!));
    const has = (path: string): boolean =>
      path
        .split('/')
        .reduce<unknown>(
          (value, name) => (value as Record<string, unknown> | undefined)?.[name],
          document,
        ) !== undefined;
    expect([...references].filter((path) => !has(path))).toEqual([]);
  });
});

describe('the short summary that it shows', () => {
  const shown = JSON.parse(
    readFileSync(join(packageRoot(), 'examples', 'short-summary.json'), 'utf8'),
  ) as unknown;

  it('is the one that tests start from, without its Observations', () => {
    const summary = aSummary().build();
    const entry = (summary.entry as { resource: { resourceType: string } }[]).filter(
      ({ resource }) => resource.resourceType !== 'Observation',
    );
    expect(shown).toEqual({ ...summary, entry });
  });

  it('is valid, without a remark', () => {
    const validator = createValidator(
      guidance,
      createStructureValidator(),
      { testRangeNhsNumbers: 'accept' },
      common,
    );
    const now = new Date('2025-03-11T09:00:00Z');
    const bundle = structuredClone(shown) as ReturnType<ReturnType<typeof aSummary>['build']>;
    expect(validator.validateBundle(bundle, { handling: 'strict', now, repaired: [] }).issues).toEqual([]);
  });
});
