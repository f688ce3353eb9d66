/** Determines what a correction withdraws of the previous edition. A pure function. */
import type { Issue } from '../../../fhir/issue';
import type { MatchInput } from '../match/match-input';
import type { ResolvedEntry } from '../resolve/resolve';
import type { StoredResource } from '../stored-before/stored-resource';

export interface Withdrawal {
  withdrawn: StoredResource[];
  issues: Issue[];
  /** Reasons why a person should review the submission. */
  review: string[];
}

/**
 * Withdraws the resources that the corrected submission stored and this one no longer contains, if this sender sent
 * them and no other current summary contains them.
 */
export function withdraw(
  entries: readonly ResolvedEntry[],
  { before, sender, definitionOf, patients }: MatchInput,
): Withdrawal {
  const { corrects, resources, carriedElsewhere, saidByNoOther } = before;
  const [withdrawn, issues, review]: [StoredResource[], Issue[], string[]] = [[], [], []];
  if (!corrects) return { withdrawn, issues, review };
  const kept = new Set(
    entries.map(({ definition, id, request }) => `${request.resource.resourceType ?? definition.type}/${id}`),
  );
  // Two entries of a transaction may have named one resource by their conditions.
  for (const name of new Set(corrects.stored.map(({ type, id }) => `${type}/${id}`))) {
    const stored = resources.get(name);
    if (!stored || kept.has(name) || !definitionOf(stored.type).withdrawable) continue;
    if (stored.sender === sender && !carriedElsewhere.has(stored.id)) withdrawn.push(stored);
    else if (saidByNoOther.has(stored.id)) issues.push(keptAsDropped(name));
    else {
      issues.push({
        severity: 'information',
        code: 'informational',
        rule: 'submission-not-withdrawn',
        text: `${name} is no longer part of this summary. It is not withdrawn, because another submission has stored it too.`,
        source: 'Corrections',
      });
    }
  }
  const care = withdrawn.filter(({ type }) => patients.careTables.includes(definitionOf(type).table.name));
  if (issues.some(({ rule }) => rule === 'submission-kept-as-dropped')) review.push(KEPT_AS_DROPPED);
  if (care.length === 0) return { withdrawn, issues, review };
  issues.push({
    severity: 'warning',
    code: 'business-rule',
    rule: 'submission-care-withdrawn',
    text: `The earlier version of this summary had ${care.map(({ type, id }) => `${type}/${id}`).join(', ')}, and this version has nothing to replace it. It was withdrawn. If this summary is about another stay, give it its own Bundle.identifier.`,
    source: 'Corrections',
  });
  review.push('A correction withdrew a stay or a document of the earlier version of its summary');
  return { withdrawn, issues, review };
}

const KEPT_AS_DROPPED =
  'A correction left out a resource that another summary contains with other content; what is current of it, no current summary says';

const keptAsDropped = (name: string): Issue => ({
  severity: 'warning',
  code: 'business-rule',
  rule: 'submission-kept-as-dropped',
  text: `${name} is no longer part of this summary, but another current summary contains it, with other content. It is not withdrawn, and no current summary says what its current content says. Check the content. To replace it, send a correction of the other summary.`,
  source: 'Corrections',
});
