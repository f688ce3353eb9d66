/**
 * What becomes of a Patient or an Organization that is stored already. Every sender shares them, so their definitions
 * say what is kept, and who may change it. @see semantics "Who is who"
 */
import { storedAt } from '../../../definitions/current-identifier';
import type { MergeContext, MergeRemark, MergeResult } from '../../../definitions/table';
import { fault } from '../match/entry-fault';
import type { Plan, Planned, MatchInput } from '../match/plan';
import { sameContent } from './same-content';
import { isShared, lockAllShared } from '../locks/shared-locks';
import type { Failure } from '../steps';
import type { StoredResource } from '../stored-before/stored-before';

/** The next version, or a fault where the two are not the same after all. */
export function mergeShared(
  each: Planned,
  stored: StoredResource,
  input: MatchInput,
  plan: Plan,
): Failure | undefined {
  const { merge } = each.definition;
  if (!merge) return undefined;
  const merged = merge(stored.content, each.resource, contextOf(each, stored, input));
  if (!merged.ok) return faultOf(each, merged);
  for (const remark of merged.remarks) addRemark(each, remark, plan);
  each.resource = merged.resource;
  each.write = !sameContent(merged.resource, stored.content);
  if (each.write) lockWhenShared(each, input, plan);
  else each.version = stored.version;
  return undefined;
}

/**
 * Whether what the condition of a conditional create finds is what the entry brings. Nothing of the entry is written
 * then, but what else the Bundle holds is filed under what was found. So a Patient with another NHS number or another
 * birth date, and an Organization with another ODS code, is a conflict.
 * @param found what is stored, or what another entry of the transaction creates
 */
export function speaksAgainstFound(
  each: Planned,
  found: Pick<StoredResource, 'id' | 'sender' | 'content'>,
  input: MatchInput,
  plan: Plan,
): Failure | undefined {
  const { merge, identity } = each.definition;
  if (!merge || !identity) return undefined;
  const { resource } = each.request;
  const [sent, known] = [identity.keys(resource), identity.keys(found.content, storedAt(found.content))];
  if (sent.length > 0 && known.length > 0 && !sent.some((key) => known.includes(key))) {
    return fault(
      each,
      'conflict',
      'submission-condition-other-identifier',
      'The condition finds a resource with another NHS number or ODS code than this one has. Use a condition that finds this resource, or none.',
      'request.ifNoneExist',
    );
  }
  const merged = merge(found.content, resource, {
    ...contextOf(each, found, input),
    isFoundByCondition: true,
  });
  if (!merged.ok) return faultOf(each, merged);
  for (const remark of merged.remarks) if (remark.review !== undefined) addRemark(each, remark, plan);
  return undefined;
}

function contextOf(
  each: Planned,
  stored: Pick<StoredResource, 'id' | 'sender' | 'content'>,
  input: MatchInput,
): MergeContext {
  return {
    solelyThisLineage: input.solelyThisLineage(stored.id),
    isUpdate: each.request.update !== undefined,
    isFoundByCondition: false,
    differs: !sameContent(each.resource, stored.content),
    isOwn: stored.sender === input.sender,
    isInCare: input.inCare.has(stored.id),
    mayActFor: input.mayActFor,
  };
}

function faultOf(each: Planned, { category, rule, text, element }: MergeResult & { ok: false }): Failure {
  return fault(each, category, rule, text, element === '' ? 'resource' : `resource.${element}`);
}

function addRemark(each: Planned, { rule, severity, text, element, review }: MergeRemark, plan: Plan): void {
  const place = `Bundle.entry[${each.request.index}].resource`;
  plan.issues.push({
    severity,
    code: severity === 'information' ? 'informational' : 'business-rule',
    rule,
    text,
    expression: element === '' ? place : `${place}.${element}`,
    source: 'Who is who',
  });
  if (review !== undefined) plan.review.push(review);
}

/** What every sender shares is written only under locks of its own; a patient's is held from the start. */
export function lockWhenShared({ definition }: Planned, input: MatchInput, plan: Plan): void {
  if (isShared(definition, input)) lockAllShared(input, plan);
}
