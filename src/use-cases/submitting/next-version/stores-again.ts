/**
 * Warns where an older submission brings a reading or the like again that a newer correction of another summary has
 * left out. It is stored as new, because what is withdrawn is no longer there to be newer. Only the sender's own
 * withdrawals count. They are looked up only where a stay or document comes late, or is found by a condition.
 * @see semantics "Corrections" 3 and 5
 */
import { isAboutPatient } from '../../../definitions/about-patient';
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import { isRetracted } from '../../../fhir/retracted';
import type { Queryable } from '../../../platform/postgres';
import type { SubmissionDefinitions } from '../dependencies';
import { keysOfSent, keysOfStored } from '../match/known-by';
import type { MatchInput } from '../match/match-input';
import { remark } from '../match/remark';
import { editionsOfSummaries } from '../stored-before/editions-of-summaries';
import { readOrigins } from '../stored-before/read-origins';
import { readWithdrawn } from '../stored-before/read-withdrawn';
import type { StoredResource } from '../stored-before/stored-resource';
import type { Plan, PlannedEntry } from './plan';
import { sameContent } from './same-content';

type Definitions = Pick<SubmissionDefinitions, 'definitionOf' | 'patients'>;
type Late = PlannedEntry & { stored: StoredResource };

export async function remarkOnWithdrawnSince(
  tx: Queryable,
  plan: Plan,
  { sender, lastUpdated }: Pick<MatchInput, 'sender' | 'lastUpdated'>,
  definitions: Definitions,
): Promise<Plan> {
  const { careTypes } = definitions.patients;
  const late = plan.entries.filter(
    (each): each is Late =>
      // What a condition finds is not written, so that nothing says how old it is.
      (each.lateAfter !== undefined || each.sent !== undefined) &&
      each.stored?.sender === sender &&
      careTypes.includes(each.definition.type),
  );
  const added = plan.entries.filter(
    ({ definition, request, stored, write }) =>
      write &&
      !stored &&
      definition.withdrawable &&
      isAboutPatient(definition) &&
      !isRetracted(request.resource),
  );
  if (late.length === 0 || added.length === 0 || !lastUpdated) return plan;
  const gone = await withdrawnOf(tx, { late, types: typesOf(added) }, sender, definitions);
  if (gone.length === 0) return plan;
  await readOrigins(tx, gone, []);
  const since = gone.filter(({ origin }) => origin !== undefined && origin.lastUpdated > lastUpdated);
  const again = added.filter((each) => since.some((stored) => isAgain(each, stored)));
  if (again.length === 0) return plan;
  const issues = [...plan.issues];
  for (const { request } of again)
    remark(
      issues,
      request,
      'submission-withdrawn-before',
      'A newer correction of another summary of yours has withdrawn this resource. This older submission stores it again, and it is current. If the correction is right, send a correction of this summary without it.',
    );
  return {
    ...plan,
    issues,
    review: [...plan.review, 'An older summary stores again what a newer correction has withdrawn'],
  };
}

const typesOf = (entries: readonly PlannedEntry[]): Set<string> =>
  new Set(entries.map(({ request }) => request.resource.resourceType));

/** What the sender has withdrawn of the summaries that have ever stored these stays and documents. */
async function withdrawnOf(
  tx: Queryable,
  { late, types }: { late: readonly Late[]; types: ReadonlySet<string> },
  sender: string,
  { definitionOf }: Definitions,
): Promise<StoredResource[]> {
  const rows = await tx.query<{ type: string; id: string }>(
    {
      name: 'stored_in_editions',
      text: `SELECT DISTINCT entry ->> 'type' AS type, entry ->> 'id' AS id
        FROM submission CROSS JOIN LATERAL jsonb_array_elements(stored) AS entry
        WHERE submission.id = ANY($1::uuid[]) AND entry ->> 'type' = ANY($2::text[])`,
    },
    [await editionsOfSummaries(tx, late), [...types]],
  );
  const tables = new Map<string, { definition: ResourceDefinition; ids: Set<string> }>();
  for (const { type, id } of rows) {
    const definition = definitionOf(type);
    const { name } = definition.table;
    const wanted = tables.get(name) ?? { definition, ids: new Set() };
    tables.set(name, wanted);
    wanted.ids.add(id);
  }
  return [...(await readWithdrawn(tx, [...tables.values()], sender)).values()];
}

/** True of the same reading under its identifier, or of what says the same in every word. */
function isAgain(
  { definition: { identity }, patientId, request, resource }: PlannedEntry,
  gone: StoredResource,
): boolean {
  if (gone.type !== request.resource.resourceType || gone.patientId !== patientId) return false;
  const keys = keysOfStored(identity, gone.content);
  const isOfKey = [...keysOfSent(identity, request.resource)].some((key) => keys.has(key));
  return isOfKey
    ? identity?.usedAgain?.(gone.content, request.resource) !== true
    : sameContent(resource, gone.content);
}
