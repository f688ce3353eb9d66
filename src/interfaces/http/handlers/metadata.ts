/** `GET /FHIR/R4/metadata`: what this server can do, derived from the definitions. */
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import type { AnyResource } from '../../../fhir/types';
import { searchCapabilities, type SearchCapability } from '../../../engines/search/capabilities';
import type { Answer, RequestContext } from '../request-context';
import { formatOf, isPretty } from '../rendering';
import { render } from '../respond';
import { subsetOf } from '../elements-of-read';
import { summariseText } from '../../../use-cases/reading/summarise';

export interface MetadataDependencies {
  /** Every type with a folder of its own. */
  definitions: readonly ResourceDefinition[];
  /** Submissions, as a type that can be searched. */
  bundleDefinition: ResourceDefinition;
  /** Every type that is stored, whether it has a table of its own or not. */
  storedTypes: readonly string[];
  definitionFor: (type: string) => ResourceDefinition | undefined;
  /** The operations of a type; `:type` gives those of every type, and an empty text those of the server. */
  operationsOf: (type: string) => readonly NamedOperation[];
  version: string;
  startedAt: Date;
}

export async function metadata(context: RequestContext, dependencies: MetadataDependencies): Promise<Answer> {
  const headers = { 'Cache-Control': 'no-cache' };
  const subset = subsetOf(context);
  const texts = textsFor(context, dependencies);
  if (subset) return { status: 200, headers, json: summariseText(texts.statement, subset) };
  const format = formatOf(context) ?? 'json';
  const pretty = isPretty(context);
  const name = `${format} ${pretty}`;
  const bytes =
    texts.rendered.get(name) ??
    render({ status: 200, json: texts.statement }, { format, pretty, withBody: true })!;
  texts.rendered.set(name, bytes);
  return { status: 200, headers, bytes };
}

/** The statement as JSON text, or the part of it that the parameters select, for an entry of a batch. */
export function statementText(
  { query, ...at }: Pick<RequestContext, 'query' | 'fhirBase' | 'baseUrl'>,
  dependencies: MetadataDependencies,
): string {
  const subset = subsetOf({ query });
  const { statement } = textsFor(at, dependencies);
  return subset ? summariseText(statement, subset) : statement;
}

interface Texts {
  baseUrl: string;
  statement: string;
  /** The rendered statement, by format and by pretty or not. Rendering XML takes as long as a hundred searches. */
  rendered: Map<string, NonNullable<Answer['bytes']>>;
}

/** The statement, written once for each address, because unauthenticated callers may request it without limit. */
const written = new WeakMap<MetadataDependencies, Texts>();

function textsFor(
  { fhirBase, baseUrl }: Pick<RequestContext, 'fhirBase' | 'baseUrl'>,
  dependencies: MetadataDependencies,
): Texts {
  let known = written.get(dependencies);
  if (known?.baseUrl !== baseUrl) {
    const statement = JSON.stringify(capabilityStatement(fhirBase, baseUrl, dependencies));
    known = { baseUrl, statement, rendered: new Map() };
    written.set(dependencies, known);
  }
  return known;
}

/**
 * The CapabilityStatements of others that this server implements completely. docs/conventions.md lists those that it
 * implements in part.
 * QEDm: of its options, Simple Observations, Encounters and Provenance.
 */
const INSTANTIATED = ['https://profiles.ihe.net/PCC/QEDm/CapabilityStatement/IHE.QEDm.Clinical-Data-Source'];

