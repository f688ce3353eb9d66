/**
 * A message that retracts a document (MDM^T11, or TXA-19 `CA`, or documents that were all wrong) is a correction of the
 * summary with that document: the same Bundle, with the document entered in error.
 */
import { isObject, isResource, listOf, type AnyResource, type Json, type JsonObject } from '../../fhir/types';
import { isWrong } from './content';
import { isOfSummary } from './in-lineage';
import { documentNumberOf } from './mapping/summary-of';
import type { Message } from './message';
import { sentAtOf } from './times';

/** True of a message that retracts its document. */
export function isRetraction(message: Message, trigger: string): boolean {
  if (trigger === 'T11') return true;
  if (message.first('TXA')?.text(19)?.toUpperCase() === 'CA') return true;
  const documents = message.all('OBX').filter((obx) => obx.text(2) === 'ED');
  return documents.length > 0 && documents.every(isWrong);
}

/**
 * The Bundle of the earlier submission, with its document entered in error at the time of the message. Of several
 * documents that is the one with the number in the message; all of them when none has it. A death that the summary said is
 * taken back where PID-30 says `N`; a death that only the retraction says is not taken.
 * @param lineage the one in which the earlier submission was stored. Its Bundle may have another identifier, or none
 */
export function retracted(
  earlier: AnyResource,
  message: Message,
  lineage: JsonObject | undefined,
): AnyResource {
  const number = documentNumberOf(message, '')?.value;
  const entries = listOf<Json>(earlier.entry);
  const hasNumber = ({ masterIdentifier }: AnyResource): boolean =>
    isObject(masterIdentifier) && masterIdentifier.value === number;
  const isNamed = entries.some((entry) => documentIn(entry, hasNumber) !== undefined);
  const isMeant = (document: AnyResource): boolean => !isNamed || hasNumber(document);
  const isAlive = deniesDeath(message);
  const sentAt = message.header.text(7);
  const { versionId, lastUpdated, ...meta } = isObject(earlier.meta) ? earlier.meta : {};
  const isWhole = typeof versionId === 'string' && /^\d{1,15}$/.test(versionId);
  const isFiledByNumber = lineage !== undefined && !isOfSummary(earlier, lineage);
  return {
    ...earlier,
    meta: {
      ...meta,
      // The time decides which is newer. Where the earlier one has none, its version does.
      ...(lastUpdated === undefined && isWhole && !isFiledByNumber
        ? { versionId: String(Number(versionId) + 1) }
        : {}),
      ...(sentAt === undefined ? {} : { lastUpdated: sentAtOf(sentAt, 'T11') }),
    },
    ...(isFiledByNumber ? { identifier: lineage } : {}),
    entry: entries.map((entry) => {
      const document = documentIn(entry, isMeant);
      if (!isObject(entry) || !isResource(entry.resource)) return entry;
      if (document) return { ...entry, resource: { ...document, status: 'entered-in-error' } };
      return isAlive && entry.resource.resourceType === 'Patient'
        ? { ...entry, resource: withoutDeath(entry.resource) }
        : entry;
    }),
  };
}

const deniesDeath = (message: Message): boolean => {
  const pid = message.first('PID');
  return pid?.text(29) === undefined && pid?.text(30)?.toUpperCase() === 'N';
};

function withoutDeath({
  deceasedDateTime: _dateTime,
  _deceasedDateTime: _more,
  ...patient
}: AnyResource): AnyResource {
  return { ...patient, deceasedBoolean: false };
}

function documentIn(entry: Json, isMeant: (document: AnyResource) => boolean): AnyResource | undefined {
  const resource = isObject(entry) ? entry.resource : undefined;
  return isResource(resource) && resource.resourceType === 'DocumentReference' && isMeant(resource)
    ? resource
    : undefined;
}
