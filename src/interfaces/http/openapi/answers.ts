/**
 * The successful answers and the request bodies: `components.responses` without the faults, and
 * `components.requestBodies`.
 */
import { NHS_NUMBER_SYSTEM } from '../../../terminology/nhs-number';
import type { JsonObject } from '../../../fhir/types';
import { parameters } from './parameters';
import { type Parameter, ref } from './shapes';

const withHeaders = (names: readonly string[]): JsonObject =>
  Object.fromEntries(
    ['X-Request-ID', 'X-Correlation-ID', ...names].map((name) => [name, ref('headers', name)]),
  );

const fhir = (schema: string, description: string, ...headers: string[]): JsonObject => ({
  description,
  headers: withHeaders(headers),
  content: {
    'application/fhir+json': { schema: ref('schemas', schema) },
    'application/fhir+xml': { schema: ref('schemas', 'Xml') },
  },
});

const own = (
  mediaType: string,
  schema: JsonObject,
  description: string,
  ...headers: string[]
): JsonObject => ({
  description,
  headers: withHeaders(headers),
  content: { [mediaType]: { schema } },
});

const bytes: JsonObject = { type: 'string', contentEncoding: 'binary' };
const json = 'application/json';

export const answers: Readonly<Record<string, JsonObject>> = {
  Stored: fhir(
    'OperationOutcome',
    'Stored durably. The body is an OperationOutcome with every warning, empty (`return=minimal`) or the Bundle (`return=representation`).',
    'X-Submission-ID',
    'Location',
    'ETag',
    'Last-Modified',
  ),
  Resent: fhir(
    'OperationOutcome',
    'Already stored by this sender. The server repeats its first answer, and stores nothing twice.',
    'X-Submission-ID',
    'Location',
    'ETag',
    'Last-Modified',
  ),
  BaseAnswer: fhir(
    'BundleOrOutcome',
    'A `transaction-response` or `batch-response`, with an entry for each entry of the request. For a resent Bundle of another type, the OperationOutcome of a resend.',
    'X-Submission-ID',
    'Location',
    'ETag',
    'Last-Modified',
  ),
  MessageAnswer: fhir(
    'Bundle',
    'A `message` whose MessageHeader.response.code is `ok`, `transient-error` or `fatal-error`.',
    'X-Submission-ID',
  ),
  AnsweredLater: fhir(
    'OperationOutcome',
    'The message is stored (`async=true`). The answer is sent later, as a `message`.',
    'X-Submission-ID',
  ),
  Outcome: fhir('OperationOutcome', 'The issues that a submission of it would get. Nothing is stored.'),
  Read: fhir('Resource', 'The resource.', 'ETag', 'Last-Modified'),
  BundleRead: fhir('Bundle', 'The Bundle that was sent, under the server’s id.', 'ETag', 'Last-Modified'),
  History: fhir('Bundle', 'A `history`: the versions, newest first, with links to the other pages.'),
  Searchset: fhir(
    'Bundle',
    'A `searchset`: a page of matches and included resources, with links to the other pages.',
  ),
  DocumentBundle: fhir('Bundle', 'A `document`: a Composition first, then the resources that it refers to.'),
  NotModified: {
    description: 'The caller already has the current version.',
    headers: withHeaders(['ETag', 'Last-Modified']),
  },
  Document: {
    description: 'The document in its own media type, or as FHIR if the client asks for FHIR.',
    headers: withHeaders(['ETag', 'Last-Modified', 'Accept-Ranges', 'Content-Disposition']),
    content: {
      'application/pdf': { schema: bytes },
      '*/*': { schema: bytes },
      'application/fhir+json': { schema: ref('schemas', 'Resource') },
      'application/fhir+xml': { schema: ref('schemas', 'Xml') },
    },
  },
  DocumentPart: {
    description: 'The requested bytes.',
    headers: withHeaders(['ETag', 'Last-Modified', 'Accept-Ranges', 'Content-Range']),
    content: { 'application/pdf': { schema: bytes }, '*/*': { schema: bytes } },
  },
  Metadata: fhir('Resource', 'The CapabilityStatement.'),
  MetadataOrPage: {
    description: 'The CapabilityStatement, or a page for people.',
    headers: withHeaders([]),
    content: {
      'application/fhir+json': { schema: ref('schemas', 'Resource') },
      'application/fhir+xml': { schema: ref('schemas', 'Xml') },
      'text/html': { schema: { type: 'string' } },
    },
  },
  Icon: own('image/svg+xml', { type: 'string' }, 'The icon.'),
  SubmissionPage: own(json, ref('schemas', 'SubmissionPage'), 'A page of submissions, newest first.'),
  Submission: own(json, ref('schemas', 'Submission'), 'The submission, with what it stored.'),
  Raw: own(
    '*/*',
    bytes,
    'The bytes that were received, in the media type in which they were sent.',
    'Content-Disposition',
    'Repr-Digest',
  ),
  Proof: own(
    json,
    ref('schemas', 'Proof'),
    'The proof. Its status is `pending` for the first seconds, until the submission is sealed.',
    'Retry-After',
  ),
  DeliveryPage: own(json, ref('schemas', 'DeliveryPage'), 'A page of deliveries, newest first.'),
  DeliveryAnswer: own(json, ref('schemas', 'Delivery'), 'The delivery, which is tried at once.'),
  AccessReport: {
    description: 'Who did what, newest first.',
    headers: withHeaders(['Link', 'Content-Disposition']),
    content: {
      [json]: { schema: ref('schemas', 'AccessReport') },
      'text/csv': {
        schema: { type: 'string', description: 'The same columns, with a header line.' },
      },
    },
  },
  ReviewMark: own(json, { type: 'object' }, 'The mark: who looked at it, when, and the note.'),
  SubmissionOutcome: fhir('OperationOutcome', 'The answer that the sender got.'),
  Ledger: own(json, ref('schemas', 'LedgerVerification'), 'The result of the verification of the ledger.'),
  Token: own(json, ref('schemas', 'TokenAnswer'), 'A token that is valid for five minutes.'),
  TokenFault: own(json, ref('schemas', 'TokenFault'), 'The error, in the form of RFC 6749.', 'Retry-After'),
  TokenRefused: own(
    json,
    ref('schemas', 'TokenFault'),
    '`invalid_client`: the server could not authenticate the client with the assertion. The log of the server gives the reason, with this `message_id`.',
  ),
  SmartConfiguration: own(
    json,
    ref('schemas', 'SmartConfiguration'),
    'Where clients get tokens, and for which scopes.',
  ),
  Pong: own('text/plain', { type: 'string' }, 'The process listens.'),
  Pass: own('application/health+json', ref('schemas', 'Health'), 'Requests can be served.'),
  Fail: own(
    'application/health+json',
    ref('schemas', 'Health'),
    'Requests cannot be served: the database is not available, or the server is starting or stopping.',
    'Retry-After',
  ),
  OpenApi: own(json, { type: 'object' }, 'This document.'),
  Page: own('text/html', { type: 'string' }, 'A page.'),
  File: own('*/*', { type: 'string' }, 'The file.'),
};

