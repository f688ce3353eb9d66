/**
 * Warns where an update enters a stay in error whose stored readings are not: they stay on the record of the wrong
 * patient. In a summary, which has the readings itself, the rule `retracted-stay` says so.
 * @see semantics "Corrections" 6
 */
import { statementName, type Queryable } from '../../../platform/postgres';
import type { SubmissionDefinitions } from '../dependencies';
import { isInError } from '../patient-statement';
import type { Plan, PlannedEntry } from './plan';
import { isOfCare } from './refers-to-withdrawn';

export async function remarkOnReadings(
  tx: Queryable,
  plan: Plan,
  { rowTypes, definitionOf, patients }: Pick<SubmissionDefinitions, 'rowTypes' | 'definitionOf' | 'patients'>,
): Promise<Plan> {
  const retracted = plan.entries.filter(
    (each): each is PlannedEntry & { patientId: string } =>
      each.request.update !== undefined &&
      each.write &&
      each.patientId !== null &&
      patients.careTypes.includes(each.definition.type) &&
      isInError(each.request.resource),
  );
  if (retracted.length === 0) return plan;
  const text = Object.entries(rowTypes)
    .filter(([table]) => !patients.careTables.includes(table))
    .map(
      ([table, type]) =>
        `SELECT ${type} AS type, id FROM "${table}" WHERE patient_id = ANY($1::uuid[]) AND id <> ALL($2::uuid[])
          AND content LIKE ANY($3::text[]) AND content !~ '"status":"(entered-in-error|cancelled)"'`,
    )
    .join(' UNION ALL ');
  const rows = await tx.query<{ type: string; id: string }>(
    { name: statementName('readings_of_retracted', text), text },
    [
      [...new Set(retracted.map(({ patientId }) => patientId))],
      plan.entries.map(({ id }) => id),
      retracted.map(({ definition, id }) => `%"${definition.type}/${id}"%`),
    ],
  );
  const count = rows.filter(({ type }) => isOfCare(definitionOf(type))).length;
  if (count === 0) return plan;
  const [are, them] =
    count === 1 ? ['resource that refers to it is', 'it'] : ['resources that refer to it are', 'them'];
  return {
    ...plan,
    issues: [
      ...plan.issues,
      {
        severity: 'warning',
        code: 'business-rule',
        rule: 'submission-readings-stay',
        text: `This is entered in error, and ${count} stored ${are} not. Readers still find ${them}. If the stay is of the wrong patient, enter ${them} in error, too.`,
        expression: `Bundle.entry[${retracted[0]!.request.index}].resource.status`,
        source: 'Corrections',
      },
    ],
    review: [...plan.review, 'A stay is entered in error, and its readings are not'],
  };
}
