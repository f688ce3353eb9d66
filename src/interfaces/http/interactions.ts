/**
 * The table of reads that may be sent separately or as an entry of a batch. Each has a path, a scope, a name for the
 * audit trail, an OpenAPI text, and a function that calls the use case. Routes and batches are both made from this
 * table.
 * @see https://hl7.org/fhir/R4/http.html#summary
 */
import { stringify } from '../../fhir/decimal';
import { type Answered, disclosing, mapped } from '../../use-cases/call/answered';
import { tooCostly } from '../../use-cases/call/failures';
import type { Reader } from '../../use-cases/call/reader';
import { binary } from '../../use-cases/reading/binary';
import type { ReadingDependencies } from '../../use-cases/reading/dependencies';
import { history, historyOfType } from '../../use-cases/reading/history';
import { read, type ReadQuestion } from '../../use-cases/reading/read';
import { search } from '../../use-cases/reading/search';
import { readSubmission } from '../../use-cases/reading/submission';
import { historyParameters } from './history-parameters';
import { ofHistories, ofReads, ofSearches } from './openapi/parameters';
import type { OperationText } from './openapi/shapes';
import type { HttpFailure } from './request-context';
import { type Audited, scope, type ScopeOf, wholeScope } from './route';
import { searchParameters } from './search-parameters';
import { subsetOf } from './elements-of-read';

/** A read as requested, alone or in a batch. */
export interface Asked {
  reader: Reader;
  /** The parameters of the path. */
  path: Readonly<Record<string, string>>;
  query: readonly (readonly [string, string])[];
  handling: 'strict' | 'lenient';
  /** True for a version that the caller already has (`If-None-Match`). */
  isKnown?: ReadQuestion['isKnown'];
}

/** The answer to a read. */
export interface Shown {
  /** JSON text; absent when the caller already has it. */
  json?: string;
  /** Of one resource: its version. */
  version?: { version: number; lastUpdated: Date };
}

export interface Interaction {
  /** Below the base, such as `:type/:id`. */
  path: string;
  access: ScopeOf;
  audit: Audited;
  text: OperationText;
  /** @throws Refused where a parameter is not right */
  call: (asked: Asked, reading: ReadingDependencies) => Promise<Answered<Shown, HttpFailure>>;
}

/** In lookup order: the first whose path matches is used. */
export const interactions = {
  searchSubmissions: {
    path: 'Bundle',
    access: scope('Bundle', 's'),
    audit: { action: 'E', interaction: 'search-type' },
    text: {
      id: 'searchSubmissions',
      tag: 'Submissions',
      summary: 'Search submissions as Bundles',
      description:
        'A sender finds its own submissions. With `system/AuditEvent.rs` as well as `system/Bundle.rs`, a caller finds all submissions.',
      parameters: ofSearches,
      answers: { 200: 'Searchset' },
      faults: [400],
    },
    call: (asked, reading) => searchCall({ ...asked, path: { type: 'Bundle' } }, reading),
  },
  readSubmission: {
    path: 'Bundle/:id',
    access: wholeScope('Bundle', 'r'),
    audit: { action: 'R', interaction: 'read' },
    text: {
      id: 'readSubmissionAsBundle',
      tag: 'Submissions',
      summary: 'Read a submission as a Bundle',
      description:
        'For its sender, with `system/Bundle.rs`. For other callers, with `system/AuditEvent.rs` as well.',
      parameters: ['id', ...ofReads],
      answers: { 200: 'BundleRead', 304: 'NotModified' },
      faults: [400, 404],
    },
    call: submissionCall,
  },
  readVersionOfSubmission: {
    path: 'Bundle/:id/_history/:version',
    access: wholeScope('Bundle', 'r'),
    audit: { action: 'R', interaction: 'vread' },
    text: {
      id: 'readVersionOfSubmission',
      tag: 'Submissions',
      summary: 'Read a submission as a Bundle, by its version (which is 1)',
      parameters: ['id', 'version', ...ofReads],
      answers: { 200: 'BundleRead', 304: 'NotModified' },
      faults: [400, 404],
    },
    call: submissionCall,
  },
  historyOfSubmission: {
    path: 'Bundle/:id/_history',
    access: wholeScope('Bundle', 'r'),
    audit: { action: 'R', interaction: 'history-instance' },
    text: {
      id: 'readHistoryOfSubmission',
      tag: 'Submissions',
      summary: 'The versions of a submission as a Bundle (there is one)',
      parameters: ['id', ...ofHistories],
      answers: { 200: 'History' },
      faults: [400, 404],
    },
    call: (asked, reading) => historyCall({ ...asked, path: { ...asked.path, type: 'Bundle' } }, reading),
  },
  readDocument: {
    path: 'Binary/:id',
    access: scope('Binary', 'r'),
    audit: { action: 'R', interaction: 'read' },
    text: {
      id: 'readDocument',
      tag: 'Documents',
      summary: 'Read a document as it was sent',
      description:
        'The address is in `DocumentReference.content.attachment.url`. The request needs the scope `system/DocumentReference.r`.',
      parameters: ['id', 'range', 'ifRange', 'ifNoneMatch', 'ifModifiedSince', '_formatOfDocument'],
      answers: { 200: 'Document', 206: 'DocumentPart', 304: 'NotModified' },
      faults: [404, 406, 416],
    },
    call: binaryCall,
  },
  historyOfType: {
    path: ':type/_history',
    access: scope(':type', 'r'),
    audit: { action: 'R', interaction: 'history-type' },
    text: {
      id: 'readHistoryOfType',
      tag: 'Reading',
      summary: 'The versions of all resources of a type',
      parameters: ['type', ...ofHistories, '_cursor'],
      answers: { 200: 'History' },
      faults: [400, 404],
    },
    call: ({ reader, path: { type = '' }, query, handling }, reading) =>
      historyOfType(reader, { type, ...historyParameters(query, handling, '_cursor') }, reading),
  },
  readVersion: {
    path: ':type/:id/_history/:version',
    access: scope(':type', 'r'),
    audit: { action: 'R', interaction: 'vread' },
    text: {
      id: 'readVersion',
      tag: 'Reading',
      summary: 'Read one version of a resource',
      parameters: ['type', 'id', 'version', ...ofReads],
      answers: { 200: 'Read', 304: 'NotModified' },
      faults: [400, 404, 410],
    },
    call: readCall,
  },
  history: {
    path: ':type/:id/_history',
    access: scope(':type', 'r'),
    audit: { action: 'R', interaction: 'history-instance' },
    text: {
      id: 'readHistory',
      tag: 'Reading',
      summary: 'The versions of a resource',
      parameters: ['type', 'id', ...ofHistories],
      answers: { 200: 'History' },
      faults: [400, 404],
    },
    call: historyCall,
  },
  read: {
    path: ':type/:id',
    access: scope(':type', 'r'),
    audit: { action: 'R', interaction: 'read' },
    text: {
      id: 'read',
      tag: 'Reading',
      summary: 'Read a resource',
      parameters: ['type', 'id', ...ofReads],
      answers: { 200: 'Read', 304: 'NotModified' },
      faults: [400, 404, 410],
    },
    call: readCall,
  },
  search: {
    path: ':type',
    access: scope(':type', 's'),
    audit: { action: 'E', interaction: 'search-type' },
    text: {
      id: 'search',
      tag: 'Reading',
      summary: 'Search resources of a type',
      parameters: ['type', ...ofSearches],
      answers: { 200: 'Searchset' },
      faults: [400, 404],
    },
    call: searchCall,
  },
} satisfies Record<string, Interaction>;

