/**
 * Warns where the condition of an entry found a stored resource, so that the entry is not written, and it says
 * something else. FHIR asks for that, but a sender may have meant a correction: the outcome of a rule may even say what
 * the entry would have been stored as. Nothing of such a submission is passed on.
 * @see https://hl7.org/fhir/R4/http.html#ccreate
 */
import type { AnyResource, JsonObject } from '../../../fhir/types';
import { changedAt, detach, objectsAt } from '../decompose/documents';
import { remark } from '../match/remark';
import type { ResolvedEntry } from '../resolve/resolve';
import type { StoredResource } from '../stored-before/stored-resource';
import type { Versioning } from './plan';
import { sameContent } from './same-content';

/** The warning, by which passing on knows such a submission. */
export const CONDITION_KEPT = 'submission-condition-kept';

/** Many senders describe an organisation, a person or a place, each in its way: there, other words are no reason. */
export const isOfPatient = ({ merge, table }: ResolvedEntry['definition']): boolean =>
  !merge && table.patient.length > 0;

export function remarkOnConditionKept(
  { definition, request, resource }: ResolvedEntry,
  stored: StoredResource,
  { issues, review }: Pick<Versioning, 'issues' | 'review'>,
): void {
  if (!isOfPatient(definition)) return;
  const paths = definition.table.documents ?? [];
  const sent = detach(resource, paths, () => '').resource;
  if (sameContent(comparable(sent, sent, paths), comparable(stored.content, sent, paths))) return;
  remark(
    issues,
    request,
    CONDITION_KEPT,
    `The condition of this entry (ifNoneExist) found ${definition.type}/${stored.id}, which stays as it is. This entry says something else, and nothing of it is stored. To correct the stored resource, send the entry without ifNoneExist, or as PUT.`,
  );
  review.push(
    'A condition (ifNoneExist) kept stored content, and what the summary says otherwise is not stored',
  );
}

/** Without the addresses of documents, which differ at each submission; their hash says whether they are the same. */
function comparable(resource: AnyResource, sent: AnyResource, paths: readonly string[]): AnyResource {
  // A document that lies in a Binary beside it has no hash yet.
  const isHashed = paths
    .flatMap((path) => objectsAt(sent, path.split('.')))
    .every(({ hash }) => hash !== undefined);
  let whole: JsonObject = resource;
  for (const path of paths)
    whole = changedAt(whole, path.split('.'), ({ url: _url, hash, size: _size, ...rest }) =>
      isHashed && hash !== undefined ? { ...rest, hash } : rest,
    );
  return whole as AnyResource;
}
