/**
 * The patients whose data an organisation reads with the policy `own-patients`: those with a stay of which it is the
 * provider, and those whose GP practice it is (named as the practice, or by a person who works there).
 *
 * What it wrote into a Patient itself is ignored, and so is what anybody wrote who may read for it: otherwise a supplier
 * could open a record to itself or to an organisation that it serves. The newest version from each other sender is used, so that
 * a practice stays the practice until the sender that named it names another, whoever writes the Patient in between. A
 * version that names none says nothing.
 * A stay counts whoever sent it, and only its own sender can change it. An Organization that was ever stored under
 * another code, or that somebody else sent under none, does not become this organisation's by being given its code. For
 * a practice it does not either where the organisation itself sent it under none: whoever named it meant no practice.
 * @see docs/access.md
 */
import { ODS_ORGANISATION_SYSTEM } from '../../terminology/ods';
import { hasStayOf, PATIENT_AND_CODE, PATIENT_AND_PROVIDER } from '../encounter/provider';
import { isNamedPractice } from './named-practice';

/** Organizations with one code that a sender has stored. It is one, or a few where a Bundle has it several times. */
const MOST_OF_A_SENDER = 20;

type Bind = (value: unknown, type: string) => string;

export interface Reader {
  /** The organisation in whose name is read. */
  odsCode: string;
  /** The sender that the caller is: another organisation, where it acts for this one. */
  callerIs: string;
  /** Every sender that may read for the organisation. */
  actors: readonly string[];
}

/**
 * The SQL condition that the column contains the id of such a patient. With an empty code, no patient matches.
 * @param ofMany SQL: whether so many patients are looked at that those of a practice are better collected once
 */
export function isPatientOf(
  { odsCode, callerIs, actors }: Reader,
  column: string,
  bind: Bind,
  ofMany = 'FALSE',
): string {
  if (odsCode === '') return 'FALSE';
  const code = bind(odsCode, 'text');
  const itself = `ALL(${bind([...new Set([odsCode, callerIs])], 'text[]')})`;
  const withActors = `ALL(${bind([...new Set([odsCode, callerIs, ...actors])], 'text[]')})`;
  const token = bind([`${ODS_ORGANISATION_SYSTEM}|${odsCode}`], 'text[]');
  // The one whose id follows from the code (a UUID of version 8), then the oldest: others are compared with each row.
  const ofCode = `SELECT id, row_number() OVER (PARTITION BY sender ORDER BY substr(id::text, 15, 1) = '8' DESC, id) AS place
    FROM organization WHERE ods_code = ${code}`;
  const unless = (wasNamedOtherwise: string): string =>
    `ARRAY(SELECT 'Organization/' || o.id FROM (${ofCode}) AS o WHERE o.place <= ${MOST_OF_A_SENDER}
    AND NOT EXISTS (SELECT 1 FROM organization_history AS was
      WHERE was.id = o.id AND was.ods_code IS DISTINCT FROM ${code}${wasNamedOtherwise}))`;
  const providers = unless(` AND (was.ods_code IS NOT NULL OR was.sender <> ${itself})`);
  const byReference = hasStayOf(column, 'provider.reference', PATIENT_AND_PROVIDER);
  return `(EXISTS (SELECT 1 FROM unnest(${providers}) AS provider (reference) WHERE ${byReference})
    OR ${hasStayOf(column, `(${token})[1]`, PATIENT_AND_CODE)}
    OR ${isNamedPractice({ references: unless(''), token, others: withActors }, column, ofMany)})`;
}
