/**
 * An Organization with one ODS code is one organisation: the newest submission's content becomes the next version, if
 * the sender is that organisation or may act for it, and if it has no code other than the stored one. One that gives its
 * code alone says nothing of it: what is stored stays, as if the organisation were only referred to. @see semantics "Who is who"; docs/access.md
 */
import { storedAt } from '../../fhir/current-identifier';
import type { MergeContext, MergeResult } from '../../definitions/table';
import { listOf, type AnyResource } from '../../fhir/types';
import { odsCodesOf } from './table';

const RULE = 'submission-organization-kept';

export function mergeOrganization(
  stored: AnyResource,
  incoming: AnyResource,
  { differs, isOwn, isUpdate, mayActFor }: MergeContext,
): MergeResult {
  // A summary made of HL7 v2 has the sender's code alone.
  if (!isUpdate && isCodeAlone(incoming, stored)) return { ok: true, resource: stored, remarks: [] };
  const [code] = odsCodesOf(stored, storedAt(stored));
  const mayChange = code === undefined ? isOwn || mayActFor('') : mayActFor(code);
  const isOtherCode = code !== undefined && odsCodesOf(incoming).join() !== code;
  if (!differs || (mayChange && !isOtherCode)) return { ok: true, resource: incoming, remarks: [] };
  if (isUpdate) {
    return {
      ok: false,
      category: 'forbidden',
      rule: RULE,
      element: '',
      text: 'The policy of this server does not let you change this organisation. Only the organisation itself, or a sender that may submit for it, can change it.',
    };
  }
  const text = isOtherCode
    ? 'The organisation is already stored with other ODS codes. Its stored content does not change. Send its one ODS code.'
    : 'The organisation is already stored. Its stored content does not change. Only the organisation itself, or a sender that may submit for it, can change it.';
  return {
    ok: true,
    resource: stored,
    remarks: [{ rule: RULE, severity: 'information', element: '', text }],
  };
}

/** The elements that say which organisation it is, and nothing of it. */
const NAMING: ReadonlySet<string> = new Set([
  'resourceType',
  'id',
  'meta',
  'implicitRules',
  'language',
  'identifier',
]);

function isCodeAlone(incoming: AnyResource, stored: AnyResource): boolean {
  const [code, ...others] = odsCodesOf(incoming);
  if (code === undefined || others.length > 0 || listOf(incoming.identifier).length > 1) return false;
  return Object.keys(incoming).every((name) => NAMING.has(name)) && isSameCode(code, stored);
}

const isSameCode = (code: string, stored: AnyResource): boolean =>
  odsCodesOf(stored, storedAt(stored)).join() === code;
