/**
 * Merges an entry into a stored Patient or Organization. All senders share these, so their definitions say what is kept
 * and who may change it. Pure functions.
 * @see semantics "Who is who"
 */
import { meet } from '../../../fhir/names';
import { storedAt } from '../../../fhir/current-identifier';
import type { Merge, MergeContext, MergeRemark, MergeResult } from '../../../definitions/table';
import { fault } from '../match/entry-fault';
import type { MatchInput } from '../match/match-input';
import type { ResolvedEntry } from '../resolve/resolve';
import { statedOf } from '../patient-statement';
import { failure, success, type Failure, type Result } from '../steps';
import type { StoredResource } from '../stored-before/stored-resource';
import { newerSubmission, remarkOnLate } from './keep-newer';
import { isStatedAgain } from './restated';
import type { PlannedEntry, Versioning } from './plan';
import { sameContent } from './same-content';
import { isNewestOfDeath, repeatsDeath } from './values-of-retracted';

/** The next version, or a fault when the two are not the same patient or organisation. */
export function mergeShared(
  each: ResolvedEntry & { stored: StoredResource },
  version: number,
  versioning: Versioning,
): Result<PlannedEntry> {
  const { stored, definition } = each;
  if (!definition.merge) return success({ ...each, version, write: true });
  const { input } = versioning;
  const context = contextOf(each, stored, input);
  const merged = mergeOf(each, definition.merge, context);
  if (!merged.ok) {
    const { category, issues } = faultOf(each, merged);
    return failure(category, issues);
  }
  for (const remark of merged.remarks) addRemark(each, remark, versioning);
  if (merged.isBehind) {
    const newer = newerSubmission(each, input);
    if (newer !== undefined && !context.isOnlyRestated) remarkOnLate(each, versioning);
    const lateAfter = newer ?? stored.origin?.submissionId ?? stored.contentFrom ?? stored.submissionId;
    return success({ ...each, version, write: true, lateAfter, current: merged.resource });
  }
  const write = !sameContent(merged.resource, stored.content);
  if (write) return success({ ...each, resource: merged.resource, write, version });
  const isRestated = definition.identity?.keepsNewest === true && merged.isKept !== true;
  return success({
    ...each,
    resource: merged.resource,
    write,
    version: stored.version,
    ...(isRestated && { restated: true }),
  });
}

/** Merges the two. Late content goes to the history only if it would change something. */
function mergeOf(
  { resource, stored }: ResolvedEntry & { stored: StoredResource },
  merge: Merge,
  context: MergeContext,
): MergeResult {
  const inTime = merge(stored.content, resource, { ...context, isLate: false });
  const changes = inTime.ok && !sameContent(inTime.resource, stored.content);
  return context.isLate && changes ? merge(stored.content, resource, context) : inTime;
}

/**
 * Whether the resource that a conditional create finds contradicts the entry. The entry itself is not written then, but
 * the rest of the Bundle is stored under the resource that was found. So a Patient with another NHS number or another
 * birth date, and an Organization with another ODS code, is a conflict.
 * @param found the stored resource, or the one that another entry of the transaction creates
 */
export function contradictsFound(
  each: ResolvedEntry,
  found: Pick<StoredResource, 'id' | 'sender' | 'content'>,
  versioning: Versioning,
): Failure | undefined {
  const { merge, identity } = each.definition;
  if (!merge || !identity) return undefined;
  const { resource } = each.request;
  const sent = new Set(identity.keys(resource));
  const known = new Set(identity.keys(found.content, storedAt(found.content)));
  if (sent.size > 0 && known.size > 0 && !meet(sent, known)) {
    return fault(
      each,
      'conflict',
      'submission-condition-other-identifier',
      'The condition finds a resource with a different NHS number or ODS code from this resource. Use a condition that finds this resource, or leave the condition out.',
      'request.ifNoneExist',
    );
  }
  const merged = merge(found.content, resource, {
    ...contextOf(each, found, versioning.input),
    isLate: false,
    isFoundByCondition: true,
  });
  if (!merged.ok) return faultOf(each, merged);
  for (const remark of merged.remarks)
    if (remark.review !== undefined && remark.rule !== 'submission-death-changed')
      addRemark(each, remark, versioning);
  const { patients } = versioning.input;
  if (each.definition.type === patients.type && patients.saysOfDeath(resource))
    if (patients.isDead(resource) !== patients.isDead(found.content))
      addRemark(each, deathNotStored, versioning);
  return undefined;
}

const deathNotStored: MergeRemark = {
  rule: 'submission-death-changed',
  severity: 'warning',
  element: 'deceased',
  text: 'The condition finds the stored Patient, so that nothing of this one is stored. The two differ on whether the patient died. To change what is stored, send the Patient without the condition.',
  review: 'A Patient that a condition found differs from what was sent on whether the patient died',
};

function contextOf(
  each: ResolvedEntry,
  stored: Pick<StoredResource, 'id' | 'sender' | 'content' | 'origin'>,
  input: MatchInput,
): MergeContext {
  return {
    solelyThisLineage: input.before.ofLineageAlone.has(stored.id),
    isUpdate: each.request.update !== undefined,
    isFoundByCondition: false,
    emptied: each.definition.type === input.patients.type ? input.emptied : undefined,
    isLate: newerSubmission({ ...each, stored }, input) !== undefined,
    isOnlyRestated: isOnlyRestated(each, stored.id, input),
    isNewestOfDeath: isNewestOfDeath(stored.id, each.resource, input),
    repeatsDeath: repeatsDeath(stored.id, each.resource, input),
    differs: !sameContent(each.resource, stored.content),
    isOwn: stored.sender === input.sender,
    isInSummary: input.isSummary,
    isInCare: input.before.inCare.has(stored.id),
    mayActFor: input.mayActFor,
  };
}

/** A Patient that a retraction states as its summary did; what it says of a death may be new. */
function isOnlyRestated(
  { resource, definition }: ResolvedEntry,
  id: string,
  { before, patients, isRetraction, restates }: MatchInput,
): boolean {
  if (!(isRetraction || restates) || definition.type !== patients.type) return false;
  return isStatedAgain(statedOf(resource, patients, true), before.saidOfPatients.get(id));
}

function faultOf(
  each: ResolvedEntry,
  { category, rule, text, element }: MergeResult & { ok: false },
): Failure {
  return fault(each, category, rule, text, element === '' ? 'resource' : `resource.${element}`);
}

function addRemark(
  each: ResolvedEntry,
  { rule, severity, text, element, review: why }: MergeRemark,
  { issues, review }: Versioning,
): void {
  const place = `Bundle.entry[${each.request.index}].resource`;
  issues.push({
    severity,
    code: severity === 'information' ? 'informational' : 'business-rule',
    rule,
    text,
    expression: element === '' ? place : `${place}.${element}`,
    source: 'Who is who',
  });
  if (why !== undefined) review.push(why);
}
