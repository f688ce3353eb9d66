/**
 * Whether a sender has named an organisation as the GP practice of a patient, however many versions of the Patient there
 * are, and whatever PostgreSQL has counted. Of one patient, the newest version of each sender that names a practice is
 * one probe of an index: the patient and the sender are one text, which no other index has, and the probe asks for the
 * first one in the order of that text, as in `../encounter/provider.ts`. Where many patients are looked at, those of the
 * practice are collected once: all of whom any version may name it, and then each of them is looked at in the same way.
 */
import type { Index } from '../../definitions/table';
import { UUID } from '../../fhir/uuid';
import { organisationCode } from '../practitioner-role/organisation-code';

/**
 * A patient has one or two practices. A version that has more references, or more tokens of identifiers (two for each:
 * with its system and without), is taken to name none.
 */
const MOST_PRACTICES = 40;
/** Roles of an organisation that are looked for in the versions. With more, the roles of all versions are looked up. */
const MOST_ROLES = 2000;

const counted = (alias: string, column: string): string => `coalesce(cardinality(${alias}${column}), 0)`;

/** Which versions name a practice. */
const namesOne = (alias: string): string => {
  const [references, tokens] = ['general_practitioner', 'general_practitioner_identifier'].map((column) =>
    counted(alias, column),
  );
  return `${references} <= ${MOST_PRACTICES} AND ${tokens} <= ${MOST_PRACTICES} AND ${references} + ${tokens} > 0`;
};

const patientAndSender = (alias: string): string =>
  `((${alias}id::text || ' ' || ${alias}sender) COLLATE "C")`;

/** The indexes of Patient that this needs, of its table and of its history. */
export const NAMED_PRACTICES: readonly Index[] = [
  {
    name: 'names_practice',
    on: `${patientAndSender('')}, version_id DESC`,
    where: namesOne(''),
    history: true,
  },
  { name: 'practice', on: 'general_practitioner', using: 'gin', where: namesOne(''), history: true },
  {
    name: 'practice_identifier',
    on: 'general_practitioner_identifier',
    using: 'gin',
    where: namesOne(''),
    history: true,
  },
];

export interface Practice {
  /** SQL of a list of `Organization/<id>`: the stored Organizations that are the practice. */
  references: string;
  /** SQL of the list of its token, `system|code`. */
  token: string;
  /** SQL of `ALL(…)`: the senders that do not count, neither in a Patient nor in a role. */
  others: string;
}

/**
 * The SQL condition that the column has the id of such a patient; never NULL.
 * @param ofMany SQL: whether so many patients are looked at that all of the practice are better collected once
 */
export function isNamedPractice(practice: Practice, column: string, ofMany: string): string {
  const named = { ...practice, references: '(SELECT organisations FROM practice)::text[]' };
  const once = `WITH practice AS MATERIALIZED (SELECT ${practice.references} AS organisations)`;
  const all = `${column} IN (SELECT unnest(ARRAY(${once} ${allOf(named)})))`;
  return `(CASE WHEN ${ofMany} THEN ${all} ELSE (${once} SELECT ${isNamedNow(named, column)}) END)`;
}

/** All such patients, of those of whom any version may name it. */
function allOf(practice: Practice): string {
  const { references, token } = practice;
  const roles = '(SELECT ids FROM roles)::text[]';
  const ids = ['patient', 'patient_history'].flatMap((table) =>
    [
      `named.general_practitioner && (${references} || ${roles})`,
      `named.general_practitioner_identifier && ${token}`,
      // The time for a list of roles grows with the square of its length, so beyond it all versions are looked at.
      `cardinality(${roles}) > ${MOST_ROLES} AND ${byRole(practice, 'named.general_practitioner')}`,
    ].map((may) => `SELECT named.id FROM ${table} AS named WHERE ${namesOne('named.')} AND ${may}`),
  );
  const candidates = `SELECT DISTINCT id FROM (${ids.join(' UNION ALL ')}) AS found OFFSET 0`;
  return `, roles AS MATERIALIZED (SELECT ${rolesOf(practice)} AS ids)
    SELECT candidate.id FROM (${candidates}) AS candidate WHERE ${isNamedNow(practice, 'candidate.id')}`;
}

/** Some of the roles there, `PractitionerRole/<id>`, whoever sent them. */
function rolesOf({ references, token }: Practice): string {
  const code = organisationCode('there.');
  const most = `LIMIT ${MOST_ROLES + 1}`;
  return `ARRAY(SELECT 'PractitionerRole/' || role.id FROM (
      SELECT found.id FROM unnest(${references}) AS practice (reference), LATERAL (
        SELECT there.id FROM practitioner_role AS there WHERE there.organization BETWEEN practice.reference AND practice.reference
        ORDER BY there.organization ${most}) AS found
      UNION ALL (SELECT there.id FROM practitioner_role AS there WHERE there.organization_identifier IS NOT NULL
        AND ${code} BETWEEN (${token})[1] AND (${token})[1] ORDER BY ${code} ${most})) AS role ${most})`;
}

/**
 * Whether the newest version of a sender that counts names the practice. The current version is the newest of its
 * sender; of the others the newest are looked for one by one.
 */
function isNamedNow(practice: Practice, column: string): string {
  const first = `${column}::text || ' '`;
  const newest = (
    table: string,
    after: string,
  ): string => `(SELECT said.sender, said.general_practitioner AS practices,
      said.general_practitioner_identifier AS tokens FROM ${table} AS said
    WHERE ${namesOne('said.')} AND ${patientAndSender('said.')} > ${after} AND ${patientAndSender('said.')} < ${column}::text || '!'
    ORDER BY ${patientAndSender('said.')}, said.version_id DESC LIMIT 1)`;
  const counts = `said.sender <> ${practice.others} AND ${names(practice)}`;
  const now = newest('patient', first);
  return `(EXISTS (SELECT 1 FROM ${now} AS said WHERE ${counts}) OR EXISTS (
    WITH RECURSIVE past AS (${newest('patient_history', first)} UNION ALL
      SELECT following.* FROM past, LATERAL ${newest('patient_history', `${first} || past.sender`)} AS following)
    SELECT 1 FROM past AS said WHERE ${counts} AND NOT EXISTS (SELECT 1 FROM ${now} AS now WHERE now.sender = said.sender)))`;
}

function names(practice: Practice): string {
  return `(said.practices && ${practice.references} OR said.tokens && ${practice.token} OR ${byRole(practice, 'said.practices')})`;
}

/** Whether a list of references has a role there. */
function byRole({ references, token, others }: Practice, list: string): string {
  const id = `CASE WHEN refers.reference ~ '^PractitionerRole/${UUID}$' THEN substr(refers.reference, 18)::uuid END`;
  return `EXISTS (SELECT 1 FROM unnest(${list}) AS refers (reference)
      WHERE (SELECT works.sender <> ${others} AND (works.organization = ANY(${references}) OR works.organization_identifier && ${token})
        FROM practitioner_role AS works WHERE works.id = ${id}))`;
}
