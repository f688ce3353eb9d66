/**
 * An Organization with one ODS code is one organisation: the newest submission's content becomes the next version, if
 * the sender is that organisation or may act for it, and if it has no code other than the stored one. @see semantics "Who is who"; docs/access.md
 */
import { storedAt } from '../../fhir/current-identifier';
import type { MergeContext, MergeResult } from '../../definitions/table';
import type { AnyResource } from '../../fhir/types';
import { odsCodesOf } from './table';

const RULE = 'submission-organization-kept';

export function mergeOrganization(
  stored: AnyResource,
  incoming: AnyResource,
  { differs, isOwn, isUpdate, mayActFor }: MergeContext,
): MergeResult {
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
