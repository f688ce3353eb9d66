/**
 * What becomes of an entry whose id is known: its version, what is kept of the stored one, whether there is anything to
 * write, and whether it may be written at all.
 */
import type { Issue } from '../fhir/issue';
import { isObject, type AnyResource } from '../fhir/types';
import { type Plan, type Planned, type Question, remark } from './plan';
import { isShared, lockAllShared } from './shared-locks';
import type { Failure } from './steps';

/** Version, what is kept of the stored one, and whether there is anything to write. */
export function settle(each: Planned, question: Question, plan: Plan): Failure | undefined {
  const { intent, definition, stored } = each;
  const place = `Bundle.entry[${intent.index}]`;
  const fault = (
    category: Failure['category'],
    code: Issue['code'],
    rule: string,
    text: string,
    element = 'resource',
  ): Failure => ({
    category,
    issues: [{ severity: 'error', code, rule, text, expression: `${place}.${element}` }],
  });
  if (intent.ifMatch !== undefined && intent.ifMatch !== (stored?.version ?? 0)) {
    return fault(
      'precondition-failed',
      'conflict',
      'fhir-if-match',
      'The version named by ifMatch is not the current one; read the resource again.',
      'request.ifMatch',
    );
  }
  each.version = (stored?.version ?? 0) + 1;
  if (!stored) {
    if (isShared(definition, question)) lockAllShared(question, plan);
    return undefined;
  }
  if (intent.ifNoneExist !== undefined) {
    if (each.patientId !== null && stored.patientId !== null && each.patientId !== stored.patientId) {
      return fault(
        'conflict',
        'conflict',
        'submission-condition-other-patient',
        'What the condition finds belongs to another patient; a condition that names the patient too finds the right one.',
        'request.ifNoneExist',
      );
    }
    Object.assign(each, {
      write: false,
      version: stored.version,
      resource: stored.content,
      patientId: stored.patientId,
    });
    return undefined;
  }
  if (definition.merge) {
    if (definition.type === question.patients.type && intent.update) {
      const [key] = definition.identity?.keys(intent.resource) ?? [];
      const [before] = definition.identity?.keys(stored.content) ?? [];
      if (key !== before)
        return fault(
          'conflict',
          'conflict',
          'submission-nhs-number-moves',
          'The NHS number of a stored Patient does not change: send a new summary under the right number, and retract the wrong one.',
        );
    }
    const merged = definition.merge(stored.content, each.resource, {
      solelyThisLineage: question.solelyThisLineage(stored.id),
    });
    if (!merged.ok)
      return fault(
        'conflict',
        merged.conflict.code ?? 'conflict',
        'submission-other-person',
        merged.conflict.text,
        `resource.${merged.conflict.element}`,
      );
    for (const { element, text } of merged.issues)
      remark(plan, intent, 'submission-demographics', text, element);
    each.resource = merged.resource;
    each.write = !sameContent(merged.resource, stored.content);
    if (each.write && isShared(definition, question)) lockAllShared(question, plan);
    else each.version = stored.version;
    return undefined;
  }
  if (intent.update && stored.sender !== question.sender) {
    return fault(
      'forbidden',
      'forbidden',
      'submission-not-yours',
      'Only the sender of a resource may replace it.',
    );
  }
  if (intent.update && stored.patientId !== each.patientId) {
    return fault(
      'conflict',
      'conflict',
      'submission-patient-moves',
      'The stored resource belongs to another patient, and never moves. Retract it (entered-in-error), then send a new one.',
    );
  }
  return undefined;
}

/** True where nothing differs but the server's own id, version and time. */
function sameContent(one: AnyResource, other: AnyResource): boolean {
  return stable(one) === stable(other);
}

function stable(resource: AnyResource): string {
  const { id: _id, meta, ...rest } = resource;
  const { versionId: _versionId, lastUpdated: _lastUpdated, ...kept } = isObject(meta) ? meta : {};
  return JSON.stringify(sorted({ ...rest, meta: kept }));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, item]) => [name, sorted(item)]),
  );
}
