/**
 * Warns about resources that still refer to a stay or document that a correction withdraws. Other submissions sent
 * them, so they stay; whoever reads them does not find what they are about.
 */
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import { statementName, type Queryable } from '../../../platform/postgres';
import type { SubmissionDefinitions } from '../dependencies';
import type { Plan } from './plan';

/** The most resources that the warning names. */
const MOST_NAMED = 5;

export async function remarkOnReferences(
  tx: Queryable,
  plan: Plan,
  { rowTypes, definitionOf, patients }: Pick<SubmissionDefinitions, 'rowTypes' | 'definitionOf' | 'patients'>,
): Promise<Plan> {
  const care = plan.withdrawn.filter(({ type }) =>
    patients.careTables.includes(definitionOf(type).table.name),
  );
  if (care.length === 0) return plan;
  const gone = [...plan.withdrawn, ...plan.entries].map(({ id }) => id);
  const text = Object.entries(rowTypes)
    .map(
      ([table, type]) =>
        `SELECT ${type} AS type, id FROM "${table}" WHERE patient_id = ANY($1::uuid[]) AND id <> ALL($2::uuid[])
          AND content LIKE ANY($3::text[])`,
    )
    .join(' UNION ALL ');
  const rows = await tx.query<{ type: string; id: string }>(
    { name: statementName('still_referred_to', text), text },
    [
      [...new Set(care.flatMap(({ patientId }) => patientId ?? []))],
      gone,
      care.map(({ type, id }) => `%"${type}/${id}%`),
    ],
  );
  const referring = rows
    .filter(({ type }) => isOfCare(definitionOf(type)))
    .map(({ type, id }) => `${type}/${id}`);
  if (referring.length === 0) return plan;
  const named = referring.slice(0, MOST_NAMED).join(', ');
  const more = referring.length > MOST_NAMED ? ` and ${referring.length - MOST_NAMED} more` : '';
  return {
    ...plan,
    issues: [
      ...plan.issues,
      {
        severity: 'warning',
        code: 'business-rule',
        rule: 'submission-withdrawn-referred-to',
        text: `${care.map(({ type, id }) => `${type}/${id}`).join(', ')} was withdrawn, but ${named}${more} of another submission still refers to it. Check whether that data belongs to another stay, and send it again with the right reference.`,
        source: 'Corrections',
      },
    ],
    review: [
      ...plan.review,
      'A correction withdrew a stay or a document to which other resources still refer',
    ],
  };
}

/** False of records about what was submitted. They name every version, current or not. */
const isOfCare = ({ openUnderPolicy, inDocument }: ResourceDefinition): boolean =>
  openUnderPolicy === undefined && inDocument !== 'left-out';
