/** Decides which identifiers still identify a resource. @see semantics "Who is who" */
import { dateRange } from './date';
import { isObject, type AnyResource, type JsonObject } from './types';

/**
 * True for an Identifier that is still valid. One of use `old`, or whose period has ended, is not used for matching.
 * @param at milliseconds since 1970
 */
export function isCurrent({ use, period }: JsonObject, at: number = Date.now()): boolean {
  if (use === 'old') return false;
  const end = isObject(period) && typeof period.end === 'string' ? dateRange(period.end)?.end : undefined;
  return end === undefined || end.getTime() > at;
}

/** When a stored resource was stored. Columns use this time, because they must depend only on the stored resource. */
export function storedAt({ meta }: AnyResource): number {
  const at = isObject(meta) && typeof meta.lastUpdated === 'string' ? Date.parse(meta.lastUpdated) : NaN;
  return Number.isNaN(at) ? Date.now() : at;
}
