/**
 * Whether a patient has a stay of a provider, by one probe of an index however many stays the patient has. Where its
 * statistics are older than a flood of stays, PostgreSQL takes an index of the patient alone, and reads all of them for
 * each row of that patient. So the patient and the provider are one text, which no other index has. The probe asks for
 * the first one in the order of that text: whatever the statistics say, only this index has that order.
 */

interface Pair {
  /** The text of the row, as SQL. It starts with the patient, whose id is always of the same length. */
  key: (alias: string) => string;
  /** Which rows the index has. */
  where: (alias: string) => string;
}

const textOf = (alias: string, provider: string): string =>
  `((${alias}patient_id::text || ' ' || ${alias}${provider}) COLLATE "C")`;

/** By the reference: `Organization/<id>`. */
export const PATIENT_AND_PROVIDER: Pair = {
  key: (alias) => textOf(alias, 'service_provider'),
  where: (alias) => `${alias}service_provider IS NOT NULL`,
};

/** By the reference's own identifier: a reference has one, and its `system|value` is the first token. */
export const PATIENT_AND_CODE: Pair = {
  key: (alias) => textOf(alias, 'service_provider_identifier[1]'),
  where: (alias) => `${alias}service_provider_identifier IS NOT NULL`,
};

/**
 * The SQL condition that the patient has a stay of the provider; never NULL.
 * @param patient SQL of its id
 * @param provider SQL of `Organization/<id>`, or of a token
 */
export function hasStayOf(patient: string, provider: string, { key, where }: Pair): string {
  const asked = `(${patient}::text || ' ' || ${provider})`;
  // Of EXISTS, PostgreSQL would ignore the order.
  return `(SELECT 1 FROM encounter AS stay WHERE ${where('stay.')}
    AND ${key('stay.')} BETWEEN ${asked} AND ${asked} ORDER BY ${key('stay.')} LIMIT 1) IS NOT NULL`;
}
