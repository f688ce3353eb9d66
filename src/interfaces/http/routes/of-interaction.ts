/** Makes the route of an interaction that may also be an entry of a batch: the same call, with HTTP headers. */
import { mapped } from '../../../use-cases/call/answered';
import type { ReadingDependencies } from '../../../use-cases/reading/dependencies';
import { versionHeaders } from '../failure-answer';
import { isFresh } from '../not-modified';
import type { Interaction, Shown } from '../interactions';
import { handlingOf, type HttpReader, readerOf } from '../reader';
import type { Answer, Reply, RequestContext } from '../request-context';
import { fhir, type RouteToPatients } from '../route';

export function routeOf(interaction: Interaction, reading: ReadingDependencies): RouteToPatients {
  const { path, access, audit, text } = interaction;
  return {
    method: 'GET',
    path: `${fhir}/${path}`,
    access,
    produces: 'fhir',
    audit,
    text,
    handler: (context) => answerTo(interaction, context, reading),
  };
}

/** Calls the use case of the interaction with the values of the request. */
export async function answerTo(
  { call }: Interaction,
  context: RequestContext,
  reading: ReadingDependencies,
): Promise<Reply> {
  const reader = readerOf(context, reading);
  const { path, query, request } = context;
  const result = await call(
    {
      reader,
      path,
      query,
      handling: handlingOf(context),
      isKnown: ({ version, lastUpdated }) => isFresh(request, { etag: `"${version}"`, lastUpdated }),
    },
    reading,
  );
  return mapped(result, (shown) => answerOf(shown, reader));
}

function answerOf({ json, version }: Shown, { room }: HttpReader): Answer {
  const headers = version && versionHeaders(version);
  return {
    status: json === undefined ? 304 : 200,
    ...(headers ? { headers } : {}),
    ...(json === undefined ? {} : room.contentOf(json)),
  };
}
