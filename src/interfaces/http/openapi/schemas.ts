/**
 * The schemas of requests and answers. R4 describes its resources; these schemas contain what an integrator must know.
 */
import type { JsonObject } from '../../../fhir/types';
import { searchValueSchemas } from './parameters';
import { ref } from './shapes';

const text: JsonObject = { type: 'string' };
const instant: JsonObject = { type: 'string', format: 'date-time' };
const uuid: JsonObject = { type: 'string', format: 'uuid' };
const list = (items: JsonObject): JsonObject => ({ type: 'array', items });
const object = (required: string[], properties: JsonObject, description?: string): JsonObject => ({
  type: 'object',
  ...(description === undefined ? {} : { description }),
  required,
  properties,
});

/**
 * An object that may also have any other R4 member: clients made from this document must keep members that are not
 * listed.
 */
const fhirObject = (...parts: Parameters<typeof object>): JsonObject => ({
  ...object(...parts),
  additionalProperties: true,
});

/** A string, because a client that reads it as a date loses its zone offset and its digits. */
const fhirInstant: JsonObject = { ...text, description: 'A FHIR instant: `2025-03-10T14:25:00+00:00`.' };
const constant = (value: string): JsonObject => ({ type: 'string', const: value });
const id: JsonObject = {
  ...text,
  description: 'In answers, the server’s id. The id that was sent is in the submission.',
};
/**
 * Lists are covered by `additionalProperties`: a generated Java client sends an unset list as `[]`, which FHIR refuses.
 */
const meta = fhirObject(
  [],
  { versionId: text, lastUpdated: fhirInstant },
  'With `profile` and the other elements of R4. In a summary, `versionId` or `lastUpdated` distinguishes a correction from a resend.',
);

const request = fhirObject(['method', 'url'], { method: text, url: text, ifNoneExist: text, ifMatch: text });

const response = fhirObject(['status'], {
  status: text,
  location: text,
  etag: text,
  lastModified: fhirInstant,
});

/** The members of every Bundle, sent or answered. */
const ofBundle: JsonObject = {
  resourceType: constant('Bundle'),
  id,
  meta,
  timestamp: fhirInstant,
  type: text,
  identifier: {
    ...fhirObject([], { system: text, value: text }),
    description: 'The same for a summary and its corrections.',
  },
};

const answeredEntry = fhirObject([], {
  fullUrl: text,
  resource: ref('schemas', 'Resource'),
  search: fhirObject([], { mode: { type: 'string', enum: ['match', 'include', 'outcome'] } }),
  request,
  response,
});

const issue = fhirObject(['severity', 'code', 'details'], {
  severity: { type: 'string', enum: ['fatal', 'error', 'warning', 'information'] },
  code: { ...text, description: 'https://hl7.org/fhir/R4/valueset-issue-type.html' },
  details: fhirObject(['coding', 'text'], {
    coding: list(
      fhirObject(['system', 'code'], {
        system: constant('https://homeward.dev/CodeSystem/rule'),
        code: { ...text, description: 'The id of the rule, such as `vw-enc-04`.' },
      }),
    ),
    text: { ...text, description: 'What is wrong, and what to send.' },
  }),
  diagnostics: {
    ...text,
    description:
      'The section of the guidance, UK Core or NEWS2 that the rule comes from, if any, followed by the text.',
  },
  expression: { ...list(text), description: 'Where it is: `Bundle.entry[2].resource.status`.' },
});

/** A resource of one type. R4's page describes its elements. */
export const resourceSchema = (type: string): JsonObject =>
  fhirObject(
    ['resourceType'],
    { resourceType: constant(type), id, meta },
    `A FHIR R4 ${type}: https://hl7.org/fhir/R4/${type.toLowerCase()}.html`,
  );

