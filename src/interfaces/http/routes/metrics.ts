/**
 * `GET /metrics`, for Prometheus. It is not part of the API that senders and readers use, so the OpenAPI document does
 * not have it. On a loopback address it needs no token. On any other it needs `METRICS_TOKEN`, and without that setting
 * the path does not exist.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Metrics } from '../../../platform/metrics/metrics';
import { type RequestContext, refused } from '../request-context';
import { open, type RouteToNobody } from '../route';

export interface MetricsAccess {
  /** Whether the port can only be reached from this machine. */
  isLoopback: boolean;
  /** `METRICS_TOKEN` */
  token: string | undefined;
}

/** @returns the route, or none where the path must not exist */
export function metricsRoutes(
  metrics: Pick<Metrics, 'text' | 'contentType'>,
  { isLoopback, token }: MetricsAccess,
): RouteToNobody[] {
  if (!isLoopback && token === undefined) return [];
  return [
    {
      method: 'GET',
      path: '/metrics',
      access: open,
      produces: 'own',
      text: {
        id: 'readMetrics',
        tag: 'Server',
        summary: 'Metrics for Prometheus',
        answers: { 200: 'Metrics' },
      },
      handler: async (context) => {
        if (!isLoopback) checkToken(context, token!);
        const body = Buffer.from(await metrics.text());
        return { status: 200, bytes: { contentType: metrics.contentType, body } };
      },
    },
  ];
}

/** @throws Refused (401) */
function checkToken({ request }: RequestContext, token: string): void {
  const given = request.headersDistinct.authorization ?? [];
  const [, bearer] = given.length === 1 ? (/^Bearer +([^ ]+) *$/i.exec(given[0]!) ?? []) : [];
  if (bearer !== undefined && timingSafeEqual(digestOf(bearer), digestOf(token))) return;
  const isMissing = given.length === 0;
  throw refused(
    'unauthenticated',
    {
      code: isMissing ? 'login' : 'security',
      rule: isMissing ? 'http-no-token' : 'http-token',
      text: isMissing
        ? 'The metrics need a bearer token. Send the METRICS_TOKEN of this server in the Authorization header.'
        : 'The bearer token is not the METRICS_TOKEN of this server.',
    },
    { 'WWW-Authenticate': isMissing ? 'Bearer' : 'Bearer error="invalid_token"' },
  );
}

/** Digests have one length, which the comparison in constant time needs. */
const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();
