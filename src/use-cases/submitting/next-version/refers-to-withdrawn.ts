/**
 * Finds resources that still refer to a stay or document that a correction withdraws. Other submissions sent them, so
 * they stay; whoever reads them does not find what they are about. The sender is told of its own. Those of others are a
 * reason for a person to look, because the sender may not see them.
 */
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import type { Issue } from '../../../fhir/issue';
import { statementName, type Queryable } from '../../../platform/postgres';
import type { SubmissionDefinitions } from '../dependencies';
import { lookWithinTime, refersTo } from '../stored-before/refers-to';
import type { Plan } from './plan';

/** The most resources that the issue names. */
const MOST_NAMED = 5;

export async function remarkOnReferences(
  tx: Queryable,
  plan: Plan,
  sender: string,
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
        `SELECT ${type} AS type, id, sender FROM "${table}" WHERE patient_id = ANY($1::uuid[]) AND id <> ALL($2::uuid[])
          AND ${refersTo(patients.careTypes, '$3::text[]', '')}`,
    )
    .join(' UNION ALL ');
  const rows = await lookWithinTime<{ type: string; id: string; sender: string }>(
    tx,
    { name: statementName('still_referred_to', text), text },
    [[...new Set(care.flatMap(({ patientId }) => patientId ?? []))], gone, care.map(nameOf)],
  );
  if (rows === undefined) return { ...plan, review: [...plan.review, NOT_LOOKED_FOR] };
  const referring = rows.filter(({ type }) => isOfCare(definitionOf(type)));
  if (referring.length === 0) return plan;
  const own = referring.filter((each) => each.sender === sender).map(nameOf);
  return {
    ...plan,
    issues: own.length === 0 ? plan.issues : [...plan.issues, stillReferredTo(care.map(nameOf), own)],
    review: [
      ...plan.review,
      'A correction withdrew a stay or a document to which other resources still refer',
    ],
  };
}

const NOT_LOOKED_FOR =
  'A correction withdrew a stay or a document. Whether other resources still refer to it was not found out, because the record of the patient is too large';

const nameOf = ({ type, id }: { type: string; id: string }): string => `${type}/${id}`;

function stillReferredTo(withdrawn: readonly string[], referring: readonly string[]): Issue {
  const more = referring.length > MOST_NAMED ? ` and ${referring.length - MOST_NAMED} more` : '';
  return {
    severity: 'warning',
    code: 'business-rule',
    rule: 'submission-withdrawn-referred-to',
    text: `This correction withdrew ${withdrawn.join(', ')}, but you have sent ${referring.slice(0, MOST_NAMED).join(', ')}${more} in another submission, and this refers to it. Check whether that data belongs to another stay, and send it again with the right reference.`,
    source: 'Corrections',
  };
}

/** False of records about what was submitted. They name every version, current or not. */
export const isOfCare = ({ openUnderPolicy, inDocument }: ResourceDefinition): boolean =>
  openUnderPolicy === undefined && inDocument !== 'left-out';
