/**
 * Where a resource came from: the submissions that stored it, with their remarks on the resources that the reader sees.
 *
 * @example
 * const result = await submissionsOf(reader, { type, id, shown: new Map([[`${type}/${id}`, version]]) }, reading);
 * if (result.ok) for (const { sender, receivedAt, remarks } of result.answer) …
 *
 * A reader of the resource may read its Provenance, which names the submissions and their senders. The remarks are those
 * on what is shown to the reader: they say how what is read keeps the published rules. What was remarked on another
 * version's content says nothing of the shown one, and is left out. What was remarked on the Bundle as a whole may name
 * resources that the reader does not see, and is for auditors.
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

/** @param shown the versions that the reader sees, by `Type/id`: of the resource, and of those beside it */
export async function submissionsOf(
  reader: Reader,
  { type, id, shown }: { type: string; id: string; shown: ReadonlyMap<string, number> },
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
    shown: [...shown.keys()],
  });
  const isSaidIn = saidBy(submissions, shown);
  return answered(
    submissions.map((submission) => originOf(submission, isSaidIn)),
    { ...nothing, patients: [patientId] },
  );
}

/** Which of these resources of a type, of the patient, a correction has stored. */
export async function correctedOf(
  _reader: Reader,
  asked: { patientId: string; type: string; ids: readonly string[] },
  { database }: ReadingDependencies,
): Promise<Answered<ReadonlySet<string>>> {
  const ids = await readCorrected(database, asked);
  return answered(new Set(ids), { ...nothing, patients: [asked.patientId] });
}

type Stored = SubmissionOf['stored'][number];

/**
 * Whether what a submission stored has the content of the version that is shown. A version that keeps newer content
 * current, after older content came late, has the content of an earlier one.
 */
function saidBy(
  submissions: readonly SubmissionOf[],
  shown: ReadonlyMap<string, number>,
): (stored: Stored) => boolean {
  const said = new Set<string>();
  const keptFrom = new Set<string>();
  for (const { stored } of submissions)
    for (const each of stored) {
      if (shown.get(referenceOf(each)) !== each.version) continue;
      if (each.contentOf === undefined) said.add(versionOf(each));
      else keptFrom.add(`${each.contentOf} ${referenceOf(each)}`);
    }
  for (const { id, stored } of submissions)
    for (const each of stored)
      if (each.contentOf === undefined && keptFrom.has(`${id} ${referenceOf(each)}`))
        said.add(versionOf(each));
  return (each) => each.contentOf === undefined && said.has(versionOf(each));
}

const referenceOf = ({ type, id }: Stored): string => `${type}/${id}`;
const versionOf = (each: Stored): string => `${referenceOf(each)} ${each.version}`;

const ENTRY = /^Bundle\.entry\[(\d+)\]/;

function originOf(submission: SubmissionOf, isSaidIn: (stored: Stored) => boolean): ResourceOrigin {
  const { id, sender, receivedAt, isReplaced, replaces, issues, stored } = submission;
  const byIndex = new Map(
    stored.filter(isSaidIn).map((each) => [each.index, `${each.type}/${each.id}`] as const),
  );
  return {
    ...{ id, sender, receivedAt, isReplaced },
    isCorrection: replaces !== null,
    remarks: issues.flatMap(({ severity, rule, text, source, expression }) => {
      const [, index] = ENTRY.exec(expression ?? '') ?? [];
      const about = index === undefined ? undefined : byIndex.get(Number(index));
      if (about === undefined) return [];
      return [{ ...{ about, severity, rule, text }, ...(source === undefined ? {} : { source }) }];
    }),
  };
}
