/**
 * The roles of people who use the pages, and what each may do, as the scopes that a token of that person would have.
 * @see docs/console.md
 */
import type { JsonObject } from '../../../fhir/types';

/** In the order in which the start page is chosen for a person with several roles. */
export const roles = ['clinician', 'auditor', 'operator'] as const;
export type Role = (typeof roles)[number];

/** An operator reads no data of patients. */
const scopes: Readonly<Record<Role, string>> = {
  clinician: 'user/*.rs',
  auditor: 'user/AuditEvent.crs',
  operator: '',
};

export const scopeOf = (given: readonly Role[]): string => given.map((role) => scopes[role]).join(' ');

/**
 * The roles in a claim: a list (`["clinician"]`) or a text (`clinician auditor`). Unknown ones are left out.
 */
export function rolesIn(claim: JsonObject[string] | undefined): Role[] {
  const texts = Array.isArray(claim) ? claim : [claim];
  const words = texts.flatMap((text) => (typeof text === 'string' ? text.toLowerCase().split(/[\s,]+/) : []));
  return roles.filter((role) => words.includes(role));
}
