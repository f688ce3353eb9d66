/** The limits of bodies, answers, requests and records. @see docs/configuration.md */
import { getHeapStatistics } from 'node:v8';
import { whole } from './variable';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
/** The memory that Node.js gives to JavaScript on this machine, in bytes. */
const HEAP_LIMIT = getHeapStatistics().heap_size_limit;

export const limits = {
  maxBodyBytes: whole('MAX_BODY_BYTES', {
    unlessSet: 32 * MIB,
    from: KIB,
    to: 512 * MIB,
    meaning: 'The largest body, before and after decompression (32 MiB).',
  }),
  maxBodyBytesInFlight: whole('MAX_BODY_BYTES_IN_FLIGHT', {
    unlessSet: Math.min(512 * MIB, HEAP_LIMIT),
    shown: '536870912, or less with little memory',
    from: KIB,
    to: 64 * GIB,
    meaning:
      'The most bytes of request bodies in progress in this node, over all its processes, counted from their first byte. Above it, senders get 503. The default is 512 MiB, or the memory that Node.js gives to JavaScript (`--max-old-space-size`) if that is less. The same limit applies to large answers that wait for the client to read them. Above it, the server drops the answers that have waited longest.',
  }),
  maxAnswerBytes: whole('MAX_ANSWER_BYTES', {
    unlessSet: Math.min(64 * MIB, Math.floor(HEAP_LIMIT / 32)),
    shown: '67108864, or less with little memory',
    from: KIB,
    to: 256 * MIB,
    meaning:
      'The largest answer, before compression. Searches, histories, `$everything` and `/submissions` end the page early. Other requests get 403. A Binary read by itself has no limit. The default is 64 MiB, or 1/32 of the memory that Node.js gives to JavaScript (`--max-old-space-size`) if that is less.',
  }),
  maxUploadsPerClient: whole('MAX_UPLOADS_PER_CLIENT', {
    unlessSet: 0,
    from: 0,
    to: 10_000,
    meaning:
      'The most submissions that one client may have in progress at once. Above it, the answer is 429. 0 means no limit.',
  }),
  rateLimitPerMinute: whole('RATE_LIMIT_PER_MINUTE', {
    unlessSet: 0,
    from: 0,
    to: 10_000_000,
    meaning:
      'The most requests that one client may make in a minute. Above it, the answer is 429. 0 means no limit.',
  }),
  strangersRecordedPerMinute: whole('STRANGERS_RECORDED_PER_MINUTE', {
    unlessSet: 600,
    from: 1,
    to: 1_000_000,
    meaning:
      'The most audit records of requests without a valid token, for one address (or one /64 network), in a minute. Each process has an equal part of it. The limit for all addresses together is five times as high. Requests above the limit are counted, and one record gives their number.',
  }),
};
