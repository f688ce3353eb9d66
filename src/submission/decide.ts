/**
 * Who is who: for each entry the server's id and the version it becomes. A pure function of what was sent and what is
 * stored; it runs inside the writing transaction, and says which locks it must hold for its answer to stand.
 * @see semantics «Who is who»
 */
import type { ResourceDefinition } from '../definitions/resource-definition';
import type { EntryView } from '../definitions/rule';
import type { Issue } from '../fhir/issue';
import { isObject, listOf, type AnyResource, type JsonObject } from '../fhir/types';
import { isUuid } from '../platform/ids';
import type { PatientIdOf } from '../platform/patient-id';
import { lockOn } from './locks';
import { withLiteralReferences } from './rewrite';
import { type Failure, failure, type Intent, type Result, type StoredEntry, success } from './steps';
import type { Stored, World } from './world';

/** One entry, decided. */
export interface Planned {
  intent: Intent;
  definition: ResourceDefinition;
  id: string;
  version: number;
  stored: Stored | undefined;
  /** With literal references, and without the server's id and version: those come last. */
  resource: AnyResource;
  patientId: string | null;
  /** False where it is stored already and nothing differs. */
  write: boolean;
}

export interface Plan {
  entries: Planned[];
  withdrawn: Stored[];
  issues: Issue[];
  /** The patient that the submission is about, where there is just one. */
  patientId: string | null;
  /** Locks without which the plan could be overtaken. */
  locks: Set<string>;
}

export interface Question {
  intents: readonly Intent[];
  /** The Bundle's entries, by their index. */
  views: ReadonlyMap<number, EntryView>;
  world: World;
  sender: string;
  /** What the corrected submission stored, by `fullUrl`; and the submissions of its lineage. */
  corrects:
    | { stored: readonly StoredEntry[]; submissions: ReadonlySet<string>; patientId: string | null }
    | undefined;
  /** Ids found for conditional entries, by the entry's index. */
  found: ReadonlyMap<number, readonly string[]>;
  /** True where the stored patient came from this lineage only. */
  solelyThisLineage: (patientId: string) => boolean;
  resolve: (reference: JsonObject, from: EntryView) => EntryView | undefined;
  definitionOf: (type: string) => ResourceDefinition;
  /** The type whose ids come from its key: the patient's. */
  patientType: string;
  patientIdOf: PatientIdOf;
  newId: () => string;
}

export function decide(question: Question): Result<Plan> {
  const plan: Plan = { entries: [], withdrawn: [], issues: [], patientId: null, locks: new Set() };
  const faults: { failure: Failure }[] = [];
  const drafts = draft(question, plan, faults);
  if (faults.length > 0) return allOf(faults);

  const idOf = new Map(drafts.map((each) => [each.intent.index, `${each.definition.type}/${each.id}`]));
  for (const each of drafts) {
    const view = viewOf(each.intent, question);
    each.resource = withLiteralReferences(each.intent.resource, (reference) => {
      const target = question.resolve(literalUrl(reference), view);
      return target && idOf.get(target.index);
    });
  }
  for (const each of drafts) {
    const settled = settle(each, question, plan);
    if (settled) faults.push({ failure: settled });
  }
  if (faults.length > 0) return allOf(faults);
  plan.entries = drafts;
  const patients = new Set(drafts.map(({ patientId }) => patientId).filter((id) => id !== null));
  plan.patientId = patients.size === 1 ? [...patients][0]! : null;
  if (question.corrects?.patientId && plan.patientId && plan.patientId !== question.corrects.patientId) {
    return failure('conflict', {
      severity: 'error',
      code: 'conflict',
      rule: 'submission-other-patient',
      text: 'The summary that this corrects is of a patient with another NHS number. Retract the first (entered-in-error), then send a new summary with a Bundle.identifier of its own.',
      expression: 'Bundle.identifier',
      source: 'Corrections',
    });
  }
  withdraw(question, plan);
  return success(plan);
}

/** Every fault at once, under the category of the first. */
function allOf(faults: readonly { failure: Failure }[]): { ok: false; failure: Failure } {
  const issues = faults.flatMap((fault) => fault.failure.issues);
  return failure(faults[0]?.failure.category ?? 'invalid', ...issues);
}

/** An Attachment's address is looked up like a reference. */
const literalUrl = (value: JsonObject): JsonObject =>
  'reference' in value || !('url' in value) ? value : { reference: value.url };