const xml: JsonObject = { schema: ref('schemas', 'Xml') };

/** @param summary a short, valid summary */
export function requestBodies(summary: JsonObject): Readonly<Record<string, JsonObject>> {
  const bundle = (description: string, examples: JsonObject): JsonObject => ({
    description,
    required: true,
    content: {
      'application/fhir+json': { schema: ref('schemas', 'BundleToSubmit'), examples },
      'application/fhir+xml': xml,
    },
  });
  const collection: JsonObject = { collection: { summary: 'A short summary', value: summary } };
  return {
    Summary: bundle('A Bundle of type collection, document or message.', collection),
    AnyBundle: bundle('A Bundle of type collection, document, message, transaction or batch.', {
      ...collection,
      batch: {
        summary: 'A batch that reads',
        value: {
          resourceType: 'Bundle',
          type: 'batch',
          entry: [{ request: { method: 'GET', url: 'Encounter?_count=1' } }],
        },
      },
    }),
    Message: bundle('A Bundle of type message, the MessageHeader first.', {
      message: { summary: 'Only the MessageHeader is shown', value: message },
    }),
    Checked: {
      description:
        'A resource of the type, or Parameters with that resource in a parameter named `resource`.',
      required: true,
      content: {
        'application/fhir+json': {
          schema: ref('schemas', 'Resource'),
          example: { resourceType: 'Patient', gender: 'female', birthDate: '1950-03-14' },
        },
        'application/fhir+xml': xml,
      },
    },
    Query: searchForm([]),
    Parameters: {
      description: 'The parameters as a Parameters resource. They may also be in the URL.',
      content: {
        'application/fhir+json': { schema: ref('schemas', 'Resource'), example: exampleParameters },
        'application/fhir+xml': xml,
      },
    },
    Wanted: {
      description:
        'Parameters with a Patient in `resource`, and optionally `onlyCertainMatches` and `count`.',
      required: true,
      content: {
        'application/fhir+json': { schema: ref('schemas', 'Resource'), example: wanted },
        'application/fhir+xml': xml,
      },
    },
    ...formsOfAuditors(),
    TokenRequest: {
      required: true,
      content: { 'application/x-www-form-urlencoded': { schema: ref('schemas', 'TokenRequest') } },
    },
  };
}