const submission = object(
  ['id', 'status', 'sender', 'receivedAt', 'sha256', 'contentType'],
  {
    id: uuid,
    status: { type: 'string', enum: ['accepted', 'refused'] },
    sender: { ...text, description: 'The organisation that sent it, by its ODS code.' },
    receivedAt: instant,
    sha256: {
      ...text,
      pattern: '^[0-9a-f]{64}$',
      description: 'Of the bytes that were received, in hexadecimal.',
    },
    contentType: text,
    nhsNumber: { ...text, description: 'If the submission has a readable one.' },
    location: { ...text, description: 'The Bundle as FHIR, if it was accepted.' },
    clientId: text,
    user: text,
    door: { ...text, description: 'How it was submitted.' },
    httpStatus: { type: 'integer' },
    size: { type: 'integer', description: 'In bytes.' },
    bundleType: text,
    patient: { ...text, description: '`Patient/<id>`.' },
    patients: {
      type: 'array',
      items: { type: 'string' },
      description: 'Each patient concerned, as `Patient/<id>`, if there are several.',
    },
    replaces: { ...uuid, description: 'The submission that this one corrects.' },
    requestId: text,
    review: object(['reasons', 'reviewed', 'state'], {
      reasons: list(text),
      reviewed: { type: 'boolean' },
      state: {
        type: 'string',
        enum: ['open', 'closed', 'none'],
        description: '`none`: it needs no review.',
      },
    }),
  },
  'The facts about one submission.',
);

