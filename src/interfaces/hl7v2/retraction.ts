/**
 * A message that retracts a document (MDM^T11, or TXA-19 `CA`, or a result that was wrong) is a correction of the
 * summary with that document: the same Bundle, with the document entered in error.
 */
import { isObject, listOf, type AnyResource } from '../../fhir/types';
import type { Message } from './message';
import { sentAtOf } from './times';

/** True of a message that retracts its document. */
export function isRetraction(message: Message, trigger: string): boolean {
  if (trigger === 'T11') return true;
  const txa = message.first('TXA');
  if (txa) return txa.text(19)?.toUpperCase() === 'CA';
  const documents = message.all('OBX').filter((obx) => obx.text(2) === 'ED');
  return documents.length > 0 && documents.every((obx) => ['W', 'D'].includes(obx.text(11) ?? ''));
}

/** The Bundle of the earlier submission, with its document entered in error at the time of the message. */
export function retracted(earlier: AnyResource, message: Message): AnyResource {
  const sentAt = message.header.text(7);
  const { versionId, lastUpdated, ...meta } = isObject(earlier.meta) ? earlier.meta : {};
  const isWhole = typeof versionId === 'string' && /^\d{1,15}$/.test(versionId);
  return {
    ...earlier,
    meta: {
      ...meta,
      // The time decides which is newer. Where the earlier one has none, its version does.
      ...(lastUpdated === undefined && isWhole ? { versionId: String(Number(versionId) + 1) } : {}),
      ...(sentAt === undefined ? {} : { lastUpdated: sentAtOf(sentAt, 'T11') }),
    },
    entry: listOf(earlier.entry).map((entry) =>
      isObject(entry) && isObject(entry.resource) && entry.resource.resourceType === 'DocumentReference'
        ? { ...entry, resource: { ...entry.resource, status: 'entered-in-error' } }
        : entry,
    ),
  };
}
