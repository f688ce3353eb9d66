/**
 * Warns where the condition of an entry names what another entry of the same transaction stores, so that both are one
 * resource, and the two say something else. Only the first is stored, as FHIR asks; a sender may have meant two things.
 * It follows what holds for a condition that finds a stored resource. Pure functions.
 * @see https://hl7.org/fhir/R4/http.html#trules
 */
import type { AnyResource, JsonObject } from '../../../fhir/types';
import type { Slices } from '../../../fhir/slices';
import { isBinary } from '../decompose/binary-rows';
import { binaryBytes, changedAt, detach, sizeAndHash } from '../decompose/documents';
import { remark } from '../match/remark';
import { CONDITION_KEPT, isOfPatient } from './condition-kept';
import type { PlannedEntry, Versioning } from './plan';
import { textOf } from './same-content';

/** @param entries all entries of the submission, with what is stored of each */
export function* remarkOnSameByCondition(
  entries: readonly PlannedEntry[],
  { issues, review }: Pick<Versioning, 'issues' | 'review'>,
): Slices<void> {
  const byIndex = new Map(entries.map((each) => [each.request.index, each]));
  const documents = new SentDocuments(entries);
  // Thousands of entries may name one.
  const texts = new Map<PlannedEntry, string>();
  for (const each of entries) {
    const first = each.sameAs === undefined ? undefined : byIndex.get(each.sameAs);
    // The bytes of a document are one patient's, though a Binary names none.
    if (!first || !(isOfPatient(each.definition) || isBinary(first.resource))) continue;
    yield;
    const kept = texts.get(first) ?? whatIsSaid(first, documents);
    texts.set(first, kept);
    if (whatIsSaid(each, documents) === kept) continue;
    remark(
      issues,
      each.request,
      CONDITION_KEPT,
      `The condition of this entry (ifNoneExist) names what Bundle.entry[${first.request.index}] stores, so the two are one resource. This entry says something else, and nothing of it is stored. If it is another one, give it its own identifier, and send it with a condition that finds it alone, or without one.`,
    );
    review.push(
      'A condition (ifNoneExist) made two entries one resource, and what the second says otherwise is not stored',
    );
  }
}

/** The text of an entry as it would be stored, with the bytes of its documents as their hashes. */
function whatIsSaid({ definition, resource, sent }: PlannedEntry, documents: SentDocuments): string {
  const said = sent ?? resource;
  if (isBinary(said)) return textOf({ ...said, data: hashOf(said) });
  const paths = definition.table.documents ?? [];
  let whole: JsonObject = detach(said, paths, () => '').resource;
  for (const path of paths)
    whole = changedAt(whole, path.split('.'), (attachment) => documents.inPlaceOf(attachment));
  return textOf(whole as AnyResource);
}

const hashOf = (binary: AnyResource): JsonObject =>
  sizeAndHash(binaryBytes(binary)?.bytes ?? Buffer.alloc(0));

/** The documents that lie in Binary entries beside the resources. Each is hashed once, whoever points at it. */
class SentDocuments {
  private readonly byUrl: ReadonlyMap<unknown, PlannedEntry>;
  private readonly hashes = new Map<unknown, JsonObject>();

  constructor(entries: readonly PlannedEntry[]) {
    this.byUrl = new Map(
      entries.filter(({ resource }) => isBinary(resource)).map((each) => [`Binary/${each.id}`, each]),
    );
  }

  /** An Attachment that points at one has its size and hash in place of the address. */
  inPlaceOf(attachment: JsonObject): JsonObject {
    const { url, ...rest } = attachment;
    const binary = this.byUrl.get(url);
    if (!binary) return attachment;
    const bytes = this.hashes.get(url) ?? hashOf(binary.resource);
    this.hashes.set(url, bytes);
    return { ...bytes, ...rest, url: 'Binary/' };
  }
}
