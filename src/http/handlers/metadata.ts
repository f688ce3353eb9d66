/** `GET /FHIR/R4/metadata`: what this server can do, derived from the definitions. */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import type { AnyResource } from '../../fhir/types';
import type { Answer, Exchange } from '../exchange';
import { partOf, subsetOf } from '../subset';

export interface MetadataDependencies {
  /** Every type with a folder of its own. */
  definitions: readonly ResourceDefinition[];
  version: string;
  startedAt: Date;
}

export async function metadata(exchange: Exchange, dependencies: MetadataDependencies): Promise<Answer> {
  return {
    status: 200,
    headers: { 'Cache-Control': 'no-cache' },
    ...partOf(subsetOf(exchange), {
      resource: capabilityStatement(exchange.fhirBase, exchange.baseUrl, dependencies),
    }),
  };
}

/** @see https://hl7.org/fhir/R4/capabilitystatement.html */
export function capabilityStatement(
  fhirBase: string,
  baseUrl: string,
  { definitions, version, startedAt }: MetadataDependencies,
): AnyResource {
  const tables = definitions.filter(({ searchParameters }) => searchParameters.length > 0);
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: startedAt.toISOString(),
    publisher: 'Homeward',
    kind: 'instance',
    software: { name: 'Homeward', version },
    implementation: { description: 'A receiver for summaries of NHS virtual ward stays', url: fhirBase },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'application/fhir+xml', 'json', 'xml'],
    rest: [
      {
        mode: 'server',
        documentation:
          'Senders POST a Bundle of type collection, document or message to [base]/Bundle, or a transaction to [base]. Readers search by NHS number, with POST _search where it should not stand in a URL.',
        security: {
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
          description: `A bearer token with SMART scopes; backend services get theirs at ${baseUrl}/oauth2/token.`,
          extension: [
            {
              url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
              extension: [{ url: 'token', valueUri: `${baseUrl}/oauth2/token` }],
            },
          ],
        },
        resource: [
          {
            type: 'Bundle',
            profile: 'http://hl7.org/fhir/StructureDefinition/Bundle',
            documentation: 'Submissions: created by senders, read by their sender and by auditors.',
            interaction: [{ code: 'create' }, { code: 'read' }, { code: 'vread' }],
            versioning: 'versioned',
            operation: [validateOperation],
          },
          {
            type: 'Binary',
            profile: 'http://hl7.org/fhir/StructureDefinition/Binary',
            interaction: [{ code: 'read' }],
            versioning: 'no-version',
          },
          ...tables.map(resourceCapability),
        ],
        interaction: [{ code: 'transaction' }],
      },
    ],
  } as unknown as AnyResource;
}

const validateOperation = {
  name: 'validate',
  definition: 'http://hl7.org/fhir/OperationDefinition/Resource-validate',
};

function resourceCapability({ type, profile, searchParameters }: ResourceDefinition): object {
  return {
    type,
    profile: `http://hl7.org/fhir/StructureDefinition/${type}`,
    ...(profile === undefined ? {} : { supportedProfile: [profile] }),
    interaction: [{ code: 'read' }, { code: 'vread' }, { code: 'history-instance' }, { code: 'search-type' }],
    versioning: 'versioned',
    readHistory: true,
    updateCreate: false,
    conditionalRead: 'full-support',
    referencePolicy: ['literal'],
    searchInclude: searchParameters
      .filter(({ type: kind }) => kind === 'reference')
      .map(({ code }) => `${type}:${code}`),
    searchParam: searchParameters.map(({ code, url, type: kind, documentation }) => ({
      name: code,
      ...(url === undefined ? {} : { definition: url }),
      type: kind,
      documentation,
    })),
    operation: [validateOperation],
  };
}
