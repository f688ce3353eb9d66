/**
 * Runs one `GET` of a batch as the call of a use case. It uses the same table as a separate request, so both behave
 * alike.
 */
import { stringify } from '../../../fhir/decimal';
import { visibilityOf } from '../../../engines/access/visibility';
import { type Answered, disclosing } from '../../../use-cases/call/answered';
import { nothing } from '../../../use-cases/call/disclosed';
import { tooCostly } from '../../../use-cases/call/failures';
import { roomForJson } from '../../../use-cases/call/reader';
import type { ReadingDependencies } from '../../../use-cases/reading/dependencies';
import { versionHeaders } from '../failure-answer';
import { type Interaction, interactions, type Shown } from '../interactions';
import { plainPath } from '../plain-path';
import { handlingOf } from '../reader';
import { outOfScope } from '../refusals';
import { type HttpFailure, Refused, refused, type RequestContext } from '../request-context';
import { pairsOf } from '../request-head';
import { type Audited, opens } from '../route';
import { type MetadataDependencies, statementText } from './metadata';

type Pairs = readonly (readonly [string, string])[];

/** The result of an entry. */
export interface EntryAnswer {
  /** Absent when the entry requested nothing personal: it is not recorded. */
  audited?: Audited;
  query: Pairs;
  /** The entry of the answer, as JSON text. */
  reply: Answered<string, HttpFailure>;
}

export interface EntryOptions {
  /** The most bytes that the answer to the entry may have. */
  maxBytes: number;
  isHead: boolean;
  reading: ReadingDependencies;
  statement: MetadataDependencies;
}

const METADATA = /^\/?metadata\/?(?:\?(.*))?$/;
/** How the audit trail records an entry that matches no interaction. */
const UNKNOWN: Audited = { action: 'E', interaction: 'search-type' };

export async function readEntry(
  context: RequestContext,
  entryUrl: string,
  options: EntryOptions,
): Promise<EntryAnswer> {
  const url = plainPath(entryUrl);
  const metadata = METADATA.exec(url);
  const meant = metadata ? undefined : meantBy(url);
  const audited = metadata ? {} : { audited: meant?.interaction.audit ?? UNKNOWN };
  let query: Pairs = [];
  try {
    if (metadata) {
      query = pairsOf(metadata[1] ?? '');
      const json = statementText({ ...context, query }, options.statement);
      return { query, reply: within({ json }, nothing, options) };
    }
    if (!meant) throw badUrl();
    const { interaction, path } = meant;
    refuseOutOfScope(context, interaction, path);
    query = pairsOf(meant.query);
    const result = await interaction.call(
      { reader: readerFor(context, options), path, query, handling: handlingOf(context) },
      options.reading,
    );
    return {
      ...audited,
      query,
      reply: result.ok ? within(result.answer, result.disclosed, options) : result,
    };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { ...audited, query, reply: disclosing({ ok: false, failure: error.failure }) };
  }
}

function readerFor(
  context: RequestContext,
  { reading, maxBytes }: EntryOptions,
): Parameters<Interaction['call']>[0]['reader'] {
  const { caller, reach, fhirBase, now, gone } = context;
  if (!caller) throw new Error('a batch was read without a caller');
  const visibility = visibilityOf(caller, reach, reading);
  return { caller, visibility, fhirBase, now, gone, room: roomForJson(maxBytes) };
}

/** @throws Refused (403) when a separate request for this read would need a scope that the caller lacks */
function refuseOutOfScope(
  { caller }: RequestContext,
  { access }: Interaction,
  { type: ofPath = '' }: Readonly<Record<string, string>>,
): void {
  const type = access.type === ':type' ? ofPath : access.type;
  if (caller && opens(caller.scopes, type, access)) return;
  throw outOfScope(type, access.interaction, access.whole);
}

const badUrl = (): Refused =>
  refused('bad-request', {
    code: 'invalid',
    rule: 'batch-url',
    text: 'The url of a read is not valid. Send Type/id, Type/id/_history, Type/id/_history/version, Type/_history, Type?search or metadata.',
  });

/** The pattern that each path parameter must match. */
const SEGMENTS: Readonly<Record<string, RegExp>> = {
  ':type': /^[A-Z][A-Za-z]{1,63}$/,
  ':id': /^[A-Za-z0-9\-.]{1,64}$/,
  ':version': /^[0-9]{1,9}$/,
};

/** The first interaction of the table whose path the URL has. */
function meantBy(
  url: string,
): { interaction: Interaction; path: Record<string, string>; query: string } | undefined {
  const mark = url.indexOf('?');
  const [path, query] = mark < 0 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)];
  const segments = path.replace(/^\//, '').split('/');
  for (const interaction of Object.values<Interaction>(interactions)) {
    const named = namedBy(interaction.path.split('/'), segments);
    if (named) return { interaction, path: named, query };
  }
  return undefined;
}

function namedBy(
  template: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  if (template.length !== segments.length) return undefined;
  const named: Record<string, string> = {};
  for (const [index, part] of template.entries()) {
    const segment = segments[index] ?? '';
    const allowed = SEGMENTS[part];
    if (allowed ? !allowed.test(segment) : part !== segment) return undefined;
    if (allowed) named[part.slice(1)] = segment;
  }
  return named;
}

/** The entry of the answer, if it fits. */
function within(
  { json, version }: Shown,
  disclosed: EntryAnswer['reply']['disclosed'],
  { isHead, maxBytes }: EntryOptions,
): EntryAnswer['reply'] {
  const resource = isHead ? undefined : json;
  if (resource !== undefined && Buffer.byteLength(resource) > maxBytes)
    return disclosing(tooCostly(maxBytes), disclosed);
  const response = stringify({
    status: '200',
    ...(version
      ? {
          etag: versionHeaders(version).ETag ?? '',
          lastModified: new Date(versionHeaders(version)['Last-Modified'] ?? '').toISOString(),
        }
      : {}),
  });
  const answer =
    resource === undefined ? `{"response":${response}}` : `{"resource":${resource},"response":${response}}`;
  return { ok: true, answer, disclosed };
}