/** Ids for all entries: shared types first, since what belongs to a patient or a custodian is told apart by them. */
function draft(question: Question, plan: Plan, faults: { failure: Failure }[]): Planned[] {
  const claimed = new Set<string>();
  const keysInBundle = new Map<string, number>();
  const drafts: Planned[] = question.intents.map((intent) => {
    const definition = question.definitionOf(intent.resource.resourceType);
    for (const key of definition.identity?.keys(intent.resource) ?? []) {
      const name = `${intent.resource.resourceType}|${key}`;
      keysInBundle.set(name, (keysInBundle.get(name) ?? 0) + 1);
    }
    return {
      intent,
      definition,
      id: '',
      version: 0,
      stored: undefined,
      resource: intent.resource,
      patientId: null,
      write: true,
    };
  });
  const byIndex = new Map(drafts.map((each) => [each.intent.index, each]));
  const shared = drafts.filter(({ definition }) => definition.merge !== undefined);
  for (const each of [...shared, ...drafts.filter(({ definition }) => definition.merge === undefined)]) {
    const isShared = each.definition.merge !== undefined;
    if (!isShared) each.patientId = patientOf(each, question, byIndex);
    const found = target(each, { question, plan, claimed, keysInBundle, byIndex });
    if (!found.ok) {
      faults.push(found);
      continue;
    }
    each.stored = found.value.stored;
    each.id = found.value.id;
    claimed.add(`${each.definition.type}/${each.id}`);
    if (each.intent.resource.resourceType === question.patientType) each.patientId = each.id;
  }
  return drafts;
}

interface Targeting {
  question: Question;
  plan: Plan;
  claimed: Set<string>;
  keysInBundle: Map<string, number>;
  byIndex: ReadonlyMap<number, Planned>;
}

/** The stored resource that an entry is the next version of, or a new id. */
function target(each: Planned, targeting: Targeting): Result<{ id: string; stored: Stored | undefined }> {
  const { intent, definition } = each;
  const { question, claimed } = targeting;
  const type = intent.resource.resourceType;
  const place = `Bundle.entry[${intent.index}]`;
  const storedOf = (id: string): Stored | undefined =>
    question.world.stored.get(`${type}/${id.toLowerCase()}`);
  const conditional = question.found.get(intent.index);
  if (conditional && conditional.length > 1) {
    return failure('precondition-failed', {
      severity: 'error',
      code: 'multiple-matches',
      rule: 'fhir-conditional',
      text: 'More than one resource matches the condition; it should match one at most.',
      expression: `${place}.request`,
      source: 'https://hl7.org/fhir/R4/http.html#trules',
    });
  }
  const named = intent.update && 'id' in intent.update ? intent.update.id : conditional?.[0];
  if (named !== undefined) {
    const stored = storedOf(named);
    if (!stored) {
      return failure('not-found', {
        severity: 'error',
        code: 'not-found',
        rule: 'fhir-update-unknown',
        text: 'There is no such resource to update: ids are given by this server, so a new resource is sent with POST.',
        expression: `${place}.request.url`,
        source: 'https://hl7.org/fhir/R4/http.html#upsert',
      });
    }
    if (claimed.has(`${type}/${stored.id}`)) return twice(place);
    return success({ id: stored.id, stored });
  }
  if (definition.idFromKey) {
    const [key] = definition.identity?.keys(intent.resource) ?? [];
    if (key !== undefined) {
      const id = question.patientIdOf(key.slice(key.lastIndexOf('|') + 1));
      return claimed.has(`${type}/${id}`) ? twice(place) : success({ id, stored: storedOf(id) });
    }
  }
  const successor = successorOf(each, targeting) ?? sameByKey(each, targeting);
  return success({ id: successor?.id ?? question.newId(), stored: successor });
}

function twice(place: string): { ok: false; failure: Failure } {
  return failure('invalid', {
    severity: 'error',
    code: 'multiple-matches',
    rule: 'submission-same-resource-twice',
    text: 'Two entries of this Bundle are one and the same resource of this server; send it once.',
    expression: place,
    source: 'https://hl7.org/fhir/R4/http.html#trules',
  });
}

/** In a correction: the resource with the same `fullUrl` in the submission that it replaces. */
function successorOf(each: Planned, { question, claimed }: Targeting): Stored | undefined {
  const { fullUrl, resource } = each.intent;
  if (fullUrl === undefined || !question.corrects) return undefined;
  const before = question.corrects.stored.find(
    (entry) => entry.fullUrl === fullUrl && entry.type === resource.resourceType,
  );
  const stored = before && question.world.stored.get(`${before.type}/${before.id}`);
  if (!stored || claimed.has(`${stored.type}/${stored.id}`)) return undefined;
  return each.definition.merge || stored.patientId === each.patientId ? stored : undefined;
}

/** The stored resource with the same business key, where all that must agree beside it agrees. */
function sameByKey(
  each: Planned,
  { question, plan, claimed, keysInBundle, byIndex }: Targeting,
): Stored | undefined {
  const { definition, intent } = each;
  const { identity } = definition;
  const type = intent.resource.resourceType;
  for (const key of identity?.keys(intent.resource) ?? []) {
    const repeated = (keysInBundle.get(`${type}|${key}`) ?? 0) > 1;
    if (repeated) {
      remark(
        plan,
        intent,
        'submission-identifier-repeated',
        'Another resource of this Bundle bears the same identifier; both are stored.',
      );
    }
    if (repeated && identity?.uniqueInBundle) continue;
    const candidates = (question.world.byKey.get(`${type}|${key}`) ?? []).filter(
      (stored) => !claimed.has(`${type}/${stored.id}`),
    );
    const same = candidates.find((stored) => agrees(each, stored, question, byIndex));
    if (same) return same;
    if (
      candidates.some(
        ({ patientId }) => each.patientId !== null && patientId !== null && patientId !== each.patientId,
      )
    ) {
      remark(
        plan,
        intent,
        'submission-identifier-of-other',
        'The identifier is borne by a resource of another patient; this one is stored as new, and nothing is merged.',
      );
    }
  }
  return undefined;
}

