/**
 * Selects the resources that belong to a patient, or to one of the patient's stays. A stay has the resources that refer
 * to it, and those that came in the same submission and refer to no other stay. Several summaries can describe one
 * stay; all of them are used.
 * @see https://hl7.org/fhir/R4/encounter-operation-everything.html
 */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import type { SearchParameter } from '../../definitions/table';
import type { Clause } from '../../engines/indexing/indexing';

export interface Subject {
  type: string;
  id: string;
  patientId: string;
}

/** @param patientType the type that owns the data of all that refers to it */
export function belongingTo(
  subject: Subject,
  patientType: string,
  definitionFor: (type: string) => ResourceDefinition | undefined,
): (type: string) => Clause {
  const ofPatient: Clause = (alias, bind) => `${alias}.patient_id = ${bind(subject.patientId, 'uuid')}`;
  return (type) => {
    if (subject.type === patientType || type === patientType) return ofPatient;
    if (type === subject.type) return (alias, bind) => `${alias}.id = ${bind(subject.id, 'uuid')}`;
    const definition = definitionFor(type);
    const cameWithIt = cameWith(subject, definitionFor(subject.type)?.table.name ?? '');
    return (alias, bind) => {
      const came = `${cameWithIt(alias, bind)} AND ${refersToNone(subject.type, definition)(alias, bind)}`;
      const toIt = referringTo(subject, definition)(alias, bind);
      return `${ofPatient(alias, bind)} AND (${[...toIt, came].join(' OR ')})`;
    };
  };
}

/** The search parameters whose values may be references to the type. */
const referencesTo = (subjectType: string, definition: ResourceDefinition | undefined): SearchParameter[] =>
  (definition?.searchParameters ?? []).filter(
    ({ type, targets, anyOf }) =>
      type === 'reference' && anyOf === undefined && targets?.includes(subjectType) !== false,
  );

/** True of a type without a table of its own: it has no column for its stay, so that its text is searched. */
const hasNoColumns = (definition: ResourceDefinition | undefined): boolean =>
  definition?.table.typeColumn !== undefined;

function referringTo(
  { type, id }: Subject,
  definition: ResourceDefinition | undefined,
): (...clause: Parameters<Clause>) => string[] {
  return (alias, bind) => [
    ...referencesTo(type, definition).map(
      ({ column, multiple }) =>
        `${bind(`${type}/${id}`, 'text')} = ${multiple ? `ANY(${alias}.${column})` : `${alias}.${column}`}`,
    ),
    ...(hasNoColumns(definition)
      ? [`strpos(${alias}.content, ${bind(`"reference":"${type}/${id}`, 'text')}) > 0`]
      : []),
  ];
}

/** Selects the resources that refer to no stay at all. */
export function refersToNone(subjectType: string, definition: ResourceDefinition | undefined): Clause {
  return (alias, bind) => {
    const toOne = referencesTo(subjectType, definition)
      .filter(({ targets }) => targets !== undefined)
      .map((each) => refersToType(each, alias, bind(`${subjectType}/`, 'text')));
    if (hasNoColumns(definition))
      toOne.push(`strpos(${alias}.content, ${bind(`"reference":"${subjectType}/`, 'text')}) > 0`);
    return toOne.length === 0 ? 'true' : toOne.map((each) => `${each} IS NOT TRUE`).join(' AND ');
  };
}

/** Selects the submissions that brought a version of the stay. */
function cameWith({ id }: Subject, table: string): Clause {
  return (alias, bind) => {
    const versions = ['', '_history'].map(
      (which) => `SELECT submission_id FROM "${table}${which}" WHERE id = ${bind(id, 'uuid')}`,
    );
    return `${alias}.submission_id IN (${versions.join(' UNION ')})`;
  };
}

function refersToType({ column, multiple }: SearchParameter, alias: string, prefix: string): string {
  return multiple
    ? `EXISTS (SELECT 1 FROM unnest(${alias}.${column}) AS item WHERE starts_with(item, ${prefix}))`
    : `starts_with(${alias}.${column}, ${prefix})`;
}
