/**
 * Prepares a Bundle that a message carries. It is submitted as it is: its bytes are what was received. The number of the
 * document, or of the one that it replaces, says which summary it corrects, and MSH-7 which is newer. The first Bundle
 * with a number keeps its own Bundle.identifier, or gets the number where it has none.
 */
import { inSlices } from '../../platform/in-slices';
import { submissionWithBytes, type DocumentBefore } from '../../engines/store/hl7v2-messages';
import { hashInSlices } from '../../fhir/hash-in-slices';
import type { AnyResource } from '../../fhir/types';
import { decode } from '../../use-cases/submitting/decode';
import { success } from '../../use-cases/submitting/steps';
import { identifierOf } from './bundle-of-message';
import type { Content, OtherDocument } from './content';
import type { Hl7v2Dependencies } from './dependencies';
import { inLineage } from './in-lineage';
import { documentNumberOf } from './mapping/summary-of';
import type { Given, Prepared } from './prepared';
import { isOfAnother } from './prepare-retraction';
import { remarkBesideBundle, remarkOnFiling, remarkOnPatient, together, type Remarks } from './remarks';

export async function prepareBundle(
  given: Given,
  continued: DocumentBefore | undefined,
  {
    content,
    others,
    remarks,
  }: {
    content: Extract<Content, { kind: 'bundle' }>;
    others: readonly OtherDocument[];
    remarks: Remarks;
  },
  dependencies: Hl7v2Dependencies,
): Promise<Prepared> {
  const { message, odsCode, cameOfTheSame } = given;
  const { bytes, format, segment } = content;
  const { handling, submission } = dependencies.submitting;
  const decoded = await inSlices(decode({ bytes, format, handling }));
  const prepared = {
    places: () => segment.place(5),
    alongside: given.mark(),
  };
  const received = { bytes, contentType: `application/fhir+${format}`, format };
  if (!decoded.ok) return { ...prepared, ...received, decoded };
  const { bundle } = decoded.value;
  const identifier = identifierOf(continued?.lineage) ?? ownIdentifier(bundle, message, odsCode);
  const placed = inLineage(bundle, message, identifier);
  const isAgain = placed !== bundle && (await isStoredBefore(given, bytes, continued, dependencies));
  const documents = await inSlices(submission.decompose.documentsIn(bundle));
  const inBundle = documents.map(({ sha256 }) => sha256);
  const { issues, review } = together(
    remarkOnPatient(isOfAnother(given, bundle, dependencies)),
    remarkOnFiling(placed !== bundle && bundle.identifier !== undefined),
    remarks,
  );
  return {
    ...prepared,
    // The bytes of an earlier edition, which this message goes back to: the message is what was received.
    ...(isAgain ? {} : received),
    // MSH-7 says when a Bundle was sent that is filed by the number of its document.
    ...(placed === bundle ? {} : { cameOfTheSame }),
    decoded: success({
      ...decoded.value,
      bundle: placed,
      issues: [...decoded.value.issues, ...issues],
      remarked: review,
    }),
    beside: remarkBesideBundle(message, others, inBundle),
  };
}

/** A Bundle of type document must have an identifier of its own: without one it is refused. */
const ownIdentifier = (
  bundle: AnyResource,
  message: Given['message'],
  odsCode: string,
): ReturnType<typeof documentNumberOf> =>
  bundle.identifier === undefined && bundle.type !== 'document'
    ? documentNumberOf(message, odsCode)
    : undefined;

/** True when another submission than the newest of the summary has these bytes. */
async function isStoredBefore(
  { odsCode }: Given,
  bytes: Buffer,
  newest: DocumentBefore | undefined,
  { submitting }: Hl7v2Dependencies,
): Promise<boolean> {
  if (!newest) return false;
  const sha256 = await inSlices(hashInSlices('sha256', bytes));
  const stored = await submissionWithBytes(submitting.submission.database, odsCode, sha256);
  return stored !== undefined && stored !== newest.submissionId;
}
