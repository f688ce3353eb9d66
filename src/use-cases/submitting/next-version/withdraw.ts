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
  const { corrects, resources, carriedElsewhere } = before;
  const [withdrawn, issues]: [StoredResource[], Issue[]] = [[], []];
  if (!corrects) return { withdrawn, issues, review: [] };
  const kept = new Set(
    entries.map(({ definition, id, request }) => `${request.resource.resourceType ?? definition.type}/${id}`),
  );
  // Two entries of a transaction may have named one resource by their conditions.
  for (const name of new Set(corrects.stored.map(({ type, id }) => `${type}/${id}`))) {
    const stored = resources.get(name);
    if (!stored || kept.has(name) || !definitionOf(stored.type).withdrawable) continue;
    if (stored.sender === sender && !carriedElsewhere.has(stored.id)) withdrawn.push(stored);
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
  if (care.length === 0) return { withdrawn, issues, review: [] };
  issues.push({
    severity: 'warning',
    code: 'business-rule',
    rule: 'submission-care-withdrawn',
    text: `The earlier version of this summary had ${care.map(({ type, id }) => `${type}/${id}`).join(', ')}, and this version has nothing to replace it. It was withdrawn. If this summary is about another stay, give it its own Bundle.identifier.`,
    source: 'Corrections',
  });
  const review = ['A correction withdrew a stay or a document of the earlier version of its summary'];
  return { withdrawn, issues, review };
}