function agrees(
  each: Planned,
  stored: Stored,
  question: Question,
  byIndex: ReadonlyMap<number, Planned>,
): boolean {
  return (each.definition.identity?.within ?? []).every((what) => {
    if (what === 'patient') return each.patientId !== null && stored.patientId === each.patientId;
    if (what === 'sender') return stored.sender === question.sender;
    const [custodian] = listOf(each.intent.resource.custodian).filter(isObject);
    const [before] = listOf(stored.content.custodian).filter(isObject);
    const entry = custodian && question.resolve(custodian, viewOf(each.intent, question));
    const planned = entry && byIndex.get(entry.index);
    const literal = planned ? `${planned.definition.type}/${planned.id}` : custodian?.reference;
    return literal !== undefined && literal === before?.reference;
  });
}

/** The server's id of the patient that an entry belongs to: through its Bundle, or literally named. */
function patientOf(each: Planned, question: Question, byIndex: ReadonlyMap<number, Planned>): string | null {
  for (const path of each.definition.table.patient) {
    for (const reference of referencesAt(each.intent.resource, path.split('.'))) {
      const entry = question.resolve(reference, viewOf(each.intent, question));
      const planned = entry && byIndex.get(entry.index);
      if (planned?.intent.resource.resourceType === question.patientType) return planned.id;
      const literal = serverIdOf(reference, question.patientType);
      if (literal !== undefined && question.world.stored.has(`${question.patientType}/${literal}`))
        return literal;
    }
  }
  return null;
}

/** The id in a literal reference to a resource of this server, such as `Patient/<uuid>`. */
export function serverIdOf(reference: JsonObject, type: string): string | undefined {
  const match =
    typeof reference.reference === 'string' ? /^([A-Za-z]+)\/([^/]+)$/.exec(reference.reference) : null;
  return match && match[1] === type && isUuid(match[2]!) ? match[2]!.toLowerCase() : undefined;
}

/** The Reference objects at a path; lists are walked. */
export function referencesAt(resource: JsonObject, path: readonly string[]): JsonObject[] {
  let level: JsonObject[] = [resource];
  for (const name of path) level = level.flatMap((value) => listOf(value[name]).filter(isObject));
  return level;
}

/** Version, what is kept of the stored one, and whether there is anything to write. */
function settle(each: Planned, question: Question, plan: Plan): Failure | undefined {
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
    lockShared(each, plan);
    return undefined;
  }
  if (intent.ifNoneExist !== undefined) {
    Object.assign(each, {
      write: false,
      version: stored.version,
      resource: stored.content,
      patientId: stored.patientId,
    });
    return undefined;
  }
  if (definition.merge) {
    if (definition.idFromKey && intent.update) {
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
    if (each.write) lockShared(each, plan);
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

/** What every sender shares may be written only under a lock of its own; a patient's is held from the start. */
function lockShared({ definition, intent, stored }: Planned, plan: Plan): void {
  if (!definition.merge || definition.idFromKey) return;
  if (stored) plan.locks.add(lockOn('4-resource', definition.type, stored.id));
  for (const key of definition.identity?.keys(intent.resource) ?? [])
    plan.locks.add(lockOn('6-shared', definition.type, key));
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

/** What the corrected submission stored, and this one no longer carries. */
function withdraw(question: Question, plan: Plan): void {
  if (!question.corrects) return;
  const kept = new Set(
    plan.entries.map(
      ({ definition, id, intent }) => `${intent.resource.resourceType ?? definition.type}/${id}`,
    ),
  );
  for (const { type, id } of question.corrects.stored) {
    const stored = question.world.stored.get(`${type}/${id}`);
    if (!stored || kept.has(`${type}/${id}`) || !question.definitionOf(type).withdrawable) continue;
    if (question.corrects.submissions.has(stored.submissionId)) plan.withdrawn.push(stored);
  }
}

function viewOf(intent: Intent, question: Question): EntryView {
  return question.views.get(intent.index) ?? { index: intent.index, resource: intent.resource };
}

function remark(plan: Plan, intent: Intent, rule: string, text: string, element = ''): void {
  const expression = `Bundle.entry[${intent.index}].resource${element === '' ? '' : `.${element}`}`;
  if (plan.issues.some((issue) => issue.rule === rule && issue.expression === expression)) return;
  plan.issues.push({
    severity: 'warning',
    code: 'business-rule',
    rule,
    text,
    expression,
    source: 'Who is who',
  });
}
