/**
 * Warns where a stay or document is entered in error, and stored data that refers to it or came with it is not: it stays
 * on the record of the wrong patient. The rule `retracted-stay` looks at what the summary itself contains, and a
 * correction withdraws what it leaves out. Neither covers what other submissions have stored.
 * @see semantics "Corrections" 6
 */
import { isAboutPatient } from '../../../definitions/about-patient';
import { isInError } from '../../../fhir/in-error';
import type { Issue } from '../../../fhir/issue';
import { placesByType } from '../../../fhir/places-by-type';
import { isRetracted } from '../../../fhir/retracted';
import { statementName, type Queryable } from '../../../platform/postgres';
import type { SubmissionDefinitions } from '../dependencies';
import type { Received } from '../steps';
import { editionsOfSummaries } from '../stored-before/editions-of-summaries';
import { lookWithinTime, refersTo } from '../stored-before/refers-to';
import { contentsOf, boundedContents, type StoredResource } from '../stored-before/stored-resource';
import type { Plan, PlannedEntry } from './plan';

type Definitions = Pick<SubmissionDefinitions, 'rowTypes' | 'definitionOf' | 'patients'>;

/** A stored stay or document that the submission enters in error. */
type Retracted = PlannedEntry & { patientId: string; stored: StoredResource };

interface Row {
  type: string;
  id: string;
  sender: string;
  /** Null where it is too large to be read. */
  content: string | null;
}

/** @param isFirst true of the first submission of its summary: it is no correction, so it withdraws nothing */
export async function remarkOnLeft(
  tx: Queryable,
  plan: Plan,
  { received, isFirst }: { received: Pick<Received, 'from'>; isFirst: boolean },
  definitions: Definitions,
): Promise<Plan> {
  const { definitionOf, patients } = definitions;
  const retracted = plan.entries.filter(
    (each): each is Retracted =>
      each.write &&
      each.lateAfter === undefined &&
      each.patientId !== null &&
      each.stored !== undefined &&
      patients.careTypes.includes(each.definition.type) &&
      isInError(each.request.resource),
  );
  if (retracted.length === 0) return plan;
  const types = new Set(retracted.map(({ definition }) => definition.type));
  const isWhole = isFirst && patients.careTypes.every((type) => types.has(type));
  const submissions = isWhole ? await editionsOfSummaries(tx, retracted) : [];
  const { sender } = received.from;
  const rows = await findLeft(tx, plan, { retracted, submissions, sender }, definitions);
  const found = (rows ?? []).filter(({ type }) => isAboutPatient(definitionOf(type)));
  const left = contentsOf(found).filter(({ content }) => !isRetracted(content));
  const isRead = rows !== undefined && found.every(({ content }) => content !== null);
  // A document alone holds without its stay.
  const isLeft = (rows: readonly Pick<Row, 'type'>[]): boolean =>
    rows.some(({ type }) => !patients.careTypes.includes(type));
  if (!isLeft(left)) return isRead ? plan : { ...plan, review: [...plan.review, NOT_LOOKED_FOR] };
  const own = left.filter((each) => each.sender === sender);
  return {
    ...plan,
    issues: isLeft(own) ? [...plan.issues, stays(own, retracted[0]!.request.index)] : plan.issues,
    review: [
      ...plan.review,
      'A stay or document is entered in error, and other data that came with it is not',
    ],
  };
}

const NOT_LOOKED_FOR =
  'A stay or document is entered in error. Whether other data that came with it is not was not found out, because the record of the patient is too large';

function findLeft(
  tx: Queryable,
  { entries, withdrawn }: Plan,
  {
    retracted,
    submissions,
    sender,
  }: { retracted: readonly Retracted[]; submissions: readonly string[]; sender: string },
  { rowTypes, patients, definitionOf }: Definitions,
): Promise<Row[] | undefined> {
  // Another stay or document may well refer to one that is retracted, as what replaces it. A document of a retracted stay
  // is left behind.
  const care = patients.careTypes.map(definitionOf);
  const ofStays = new Map(care.map(({ table, identity }) => [table.name, identity?.ofStay?.type]));
  const among = (table: string): string =>
    refersTo(patients.careTypes, ofStays.has(table) ? '$5::text[]' : '$3::text[]', '"');
  const naming = (of: readonly Retracted[]): string[] =>
    of.map(({ definition, id }) => `${definition.type}/${id}`);
  const stays = retracted.filter(({ definition: { type } }) => [...ofStays.values()].includes(type));
  const branches = Object.entries(rowTypes)
    .filter(([table]) => !ofStays.has(table) || ofStays.get(table) !== undefined)
    .map(
      ([table, type]) =>
        `SELECT ${type} AS type, id, sender, content FROM "${table}" WHERE patient_id = ANY($1::uuid[])
          AND id <> ALL($2::uuid[]) AND (submission_id = ANY($4::uuid[]) OR ${among(table)})`,
    );
  const order = 'sender <> $6, octet_length(content)';
  const text = boundedContents(branches.join(' UNION ALL '), { columns: 'type, id, sender', order });
  return lookWithinTime<Row>(tx, { name: statementName('left_by_retraction', text), text }, [
    [...new Set(retracted.map(({ patientId }) => patientId))],
    [...entries, ...withdrawn].map(({ id }) => id),
    naming(retracted),
    submissions,
    naming(stays),
    sender,
  ]);
}

function stays(own: readonly Pick<Row, 'type' | 'id'>[], index: number): Issue {
  const places = own.map(({ type, id }) => ({ type, place: `${type}/${id}` }));
  return {
    severity: 'warning',
    code: 'business-rule',
    rule: 'submission-readings-stay',
    text: `This is entered in error, and stored data of yours that refers to it or came with it is not: ${placesByType(places)}. Readers still find it. If the stay is of the wrong patient, enter each in error, too (of an AllergyIntolerance or Condition: verificationStatus, without clinicalStatus).`,
    expression: `Bundle.entry[${index}].resource.status`,
    source: 'Corrections',
  };
}
