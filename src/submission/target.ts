/**
 * Which stored resource an entry is the next version of: named by the request, found by its condition, derived from its
 * key, the successor in a correction, or the one with the same business identifier. Otherwise it is new.
 * @see semantics «Who is who»
 */
import { businessKeys } from '../definitions/business-keys';
import { isObject, listOf, type AnyResource } from '../fhir/types';
import { type Plan, type Planned, type Question, remark, viewOf } from './plan';
import { type Failure, failure, type Result, success } from './steps';
import type { Stored } from './world';

export interface Targeting {
  question: Question;
  plan: Plan;
  claimed: Set<string>;
  keysInBundle: Map<string, number>;
  byIndex: ReadonlyMap<number, Planned>;
  /** `Type/id` of what an entry succeeds by its `fullUrl`: not to be had by a business key. */
  reserved: ReadonlySet<string>;
}

/** The stored resource that an entry is the next version of, or a new id. */
export function target(
  each: Planned,
  targeting: Targeting,
): Result<{ id: string; stored: Stored | undefined }> {
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
    if (claimed.has(`${type}/${stored.id}`) && !isFoundOnly(stored, each, targeting)) return twice(place);
    return success({ id: stored.id, stored });
  }
  if (type === question.patients.type) {
    const id = question.patients.idOfResource(intent.resource);
    if (id !== undefined)
      return claimed.has(`${type}/${id}`) ? twice(place) : success({ id, stored: storedOf(id) });
  }
  // What every sender shares is told by its key; the key of another organisation makes it another organisation.
  const successor = definition.merge
    ? (sameByKey(each, targeting) ?? successorOf(each, targeting))
    : (successorOf(each, targeting) ?? sameByKey(each, targeting));
  return success({ id: successor?.id ?? question.newId(), stored: successor });
}

/** True where this entry and all others that lead to the stored resource are conditional creates: nothing is written. */
function isFoundOnly({ type, id }: Stored, each: Planned, { byIndex }: Targeting): boolean {
  const others = [...byIndex.values()].filter((other) => other.id === id && other.definition.type === type);
  return [each, ...others].every(({ intent }) => intent.ifNoneExist !== undefined);
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
  if (each.definition.merge)
    return each.definition.identity?.keys(stored.content).length ? undefined : stored;
  return stored.patientId === each.patientId ? stored : undefined;
}

/** What the entries of a correction succeed by their `fullUrl`. */
export function reservedIn(question: Question): Set<string> {
  const sent = new Set(
    question.intents.map(({ fullUrl, resource }) => `${resource.resourceType} ${fullUrl}`),
  );
  return new Set(
    (question.corrects?.stored ?? [])
      .filter(({ fullUrl, type }) => fullUrl !== undefined && sent.has(`${type} ${fullUrl}`))
      .map(({ type, id }) => `${type}/${id}`),
  );
}

/** The stored resource with the same business key, where all that must agree beside it agrees. */
function sameByKey(
  each: Planned,
  { question, plan, claimed, keysInBundle, byIndex, reserved }: Targeting,
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
    const same = candidates.find(
      (stored) =>
        (definition.merge || !reserved.has(`${type}/${stored.id}`)) &&
        agrees(each, stored, question, byIndex),
    );
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
    const entry = custodian && question.resolve(custodian, viewOf(each.intent, question));
    const planned = entry && byIndex.get(entry.index);
    const names = custodiansOf(each.intent.resource, planned && `${planned.definition.type}/${planned.id}`);
    return custodiansOf(stored.content).some((name) => names.includes(name));
  });
}

/** What names the custodian of a document: a literal reference, or identifiers (its own, or of a contained one). */
function custodiansOf(document: AnyResource, literal?: string): string[] {
  return listOf(document.custodian)
    .filter(isObject)
    .flatMap(({ reference, identifier }) => {
      if (typeof reference !== 'string' || !reference.startsWith('#'))
        return [literal ?? reference, ...businessKeys(identifier)];
      const contained = listOf(document.contained).filter(isObject);
      return contained
        .filter(({ id }) => `#${String(id)}` === reference)
        .flatMap((each) => businessKeys(each.identifier));
    })
    .filter((name) => typeof name === 'string');
}
