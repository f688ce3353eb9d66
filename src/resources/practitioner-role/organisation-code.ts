/** The organisation that a role names by its code: a reference has one identifier, and its `system|value` is the first token. */
export const organisationCode = (alias: string): string =>
  `((${alias}organization_identifier[1]) COLLATE "C")`;