/** @see https://hl7.org/fhir/R4/capabilitystatement.html */
export function capabilityStatement(
  fhirBase: string,
  baseUrl: string,
  dependencies: MetadataDependencies,
): AnyResource {
  const { version, startedAt, operationsOf } = dependencies;
  const { submissions, types } = capabilitiesOf(dependencies);
  return {
    resourceType: 'CapabilityStatement',
    url: `${fhirBase}/metadata`,
    version,
    name: 'Homeward',
    title: 'Homeward: receiver for summaries of NHS virtual ward stays',
    status: 'active',
    experimental: false,
    date: startedAt.toISOString(),
    publisher: 'Homeward',
    contact: [
      {
        name: 'The organisation that runs this server',
        telecom: [{ system: 'url', value: `${baseUrl}/` }],
      },
    ],
    description:
      'Receives the summaries of virtual ward stays that follow NHS England’s draft guidance "Supplementary Remote Monitoring Data from a Virtual Ward Stay" (v1.0), checks and stores them, and lets GP and acute systems find them by NHS number.',
    kind: 'instance',
    instantiates: INSTANTIATED,
    software: { name: 'Homeward', version },
    implementation: { description: 'A receiver for summaries of NHS virtual ward stays', url: fhirBase },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'application/fhir+xml', 'json', 'xml'],
    rest: [
      {
        mode: 'server',
        documentation:
          'Senders POST a Bundle of type collection, document or message to [base]/Bundle, or a transaction to [base]. Readers search by NHS number, with POST _search to keep it out of URLs. Documents are found and retrieved as in IHE MHD (ITI-67, ITI-68), and the server supports the searches of International Patient Access.',
        security: securityOf(baseUrl),
        resource: [
          {
            type: 'Bundle',
            profile: 'http://hl7.org/fhir/StructureDefinition/Bundle',
            documentation: dependencies.bundleDefinition.documentation,
            interaction: ['create', 'read', 'vread', 'history-type', 'search-type'].map((code) => ({ code })),
            versioning: 'versioned',
            searchInclude: submissions?.searchInclude,
            searchParam: submissions?.searchParam,
            operation: operationsOf(':type'),
          },
          {
            type: 'Binary',
            profile: 'http://hl7.org/fhir/StructureDefinition/Binary',
            documentation: dependencies.definitionFor('Binary')?.documentation,
            interaction: [{ code: 'read' }],
            versioning: 'no-version',
          },
          ...types,
        ],
        interaction: [{ code: 'transaction' }, { code: 'batch' }, { code: 'history-system' }],
        operation: operationsOf(''),
      },
    ],
  } as unknown as AnyResource;
}

/** How a caller proves who it is. */
const securityOf = (baseUrl: string): object => ({
  cors: false,
  service: [
    {
      coding: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/restful-security-service',
          code: 'SMART-on-FHIR',
          display: 'SMART-on-FHIR',
        },
      ],
    },
  ],
  description: `A bearer token with SMART scopes. Backend services get a token at ${baseUrl}/oauth2/token.`,
  extension: [
    {
      url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
      extension: [{ url: 'token', valueUri: `${baseUrl}/oauth2/token` }],
    },
  ],
});

interface Capabilities {
  submissions: SearchCapability | undefined;
  types: readonly object[];
}

/** Found once for each server. */
const capabilitiesKnown = new WeakMap<readonly ResourceDefinition[], Capabilities>();

/** What is stored and searched: the types with a folder of their own first, then all others, in fewer words. */
function capabilitiesOf({
  definitions,
  bundleDefinition,
  storedTypes,
  definitionFor,
  operationsOf,
}: MetadataDependencies): Capabilities {
  const known = capabilitiesKnown.get(definitions);
  if (known) return known;
  const apart = new Set([bundleDefinition, ...definitions].map(({ type }) => type));
  const others = storedTypes
    .filter((type) => !apart.has(type))
    .flatMap((type) => definitionFor(type) ?? [])
    .filter(({ isListed }) => isListed !== false);
  const all = [...definitions, ...others];
  const types = searchCapabilities(all).map((capability, index) =>
    resourceCapability(
      all[index]!,
      index < definitions.length ? capability : inBrief(capability),
      operationsOf,
    ),
  );
  const [submissions] = searchCapabilities([bundleDefinition]);
  const found = { submissions, types };
  capabilitiesKnown.set(definitions, found);
  return found;
}

function inBrief({ searchParam, searchRevInclude: _, ...rest }: SearchCapability): SearchCapability {
  return {
    ...rest,
    searchParam: searchParam.map(({ documentation: _words, ...parameter }) => parameter),
    searchRevInclude: [],
  };
}

/** An operation as the statement names it. */
export interface NamedOperation {
  name: string;
  /** The canonical address of its OperationDefinition. */
  definition: string;
}

function resourceCapability(
  { type, profile, documentation }: ResourceDefinition,
  { searchParam, searchInclude, searchRevInclude }: SearchCapability,
  operationsOf: MetadataDependencies['operationsOf'],
): object {
  return {
    type,
    profile: `http://hl7.org/fhir/StructureDefinition/${type}`,
    ...(profile === undefined ? {} : { supportedProfile: [profile] }),
    ...(documentation === undefined ? {} : { documentation }),
    interaction: ['read', 'vread', 'history-instance', 'history-type', 'search-type'].map((code) => ({
      code,
    })),
    versioning: 'versioned',
    readHistory: true,
    updateCreate: false,
    conditionalRead: 'full-support',
    referencePolicy: ['literal'],
    searchInclude,
    ...(searchRevInclude.length === 0 ? {} : { searchRevInclude }),
    searchParam,
    operation: [...operationsOf(':type'), ...operationsOf(type)],
  };
}
