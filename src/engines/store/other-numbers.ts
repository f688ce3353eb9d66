/** Reads which other records a stored Patient names, and which name it: by earlier NHS numbers and by links. */
import type { Patients } from '../../definitions/patients';
import type { Queryable } from '../../platform/postgres';

export interface NamedByPatient {
  /** All NHS numbers of the Patient, and of these the one by which it is stored. */
  nhsNumbers: readonly string[];
  current: string | null;
  /** Server ids of other Patients. */
  links: readonly string[];
}

type Table = Pick<Patients, 'type' | 'identifierSystem' | 'table'>;

/** Undefined when no such Patient is stored. */
export async function namedByPatient(
  db: Queryable,
  id: string,
  { type, identifierSystem, table }: Table,
): Promise<NamedByPatient | undefined> {
  const [row] = await db.query<{
    current: string | null;
    identifier: string[] | null;
    link: string[] | null;
  }>(
    {
      name: 'named_by_patient',
      text: `SELECT "${table.nhsNumber}" AS current, identifier, link FROM "${table.name}" WHERE id = $1::uuid`,
    },
    [id],
  );
  return (
    row && {
      current: row.current,
      nhsNumbers: withoutStart(row.identifier, `${identifierSystem}|`).filter((each) =>
        /^\d{10}$/.test(each),
      ),
      links: withoutStart(row.link, `${type}/`),
    }
  );
}

/** The stored Patients, other than the one with the id, that have the NHS number as an earlier one. */
export async function patientsThatHad(
  db: Queryable,
  nhsNumber: string,
  { id, most }: { id: string; most: number },
  { identifierSystem, table }: Table,
): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    {
      name: 'patients_that_had',
      text: `SELECT id FROM "${table.name}" WHERE identifier && ARRAY[$1::text] AND id <> $2::uuid ORDER BY id LIMIT $3`,
    },
    [`${identifierSystem}|${nhsNumber}`, id, most],
  );
  return rows.map((row) => row.id);
}

const withoutStart = (texts: readonly string[] | null, start: string): string[] => [
  ...new Set((texts ?? []).filter((each) => each.startsWith(start)).map((each) => each.slice(start.length))),
];
