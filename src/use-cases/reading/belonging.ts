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
    const references = (definitionFor(type)?.searchParameters ?? []).filter(
      ({ type: kind, targets, anyOf }) =>
        kind === 'reference' && anyOf === undefined && targets?.includes(subject.type) !== false,
    );
    const cameWithIt = cameWith(subject, definitionFor(subject.type)?.table.name ?? '');
    return (alias, bind) => {
      const form = `${subject.type}/${subject.id}`;
      const toIt = references.map(
        ({ column, multiple }) =>
          `${bind(form, 'text')} = ${multiple ? `ANY(${alias}.${column})` : `${alias}.${column}`}`,
      );
      const toAnother = references
        .filter(({ targets }) => targets !== undefined)
        .map((each) => refersToType(each, alias, bind(`${subject.type}/`, 'text')));
      const came = [cameWithIt(alias, bind), ...toAnother.map((other) => `${other} IS NOT TRUE`)];
      return `${ofPatient(alias, bind)} AND (${[...toIt, came.join(' AND ')].join(' OR ')})`;
    };
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
