/** Parameters that several operations share, and how a search parameter of a type is described. */
import type { SearchParameter, SearchParameterType } from '../../../definitions/table';
import type { JsonObject } from '../../../fhir/types';
import { type Parameter, ref } from './shapes';

const text: JsonObject = { type: 'string' };
const header = (name: string, description: string, schema: JsonObject = text): Parameter => ({
  name,
  in: 'header',
  description,
  schema,
});
const query = (name: string, description: string, schema: JsonObject = text): Parameter => ({
  name,
  in: 'query',
  description,
  schema,
});
const path = (name: string, description: string, schema: JsonObject = text): Parameter => ({
  name,
  in: 'path',
  description,
  required: true,
  schema,
});

export const parameters: Readonly<Record<string, Parameter>> = {
  type: path('type', 'A resource type of FHIR R4, such as `Procedure`.', {
    type: 'string',
    pattern: '^[A-Z][A-Za-z]+$',
  }),
  id: path('id', 'The server’s id of the resource.', { type: 'string', format: 'uuid' }),
  compartment: path('patient', 'The server’s id of the Patient.', { type: 'string', format: 'uuid' }),
  version: path('version', 'The number of the version, from 1.', {
    type: 'string',
    pattern: '^[1-9][0-9]*$',
  }),
  file: path('file', 'A file that the page of the API loads.'),

  requestId: header(
    'X-Request-ID',
    'The request id of the caller. If it is missing, the server makes a new one.',
  ),
  correlationId: header('X-Correlation-ID', 'The server returns it unchanged.'),
  endUserOrganisation: header(
    'NHSD-End-User-Organisation-ODS',
    'The ODS code of the organisation of the user, if it is not the one in the token. For the audit trail.',
  ),
  preferReturn: header(
    'Prefer',
    '`return=OperationOutcome` (the default), `return=minimal` or `return=representation`; and `handling=strict`, with which the server repairs nothing, and each repair is an error.',
  ),
  preferHandling: header(
    'Prefer',
    '`handling=lenient`: the server ignores and reports unknown parameters. By default (`handling=strict`) it refuses them.',
  ),
  contentEncoding: header('Content-Encoding', '`gzip`, if the body is gzip.', {
    type: 'string',
    enum: ['gzip'],
  }),
  ifNoneMatch: header(
    'If-None-Match',
    'ETags that the caller has. The answer is 304 if one of them is current.',
  ),
  ifModifiedSince: header('If-Modified-Since', 'The answer is 304 if nothing has changed since.'),
  range: header('Range', 'One range of bytes: `bytes=0-65535`.'),
  ifRange: header(
    'If-Range',
    'An ETag. The server sends the range only if it is still the ETag of the document.',
  ),

  _format: query('_format', 'The format of the answer, instead of `Accept`.', {
    type: 'string',
    enum: [
      'json',
      'xml',
      'application/fhir+json',
      'application/fhir+xml',
      'application/json',
      'application/xml',
      'text/json',
      'text/xml',
    ],
  }),
  _formatOfDocument: query(
    '_format',
    '`json` or `xml` for a FHIR Binary, or the media type of the document; instead of `Accept`.',
  ),
  _pretty: query('_pretty', 'Any value except `false`: the answer is indented.'),
  _summary: query(
    '_summary',
    'Which part of the resource to return: `true` the summary elements of R4, `text` the narrative, `data` all but the narrative.',
    {
      type: 'string',
      enum: ['true', 'text', 'data', 'false'],
    },
  ),
  _summaryOfSearch: query('_summary', 'A part of each resource. `count`: only the total.', {
    type: 'string',
    enum: ['true', 'text', 'data', 'count', 'false'],
  }),
  _elements: query(
    '_elements',
    'Names of elements, separated by commas. The answer has only these and the mandatory elements.',
  ),
  _count: query('_count', 'Number of results on a page. Default 50, maximum 1,000.', {
    type: 'integer',
    minimum: 0,
  }),
  _sort: query(
    '_sort',
    'Search parameters, separated by commas. `-` before a parameter reverses the order. Default: newest first.',
  ),
  _total: query('_total', 'Whether to count the total.', {
    type: 'string',
    enum: ['none', 'estimate', 'accurate'],
  }),
  _include: query('_include', 'Also return the resources that the matches refer to: `Encounter:patient`.'),
  _revinclude: query(
    '_revinclude',
    'Also return the resources that refer to the matches: `Observation:encounter`.',
  ),
  _has: query(
    '_has',
    'Finds resources that another resource refers to, written `_has:Observation:patient:code=…`.',
  ),
  _cursor: query('_cursor', 'The position of a page, from the `next` link. Use it without changes.'),
  _at: query('_at', 'Only versions that were current at some moment of this date or instant.'),
  _since: query('_since', 'Only versions since this instant.', { type: 'string', format: 'date-time' }),

  status: query('status', 'The status of the submission.', { type: 'string', enum: ['accepted', 'refused'] }),
  sender: query('sender', 'The ODS code of the sender.'),
  nhsNumber: query('nhs-number', 'An NHS number in the submission: ten digits.', {
    type: 'string',
    pattern: '^[0-9]{10}$',
  }),
  review: query(
    'review',
    '`open`: refused, or accepted with a reason for review, and its review is not closed. `closed`: its review is closed. `true`, `false`: whether it has a reason for review.',
    { type: 'string', enum: ['open', 'closed', 'true', 'false'] },
  ),
  ofPatient: query('patient', 'The server’s id of the patient.'),
  anNhsNumber: query('nhs-number', 'The NHS number of the patient.'),
  since: query('from', 'A date or an instant. Events at this time or later.'),
  until: query('to', 'A date (the whole day is included) or an instant. Events before this time.'),
  ofMonth: query(
    'month',
    'A month such as `2026-03`. It is read from its file where it is outside of the database.',
    {
      type: 'string',
      pattern: '^[0-9]{4}-(0[1-9]|1[0-2])$',
    },
  ),
  rows: query('limit', 'Number of rows. Default 500 (10,000 as CSV), maximum 50,000.', {
    type: 'integer',
    minimum: 1,
    maximum: 50_000,
  }),
  limit: query('limit', 'Number of results on a page. Default 50, maximum 500.', {
    type: 'integer',
    minimum: 1,
    maximum: 500,
  }),
  _type: query('_type', 'Resource types, separated by commas. The answer has only these.'),
  start: query('start', 'Care since this date.'),
  end: query('end', 'Care until this date.'),
  _page: query('_page', 'The position of a page, from the `next` link. Use it without changes.'),
  patient: { ...query('patient', 'The patient: `Patient/<id>` or the id.'), required: true },
  max: query('max', 'Number of results for each code. Default 1.', {
    type: 'integer',
    minimum: 1,
    maximum: 999,
  }),
  category: query('category', 'Only of this category: `vital-signs`.'),
  code: query('code', 'Only of these codes.'),
  documentType: query('type', 'Only documents of this type.'),
  from: query('from', 'Received at this instant or later.', { type: 'string', format: 'date-time' }),
  to: query('to', 'Received before this instant.', { type: 'string', format: 'date-time' }),
  messageAsync: query('async', '`true`: the message is answered later.', {
    type: 'string',
    enum: ['true', 'false'],
  }),
  responseUrl: query(
    'response-url',
    'With `async=true`: where to send the answer. One of the addresses of `RESPONSE_URLS`, exactly. If it is missing, the answer goes to MessageHeader.source.endpoint, if that is one of them.',
  ),
  deliveryState: query('state', 'The state of the delivery.', {
    type: 'string',
    enum: ['waiting', 'delivered', 'refused', 'failed'],
  }),
  deliveryName: query('name', 'The destination, such as the name of a rule of `FORWARD_FILE`.'),
  deliveryId: path('id', 'The id of the delivery.', { type: 'string', format: 'uuid' }),
  cursor: query('cursor', 'The position of a page: `next` of the previous page.'),
};