export const schemas: Readonly<Record<string, JsonObject>> = {
  Resource: fhirObject(
    ['resourceType'],
    { resourceType: text, id, meta },
    'A FHIR R4 resource: https://hl7.org/fhir/R4/resourcelist.html',
  ),
  Xml: {
    type: 'string',
    contentMediaType: 'application/fhir+xml',
    description: 'The same resource as FHIR XML.',
  },
  Bundle: fhirObject(
    ['resourceType', 'type'],
    {
      ...ofBundle,
      total: { type: 'integer', minimum: 0 },
      link: list(fhirObject(['relation', 'url'], { relation: text, url: text })),
      entry: list(ref('schemas', 'BundleEntry')),
    },
    'A FHIR R4 Bundle, as the server sends it: https://hl7.org/fhir/R4/bundle.html',
  ),
  BundleEntry: answeredEntry,
  Issue: issue,
  BundleToSubmit: fhirObject(
    ['resourceType', 'type', 'entry'],
    {
      ...ofBundle,
      entry: list(fhirObject([], { fullUrl: text, resource: ref('schemas', 'Resource'), request })),
    },
    'A FHIR R4 Bundle, as senders send it: https://hl7.org/fhir/R4/bundle.html',
  ),
  // One object and not `oneOf`, because the TypeScript code that openapi-generator makes from `oneOf` does not compile.
  BundleOrOutcome: fhirObject(
    ['resourceType'],
    {
      resourceType: { type: 'string', enum: ['Bundle', 'OperationOutcome'] },
      id,
      meta,
      type: text,
      entry: list(ref('schemas', 'BundleEntry')),
      issue: list(ref('schemas', 'Issue')),
    },
    'A Bundle of type transaction-response or batch-response. For any other Bundle, an OperationOutcome.',
  ),
  OperationOutcome: fhirObject(
    ['resourceType', 'issue'],
    {
      resourceType: constant('OperationOutcome'),
      id,
      meta,
      issue: { ...list(ref('schemas', 'Issue')), minItems: 1 },
    },
    'Errors, warnings and information: https://hl7.org/fhir/R4/operationoutcome.html',
  ),
  Submission: submission,
  SubmissionPage: object(['submissions', 'next'], {
    submissions: list(ref('schemas', 'Submission')),
    next: { type: ['string', 'null'], description: 'The cursor of the next page.' },
  }),
  Delivery: object(
    ['id', 'name', 'state', 'submission', 'attempts', 'lastError', 'createdAt', 'deliveredAt'],
    {
      id: uuid,
      name: { ...text, description: 'The destination, such as the name of a rule of FORWARD_FILE.' },
      state: { type: 'string', enum: ['waiting', 'delivered', 'refused', 'failed'] },
      submission: { ...uuid, description: 'The id of the submission.' },
      attempts: { type: 'integer', minimum: 0 },
      lastError: { type: ['string', 'null'], description: 'Why the last attempt failed. No patient data.' },
      createdAt: instant,
      deliveredAt: { ...instant, type: ['string', 'null'] },
    },
  ),
  DeliveryPage: object(['deliveries', 'next'], {
    deliveries: list(ref('schemas', 'Delivery')),
    next: { type: ['string', 'null'], description: 'The cursor of the next page.' },
  }),
  AccessReport: object(['rows', 'next'], {
    rows: list(
      object(['when', 'action', 'outcome', 'requestId'], {
        when: instant,
        who: { ...text, description: 'The person, if the token names one. Otherwise the client.' },
        ...Object.fromEntries(
          ['client', 'organisation', 'endUserOrganisation', 'what', 'purpose', 'breakGlass'].map((name) => [
            name,
            { type: ['string', 'null'] },
          ]),
        ),
        action: { ...text, description: 'As in AuditEvent: `C`, `R`, `U`, `D` or `E`.' },
        outcome: { ...text, description: 'As in AuditEvent: `0`, `4`, `8` or `12`.' },
        requestId: text,
      }),
    ),
    next: { type: ['string', 'null'], description: 'The cursor of the next page.' },
    outside: {
      ...list(text),
      description:
        'Months of the time asked about that are outside of the database, such as `2026-03`. Their records are not in this answer. Ask for each with `month`.',
    },
    otherRecords: {
      ...list(
        object(['patient', 'relation'], {
          patient: uuid,
          nhsNumber: text,
          relation: { type: 'string', enum: ['earlier', 'later', 'linked'] },
        }),
      ),
      description:
        'Other records of the patient: of an earlier or later NHS number, and linked ones. Their events are not in this answer. Ask for each with `patient`.',
    },
  }),
  LedgerVerification: object(['status'], {
    status: { type: 'string', enum: ['pass', 'fail'] },
    complete: {
      type: 'boolean',
      description: 'Whether everything was checked. If not, the next request continues.',
    },
    sealedThrough: { type: ['string', 'null'], format: 'date-time' },
    heads: { type: 'integer' },
    records: { type: 'integer' },
    unsealed: object(['records', 'since'], {
      records: {
        type: 'integer',
        description:
          'The records that wait to be sealed. They wait about a second, unless sealing has stopped.',
      },
      since: { type: ['string', 'null'], format: 'date-time' },
    }),
    monthsNotCompared: {
      ...list(text),
      description:
        'Dropped months of the audit trail whose files were not compared, because their store does not answer or the time was up.',
    },
    faultCount: { type: 'integer' },
    faults: list({ type: 'object' }),
  }),
  Proof: object(['status', 'submission'], {
    status: { type: 'string', enum: ['sealed', 'pending'] },
    submission: uuid,
    statement: text,
    leaf: text,
    leafHash: text,
    index: { type: 'integer' },
    size: { type: 'integer' },
    path: { ...list(text), description: 'Hashes from the leaf to the root.' },
    seal: { type: 'integer' },
    head: text,
    signature: text,
    key: object(['id', 'publicKey'], { id: text, publicKey: text }),
  }),
  TokenRequest: object(['grant_type', 'client_assertion_type', 'client_assertion'], {
    grant_type: constant('client_credentials'),
    client_assertion_type: constant('urn:ietf:params:oauth:client-assertion-type:jwt-bearer'),
    client_assertion: {
      ...text,
      description: 'A JSON Web Token that the client has signed. It can be used once.',
    },
    scope: {
      ...text,
      description: 'The requested scopes. If it is left out, all the scopes that are registered.',
    },
    client_id: text,
  }),
  TokenAnswer: object(['access_token', 'token_type', 'expires_in', 'scope'], {
    access_token: text,
    token_type: constant('bearer'),
    expires_in: { type: 'integer', description: 'Seconds.' },
    scope: text,
  }),
  TokenFault: object(['error', 'error_description'], {
    error: text,
    error_description: text,
    message_id: text,
  }),
  Health: object(['status'], {
    status: { type: 'string', enum: ['pass', 'warn', 'fail'] },
    version: text,
    releaseId: text,
    checks: { type: 'object' },
  }),
  SmartConfiguration: object(['token_endpoint', 'grant_types_supported', 'capabilities'], {
    token_endpoint: { type: 'string', format: 'uri' },
    grant_types_supported: list(text),
    scopes_supported: list(text),
    capabilities: list(text),
  }),
  ...Object.fromEntries(
    Object.entries(searchValueSchemas).map(([type, schema]) => [`Search-${type}`, schema]),
  ),
};