/** The bodies that auditors send: a review note, and the query of an access report. */
function formsOfAuditors(): Record<string, JsonObject> {
  return {
    Review: {
      required: true,
      content: {
        [json]: {
          schema: {
            type: 'object',
            required: ['note'],
            properties: {
              note: { type: 'string', minLength: 1, maxLength: 4000 },
              closed: { type: 'boolean', description: '`true` closes the review, `false` opens it again.' },
            },
          },
          example: { note: 'The sender has been informed.', closed: true },
        },
      },
    },
    AccessQuery: {
      required: true,
      content: {
        'application/x-www-form-urlencoded': {
          schema: { type: 'object', properties: propertiesOf(accessParameters) },
          example: { 'nhs-number': '9990000018', from: '2026-01-01' },
        },
      },
    },
  };
}

const accessParameters = ['ofPatient', 'anNhsNumber', 'since', 'until', 'ofMonth', 'rows', 'cursor'].map(
  (name) => parameters[name]!,
);

/** The body of a search. @param known the parameters that the type has; modifiers, chains and others are allowed too */
export function searchForm(known: readonly Parameter[]): JsonObject {
  return {
    description: 'The parameters of the search, as in a URL.',
    content: {
      'application/x-www-form-urlencoded': {
        schema: { type: 'object', properties: propertiesOf(known), additionalProperties: true },
        example: { identifier: 'https://fhir.nhs.uk/Id/nhs-number|9990000018' },
      },
    },
  };
}

/** Parameters as the fields of a form. */
const propertiesOf = (known: readonly Parameter[]): JsonObject =>
  Object.fromEntries(known.map(({ name, schema }) => [name, schema]));

const exampleParameters: JsonObject = {
  resourceType: 'Parameters',
  parameter: [{ name: '_pretty', valueBoolean: true }],
};

const wanted: JsonObject = {
  resourceType: 'Parameters',
  parameter: [
    {
      name: 'resource',
      resource: {
        resourceType: 'Patient',
        identifier: [{ system: NHS_NUMBER_SYSTEM, value: '9990000018' }],
        birthDate: '1950-03-14',
      },
    },
    { name: 'onlyCertainMatches', valueBoolean: true },
  ],
};

const message: JsonObject = {
  resourceType: 'Bundle',
  type: 'message',
  timestamp: '2025-03-10T14:25:00+00:00',
  entry: [
    {
      fullUrl: 'urn:uuid:5f1b0c1e-93f5-4c0e-8d39-0d5a9b9a6a01',
      resource: {
        resourceType: 'MessageHeader',
        eventCoding: { system: 'https://fhir.nhs.uk/CodeSystem/message-event', code: 'virtual-ward-summary' },
        source: { endpoint: 'https://sender.example.nhs.uk' },
      },
    },
  ],
};
