/** The form of a UUID: the one pattern for it. */

/** As a part of a pattern; letters in lower case, or in either with the flag `i`. */
export const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
/** The same for a pattern that can't have a flag, as in SQL. */
export const UUID_IN_EITHER_CASE = UUID.replaceAll('a-f', 'a-fA-F');

const WHOLE = new RegExp(`^${UUID}$`, 'i');
const LOWER_CASE = new RegExp(`^${UUID}$`);
const URN = new RegExp(`^urn:uuid:${UUID}$`, 'i');

/** True of the canonical form of a UUID, in either case: the only form of an id that this server gives. */
export function isUuid(text: string): boolean {
  return WHOLE.test(text);
}

/** True of a UUID as PostgreSQL writes it: in lower case. */
export function isLowerCaseUuid(text: string): boolean {
  return LOWER_CASE.test(text);
}

/** True of `urn:uuid:` and a UUID, in either case. */
export function isUuidUrn(text: string): boolean {
  return URN.test(text);
}
