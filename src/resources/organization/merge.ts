/**
 * An Organization with one ODS code is one organisation: the newest submission's content becomes the next version, if
 * the sender is that organisation or may act for it. @see semantics "Who is who"; docs/access.md
 */
import type { MergeContext, MergeResult } from '../../definitions/table';
import type { AnyResource } from '../../fhir/types';
import { odsCodesOf } from './table';

const RULE = 'submission-organization-kept';

export function mergeOrganization(
  stored: AnyResource,
  incoming: AnyResource,
  { differs, isOwn, isUpdate, mayActFor }: MergeContext,
): MergeResult {
  const codes = odsCodesOf(stored);
  const mayChange = codes.length === 0 ? isOwn || mayActFor('') : codes.every((code) => mayActFor(code));
  if (!differs || mayChange) return { ok: true, resource: incoming, remarks: [] };
  if (isUpdate) {
    return {
      ok: false,
      category: 'forbidden',
      rule: RULE,
      element: '',
      text: 'The policy of this server does not let you change this organisation. Only the organisation itself, or who may submit for it, can change it.',
    };
  }
  const text =
    'The organisation is stored already and keeps its stored content. Only the organisation itself, or who may submit for it, can change it.';
  return {
    ok: true,
    resource: stored,
    remarks: [{ rule: RULE, severity: 'information', element: '', text }],
  };
}
