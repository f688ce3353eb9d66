/** Translates between HTTP and the use cases: the caller of a request, and the answer of a use case. */
import { visibilityOf } from '../../engines/access/visibility';
import type { ReadingDependencies } from '../../use-cases/reading/dependencies';
import type { Reader, Room } from '../../use-cases/call/reader';
import type { Answer, RequestContext } from './request-context';
import { renderingOf } from './rendering';
import { render } from './respond';

export interface HttpReader extends Reader {
  room: HttpRoom;
}

/** Measures an answer in the format that the caller accepts, and keeps the rendered answer to send it. */
export interface HttpRoom extends Room {
  contentOf(json: string): Pick<Answer, 'json' | 'bytes'>;
}

/** @throws when the request is not authenticated: every route that reads needs a token */
export function readerOf(context: RequestContext, reading: ReadingDependencies): HttpReader {
  const { caller, reach, fhirBase, now, gone } = context;
  if (!caller) throw new Error('a use case was called without a caller');
  return {
    caller,
    visibility: visibilityOf(caller, reach, reading),
    fhirBase,
    now,
    gone,
    room: roomOf(context),
  };
}

function roomOf(context: RequestContext): HttpRoom {
  const rendering = renderingOf(context);
  let last: { json: string; bytes: NonNullable<Answer['bytes']> } | undefined;
  return {
    maxBytes: context.maxAnswerBytes,
    bytesOf(json) {
      const bytes = render({ status: 200, json }, rendering);
      if (!bytes) return 0;
      last = { json, bytes };
      return bytes.body.length;
    },
    contentOf: (json) => (last?.json === json ? { bytes: last.bytes } : { json }),
  };
}

/** Answers with a Bundle that was assembled as text. */
export const bundleAnswer = ({ room }: HttpReader, { json }: { json: string }): Answer => ({
  status: 200,
  ...room.contentOf(json),
});

/** `Prefer: handling=lenient`; strict unless requested. */
export const handlingOf = ({ prefer }: Pick<RequestContext, 'prefer'>): 'strict' | 'lenient' =>
  prefer.handling === 'lenient' ? 'lenient' : 'strict';
