/**
 * Fetches a JSON document (a key set) from another server, with limits on time and size. Refuses redirects, because a
 * key set is trusted for its address.
 */
import { gatherBytes } from '../../platform/gather-bytes';

const TIMEOUT_MILLIS = 5_000;
const MAX_BYTES = 256 * 1024;

/** @throws when the address cannot be reached, does not answer 200 in time, or the answer is too large or not JSON */
export async function fetchJson(uri: string): Promise<unknown> {
  const response = await fetch(uri, {
    redirect: 'error',
    headers: { accept: 'application/jwk-set+json, application/json' },
    signal: AbortSignal.timeout(TIMEOUT_MILLIS),
  });
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel();
    throw new Error(`the answer was ${response.status}`);
  }
  const json = gatherBytes();
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    json.add(chunk);
    if (json.size() > MAX_BYTES) throw new Error(`the answer was larger than ${MAX_BYTES} bytes`);
  }
  return JSON.parse(json.bytes().toString('utf8')) as unknown;
}
