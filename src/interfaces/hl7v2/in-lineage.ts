/** A Bundle in the summary that the number of its document names. A pure function of the message. */
import { isObject, type AnyResource, type JsonObject } from '../../fhir/types';
import { lineageOf } from '../../use-cases/submitting/recognise/bundle-facts';
import { keyOf } from './identifiers';
import type { Message } from './message';
import { sentAtOf } from './times';

/**
 * @param identifier of the summary
 * @returns the Bundle itself where it has the identifier, or there is none
 */
export function inLineage(
  bundle: AnyResource,
  message: Message,
  identifier: JsonObject | undefined,
): AnyResource {
  if (!identifier || isOfSummary(bundle, identifier)) return bundle;
  // A Bundle of type document must have an identifier of its own: without one it is refused.
  if (bundle.identifier === undefined && bundle.type === 'document') return bundle;
  const { versionId: _versionId, ...meta } = isObject(bundle.meta) ? bundle.meta : {};
  const sentAt = message.header.text(7);
  if (sentAt === undefined) return { ...bundle, identifier };
  return {
    ...bundle,
    identifier,
    meta: { ...meta, lastUpdated: sentAtOf(sentAt, message.header.text(9, 2) ?? '') },
  };
}

/** True of a Bundle that says itself that it is of the summary. @param identifier as the register of submissions has it */
export const isOfSummary = (bundle: AnyResource, identifier: JsonObject): boolean =>
  lineageOf(bundle.identifier) === keyOf(identifier);
