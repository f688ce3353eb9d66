/**
 * Finds the resources that a submission names by id and that the site's policy hides from its sender. The server treats
 * such an id as unknown. Scopes hide nothing here, because a submitter need not have read scopes.
 * @see docs/access.md
 */
import { isUuid } from '../../../fhir/uuid';
import { visibilityOf, type VisibilityDependencies } from '../../../engines/access/visibility';
import { binder } from '../../../engines/search/compile';
import { findOwners, type Owner } from '../../../engines/store/owners';
import type { Queryable } from '../../../platform/postgres';
import type { ForMatching, SubmissionDefinitions } from '../dependencies';
import { referencesAt, serverIdOf } from '../match/references';
import type { EntryRequest, Received } from '../steps';

/** Of these patients, those whose data the policy lets the caller see. */
export function findSeenPatients(
  table: string,
  type: string,
  dependencies: VisibilityDependencies,
): ForMatching['findSeenPatients'] {
  return async (db, ids, { caller, reach }) => {
    const sees = visibilityOf(caller, reach, dependencies).sees(type);
    if (sees === null || ids.length === 0) return new Set(ids);
    const { bind, values } = binder();
    const text = `SELECT r.id FROM "${table}" AS r WHERE r.id = ANY(${bind(ids, 'uuid[]')}) AND ${sees('r', bind)}`;
    const rows = await db.query<{ id: string }>({ text }, values);
    return new Set(rows.map(({ id }) => id));
  };
}

/**
 * The ids that the requests name and that are hidden from the sender. A resource that the sender sent itself is never
 * hidden.
 */
export async function findHidden(
  tx: Queryable,
  requests: readonly EntryRequest[],
  received: Pick<Received, 'caller' | 'reach' | 'from'>,
  {
    rowTypes,
    definitionOf,
    patients,
    findSeenPatients,
  }: Pick<ForMatching, 'findSeenPatients'> & SubmissionDefinitions,
): Promise<ReadonlySet<string>> {
  if (received.reach.kind !== 'organisation') return new Set();
  const { sender } = received.from;
  const named = new Set(requests.flatMap((request) => idsNamedBy(request, definitionOf, patients.type)));
  const owned = await findOwners(tx, rowTypes, [...named]);
  const owners = [...new Set(owned.flatMap(({ patientId }) => patientId ?? []))];
  const seen = await findSeenPatients(tx, owners, received);
  // What belongs to no patient is hidden too, unless its type is known to say nothing of patients.
  const isShown = ({ type, patientId, ...each }: Owner): boolean =>
    each.sender === sender ||
    (patientId === null ? definitionOf(type).openUnderPolicy !== undefined : seen.has(patientId));
  const shown = new Set(owned.filter(isShown).map(({ id }) => id));
  return new Set(owned.map(({ id }) => id).filter((id) => !shown.has(id)));
}

/** Ids in the urls and bodies of updates, and ids of the patients that a resource belongs to. */
function idsNamedBy(
  { update, resource }: EntryRequest,
  definitionOf: SubmissionDefinitions['definitionOf'],
  patientType: string,
): string[] {
  const ofUpdate = update === undefined ? [] : [resource.id, 'id' in update ? update.id : undefined];
  const ofPatient = definitionOf(resource.resourceType)
    .table.patient.flatMap((path) => referencesAt(resource, path.split('.')))
    .map((reference) => serverIdOf(reference, patientType));
  return [...ofUpdate, ...ofPatient].flatMap((id) =>
    typeof id === 'string' && isUuid(id) ? [id.toLowerCase()] : [],
  );
}