function searchCall(
  { reader, path: { type = '' }, query, handling }: Asked,
  reading: ReadingDependencies,
): ReturnType<Interaction['call']> {
  return search(reader, { type, handling, ...searchParameters(query) }, reading);
}

function historyCall(
  { reader, path: { type = '', id = '' }, query, handling }: Asked,
  reading: ReadingDependencies,
): ReturnType<Interaction['call']> {
  return history(reader, { type, id, ...historyParameters(query, handling, '_before') }, reading);
}

/** The question of a read, for its use case. */
function readQuestion({ path: { id = '', version }, query, isKnown }: Asked): Omit<ReadQuestion, 'type'> {
  const subset = subsetOf({ query });
  return {
    id,
    ...(version === undefined ? {} : { version }),
    ...(subset === undefined ? {} : { subset }),
    ...(isKnown === undefined ? {} : { isKnown }),
  };
}

async function readCall(asked: Asked, reading: ReadingDependencies): ReturnType<Interaction['call']> {
  const { type = '' } = asked.path;
  const result = await read(asked.reader, { type, ...readQuestion(asked) }, reading);
  return mapped(result, ({ content, ...version }) => ({
    ...(content === undefined ? {} : { json: content }),
    version,
  }));
}

async function submissionCall(asked: Asked, reading: ReadingDependencies): ReturnType<Interaction['call']> {
  const result = await readSubmission(asked.reader, readQuestion(asked), reading);
  return mapped(result, ({ resource, ...version }) => ({
    ...(resource === undefined ? {} : { json: stringify(resource) }),
    version,
  }));
}

/** Reads a document as FHIR, whole, only if it fits into the answer. */
async function binaryCall(
  { reader, path: { id = '' } }: Asked,
  reading: ReadingDependencies,
): ReturnType<Interaction['call']> {
  const result = await binary(reader, { id }, reading);
  if (!result.ok) return result;
  const { record, pieces } = result.answer;
  const { maxBytes } = reader.room;
  if ((4 * record.size) / 3 > maxBytes) return disclosing(tooCostly(maxBytes), result.disclosed);
  const texts: string[] = [];
  for await (const piece of pieces()) texts.push(piece.toString('base64'));
  const resource = {
    resourceType: 'Binary',
    id: record.id,
    meta: { versionId: '1', lastUpdated: record.lastUpdated.toISOString() },
    contentType: record.contentType,
    data: texts.join(''),
  };
  return {
    ...result,
    answer: { json: stringify(resource), version: { version: 1, lastUpdated: record.lastUpdated } },
  };
}