/** What the caller may send with any request. */
export const everywhere = ['requestId', 'correlationId'];
/** Parameters that set the format of a FHIR answer. */
export const ofFhir = ['_format', '_pretty'];
export const ofReads = ['ifNoneMatch', 'ifModifiedSince', '_summary', '_elements'];
export const ofSearches = [
  'preferHandling',
  '_count',
  '_sort',
  '_total',
  '_summaryOfSearch',
  '_elements',
  '_include',
  '_revinclude',
  '_has',
  '_cursor',
];

export const ofHistories = ['preferHandling', '_count', '_since', '_at', '_summary', '_elements'];
export const ofEverything = [
  'id',
  'preferHandling',
  '_since',
  '_type',
  'start',
  'end',
  '_count',
  '_summary',
  '_elements',
  '_page',
];

/** How a value of each type of search parameter is written. @see https://hl7.org/fhir/R4/search.html#ptypes */
export const searchValueSchemas: Readonly<Record<SearchParameterType, JsonObject>> = {
  token: { type: 'string', description: '`code`, `system|code`, `|code` or `system|`. Commas mean "or".' },
  reference: {
    type: 'string',
    description:
      '`Type/id`, `id` or a URL; `:identifier=system|value`, `:Type` and chains (`.name`) search by the resource that is referred to.',
  },
  date: {
    type: 'string',
    description:
      'A date or instant, with an optional prefix: `ge`, `le`, `gt`, `lt`, `ne`, `sa`, `eb` or `ap`. Repeat the parameter for a range.',
  },
  string: {
    type: 'string',
    description: 'The start of the text, without regard to case and accents; `:exact`, `:contains`.',
  },
  quantity: {
    type: 'string',
    description: '`5.4|http://unitsofmeasure.org|mg`, with the prefixes of dates.',
  },
  number: { type: 'string', description: 'A number, with the prefixes of dates.' },
  uri: { type: 'string', description: 'The exact URI; `:below`, `:above`.' },
  composite: { type: 'string', description: 'The values of its components, separated by `$`.' },
  special: { type: 'string' },
};

export function searchParameter({ code, type, documentation }: SearchParameter): JsonObject {
  return {
    name: code,
    in: 'query',
    description: documentation,
    schema: ref('schemas', `Search-${type}`),
  };
}

/** The search parameters that find a patient by NHS number through a reference parameter. */
export function byIdentifier(code: string): JsonObject[] {
  return [`${code}:identifier`, ...(code === 'patient' ? [`${code}.identifier`] : [])].map((name) => ({
    name,
    in: 'query',
    description: 'The patient by NHS number. Use POST to `_search` to keep it out of URLs.',
    schema: ref('schemas', 'Search-token'),
    example: 'https://fhir.nhs.uk/Id/nhs-number|9990000018',
  }));
}
