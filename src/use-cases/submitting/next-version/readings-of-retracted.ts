/**
 * Warns where an update enters a stay in error whose stored readings are not: they stay on the record of the wrong
 * patient. In a summary, which has the readings itself, the rule `retracted-stay` says so.
 * @see semantics "Corrections" 6
 */
import type { Issue } from '../../../fhir/issue';
import { statementName, type Queryable } from '../../../platform/postgres';
import type { SubmissionDefinitions } from '../dependencies';
import { isInError } from '../patient-statement';
import type { Plan, PlannedEntry } from './plan';
import { isOfCare } from './refers-to-withdrawn';

export async function remarkOnReadings(
  tx: Queryable,
  plan: Plan,
  sender: string,
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
        `SELECT ${type} AS type, sender FROM "${table}" WHERE patient_id = ANY($1::uuid[]) AND id <> ALL($2::uuid[])
          AND content LIKE ANY($3::text[]) AND content !~ '"status":"(entered-in-error|cancelled)"'`,
    )
    .join(' UNION ALL ');
  const rows = await tx.query<{ type: string; sender: string }>(
    { name: statementName('readings_of_retracted', text), text },
    [
      [...new Set(retracted.map(({ patientId }) => patientId))],
      plan.entries.map(({ id }) => id),
      retracted.map(({ definition, id }) => `%"${definition.type}/${id}"%`),
    ],
  );
  const staying = rows.filter(({ type }) => isOfCare(definitionOf(type)));
  if (staying.length === 0) return plan;
  const own = staying.filter((each) => each.sender === sender).length;
  return {
    ...plan,
    issues: own === 0 ? plan.issues : [...plan.issues, readingsStay(own, retracted[0]!.request.index)],
    review: [...plan.review, 'A stay is entered in error, and its readings are not'],
  };
}

function readingsStay(count: number, index: number): Issue {
  const [are, them] =
    count === 1
      ? ['resource of yours that refers to it is', 'it']
      : ['resources of yours that refer to it are', 'them'];
  return {
    severity: 'warning',
    code: 'business-rule',
    rule: 'submission-readings-stay',
    text: `This is entered in error, and ${count} stored ${are} not. Readers still find ${them}. If the stay is of the wrong patient, enter ${them} in error, too.`,
    expression: `Bundle.entry[${index}].resource.status`,
    source: 'Corrections',
  };
}
