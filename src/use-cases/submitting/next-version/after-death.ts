/**
 * Warns about stays and readings after a death that another submission recorded: they are probably another person's
 * data under the same NHS number. The rule `vw-patient-24` compares what the Bundle itself says about the death. Pure
 * functions.
 */
import type { MatchInput } from '../match/match-input';
import { remark } from '../match/remark';
import type { PlannedEntry, Versioning } from './plan';

/** One warning for each patient, at the first of the entries, and a reason for review. */
export function remarkOnDeath(
  entries: readonly PlannedEntry[],
  { input, issues, review }: Pick<Versioning, 'input' | 'issues' | 'review'>,
): void {
  const said = new Set<string>();
  for (const each of entries) {
    if (!each.write || each.patientId === null || said.has(each.patientId)) continue;
    if (!comesAfterDeath(each, each.patientId, entries, input)) continue;
    said.add(each.patientId);
    remark(
      issues,
      each.request,
      'submission-after-death',
      'Another submission has recorded the death of this patient before this stay or reading. Check that the submission is about the right person, and check the date of death.',
    );
    review.push('A stay or reading is after the death that another submission has recorded');
  }
}

function comesAfterDeath(
  { request }: PlannedEntry,
  patientId: string,
  entries: readonly PlannedEntry[],
  { patients, before, isSummary }: MatchInput,
): boolean {
  const own = entries.find(({ id, definition }) => id === patientId && definition.type === patients.type);
  if (isSummary && own?.request.resource.deceasedDateTime !== undefined) return false;
  const patient =
    own?.current ?? own?.resource ?? before.resources.get(`${patients.type}/${patientId}`)?.content;
  return patient !== undefined && patients.happensAfterDeath(patient, request.resource);
}
