/**
 * Limits what all senders share. Each later submission about a patient reads the Patient and the organisations, whoever
 * stored them last: a few of the size of a body would be too much for it.
 */
import type { ResolvedEntry } from '../resolve/resolve';
import type { Failure } from '../steps';

const MEGABYTE = 1024 * 1024;

/** The fault of a Patient or Organization that is too large. */
export function tooLargeToShare({
  definition: { type, mostMegabytes },
  request,
}: Pick<ResolvedEntry, 'definition' | 'request'>): Failure | undefined {
  if (mostMegabytes === undefined) return undefined;
  if (Buffer.byteLength(JSON.stringify(request.resource)) <= mostMegabytes * MEGABYTE) return undefined;
  return {
    category: 'invalid',
    issues: [
      {
        severity: 'error',
        code: 'too-long',
        rule: 'submission-shared-too-large',
        text: `This ${type} is larger than ${mostMegabytes} MB. Every later submission about it reads it, so it is not stored. Leave out what is large, or give its address: a photo may be a \`url\`.`,
        expression: `Bundle.entry[${request.index}].resource`,
        source: 'Who is who',
      },
    ],
  };
}
