/**
 * Where a resource came from: the submissions that stored it, with their remarks on the resources that the reader sees.
 *
 * @example
 * const result = await submissionsOf(reader, { type, id, shown: new Set([`${type}/${id}`]) }, reading);
 * if (result.ok) for (const { sender, receivedAt, remarks } of result.answer) …
 *
 * A reader of the resource may read its Provenance, which names the submissions and their senders. The remarks are those
 * on resources that are shown to the reader: they say how what is read keeps the published rules. What was remarked on
 * the Bundle as a whole may name resources that the reader does not see, and is for auditors.
 * @see docs/decisions/0082-remarks-that-clinicians-see.md
 */
import type { Issue } from '../../fhir/issue';
import { readCorrected, readSubmissionsOf, type SubmissionOf } from '../../engines/store/submissions-of';
import { answered, disclosing, type Answered } from '../call/answered';
import { nothing } from '../call/disclosed';
import type { Reader } from '../call/reader';
import type { ReadingDependencies } from './dependencies';
import { subjectOf } from './read';

export interface ResourceOrigin extends Pick<SubmissionOf, 'id' | 'sender' | 'receivedAt' | 'isReplaced'> {
  /** True where it replaced an earlier submission of its lineage. */
  isCorrection: boolean;
  /** Remarks on what is shown, each with the resource that it is about (`Type/id`). */
  remarks: readonly {
    about: string;
    severity: Issue['severity'];
    rule: string;
    text: string;
    source?: string;
  }[];
}

/** @param shown the resources that the reader sees beside it, as `Type/id` */
export async function submissionsOf(
  reader: Reader,
  { type, id, shown }: { type: string; id: string; shown: ReadonlySet<string> },
  dependencies: ReadingDependencies,
): Promise<Answered<ResourceOrigin[]>> {
  const found = await subjectOf(reader, { type, id }, dependencies);
  if (!found.ok) return disclosing(found);
  const { patientId } = found.subject;
  if (patientId === null) return answered([], nothing);
  const submissions = await readSubmissionsOf(dependencies.database, {
    patientId,
    type,
    id: found.subject.id,
  });
  return answered(
    submissions.map((submission) => originOf(submission, shown)),
    { ...nothing, patients: [patientId] },
  );
}

/** The ids of those of the patient's resources of a type that a correction has stored. */
export async function correctedOf(
  _reader: Reader,
  { patientId, type }: { patientId: string; type: string },
  { database }: ReadingDependencies,
): Promise<Answered<ReadonlySet<string>>> {
  const ids = await readCorrected(database, { patientId, type });
  return answered(new Set(ids), { ...nothing, patients: [patientId] });
}

const ENTRY = /^Bundle\.entry\[(\d+)\]/;

function originOf(submission: SubmissionOf, shown: ReadonlySet<string>): ResourceOrigin {
  const { id, sender, receivedAt, isReplaced, replaces, issues, stored } = submission;
  const byIndex = new Map(stored.map((each) => [each.index, `${each.type}/${each.id}`]));
  return {
    ...{ id, sender, receivedAt, isReplaced },
    isCorrection: replaces !== null,
    remarks: issues.flatMap(({ severity, rule, text, source, expression }) => {
      const [, index] = ENTRY.exec(expression ?? '') ?? [];
      const about = index === undefined ? undefined : byIndex.get(Number(index));
      if (about === undefined || !shown.has(about)) return [];
      return [{ ...{ about, severity, rule, text }, ...(source === undefined ? {} : { source }) }];
    }),
  };
}
