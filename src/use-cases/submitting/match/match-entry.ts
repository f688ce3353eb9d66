/**
 * Which stored resource an entry is the next version of: named by the request, found by its condition, derived from its
 * key, the successor in a correction, or the one with the same business identifier. Otherwise it is new.
 * @see semantics «Who is who»
 */
import { businessKeys } from '../../../definitions/business-keys';
import { storedAt } from '../../../definitions/current-identifier';
import type { Agreement } from '../../../definitions/table';
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import { isObject, listOf, type AnyResource, type JsonObject } from '../../../fhir/types';
import { newIdFor } from './new-id';
import { literalName, type Plan, type Planned, type MatchInput, referencesAt, remark, viewOf } from './plan';
import { inCapitals, ODS_ORGANISATION_SYSTEM } from '../../../terminology/ods';
import { type Failure, failure, type Result, type StoredEntry, success } from '../steps';
import type { StoredResource } from '../stored-before/stored-before';

export interface Targeting {
  input: MatchInput;
  plan: Plan;
  claimed: Set<string>;
  keysInBundle: Map<string, number>;
  byIndex: ReadonlyMap<number, Planned>;
  /** `Type/id` of what an entry succeeds by its `fullUrl`: not to be had by a business key. */
  reserved: ReadonlySet<string>;
}

/** The stored resource that an entry is the next version of, or a new id. */
export function matchEntry(
  each: Planned,
  targeting: Targeting,
): Result<{ id: string; stored: StoredResource | undefined }> {
  const { request, definition } = each;
  const { input, claimed } = targeting;
  const type = request.resource.resourceType;
  const place = `Bundle.entry[${request.index}]`;
  const storedOf = (id: string): StoredResource | undefined =>
    input.before.stored.get(`${type}/${id.toLowerCase()}`);
  const conditional = input.found.get(request.index);
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
  const named = request.update && 'id' in request.update ? request.update.id : conditional?.[0];
  if (named !== undefined) {
    // What a condition found, the sender may see.
    const isHidden = conditional === undefined && input.hidden.has(named.toLowerCase());
    const stored = isHidden ? undefined : storedOf(named);
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
  if (type === input.patients.type) {
    const id = input.patients.idOfResource(request.resource);
    if (id !== undefined)
      return claimed.has(`${type}/${id}`) ? twice(place) : success({ id, stored: storedOf(id) });
  }
  // What every sender shares is told by its key; the key of another organisation makes it another organisation.
  const successor = definition.merge
    ? (sameByKey(each, targeting) ?? successorOf(each, targeting))
    : (successorOf(each, targeting) ?? sameByKey(each, targeting));
  if (!successor) remarkOnReplaced(each, targeting);
  else remarkOnOtherIdentifier(each, successor, targeting.plan);
  return success({
    id: successor?.id ?? newIdFor(each, input, claimed, targeting.byIndex.values()),
    stored: successor,
  });
}

/** True where this entry and all others that lead to the stored resource are conditional creates: nothing is written. */
function isFoundOnly({ type, id }: StoredResource, each: Planned, { byIndex }: Targeting): boolean {
  const others = [...byIndex.values()].filter((other) => other.id === id && other.definition.type === type);
  return [each, ...others].every(({ request }) => request.ifNoneExist !== undefined);
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

/**
 * In a correction: the resource with the same `fullUrl` in the submission that it replaces, or, where that resource was
 * withdrawn since, in an edition before it. What another sender has replaced since is theirs.
 */
function successorOf(each: Planned, targeting: Targeting): StoredResource | undefined {
  const { input, claimed } = targeting;
  if (!input.corrects) return undefined;
  const { stored: last, before } = input.corrects;
  const stored = beforeIn(last, each, input);
  if (!stored) return broughtBack(each, targeting, [...last, ...before].filter(isUnderTheNameOf(each)));
  if (claimed.has(`${stored.type}/${stored.id}`)) return undefined;
  if (each.definition.merge)
    return each.definition.identity?.keys(stored.content, storedAt(stored.content)).length
      ? undefined
      : stored;
  return stored.patientId === each.patientId && stored.sender === input.sender ? stored : undefined;
}

const isUnderTheNameOf =
  ({ request: { fullUrl, resource } }: Planned) =>
  (entry: StoredEntry): boolean =>
    fullUrl !== undefined && entry.fullUrl === fullUrl && entry.type === resource.resourceType;

/** The stored resource that has the entry's `fullUrl` in a submission. */
function beforeIn(
  entries: readonly StoredEntry[],
  each: Planned,
  { before }: MatchInput,
): StoredResource | undefined {
  const earlier = entries.find(isUnderTheNameOf(each));
  return earlier && before.stored.get(`${earlier.type}/${earlier.id}`);
}

/** What the sender reads where it corrects a resource that another sender has replaced since. */
function remarkOnReplaced(each: Planned, { input, plan }: Targeting): void {
  const before = beforeIn(input.corrects?.stored ?? [], each, input);
  if (!before || each.definition.merge || before.sender === input.sender) return;
  remark(
    plan,
    each.request,
    'submission-not-replaced',
    'Another organisation has replaced this resource since. This version is stored as a new resource, and the other stays as it is.',
  );
}

/** What the sender reads where the `fullUrl` stood for a resource with another identifier in the earlier edition. */
function remarkOnOtherIdentifier({ request, definition }: Planned, stored: StoredResource, plan: Plan): void {
  const { identity, merge } = definition;
  if (!identity || merge) return;
  const [sent, known] = [
    identity.keys(request.resource),
    identity.keys(stored.content, storedAt(stored.content)),
  ];
  if (sent.length === 0 || known.length === 0 || sent.some((key) => known.includes(key))) return;
  remark(
    plan,
    request,
    'submission-fullurl-of-other',
    'The earlier version of this summary has a resource with another identifier under this fullUrl, and this resource becomes the next version of that one. Give a resource the same fullUrl in each version.',
  );
}

/** What the sender withdrew before and sends again: it becomes the same resource again. */
function broughtBack(
  each: Planned,
  { input, claimed }: Targeting,
  entries: readonly StoredEntry[],
): StoredResource | undefined {
  return entries
    .map(({ type, id }) => `${type}/${id}`)
    .filter((name) => !claimed.has(name))
    .map((name) => input.before.withdrawn.get(name))
    .find((gone) => gone !== undefined && gone.patientId === each.patientId);
}

/** What the entries of a correction succeed by their `fullUrl`. */
export function reservedIn({ requests, corrects, before }: MatchInput): Set<string> {
  const sent = new Set(requests.map(({ fullUrl, resource }) => `${resource.resourceType} ${fullUrl}`));
  const back = (corrects?.before ?? []).filter(({ type, id }) => before.withdrawn.has(`${type}/${id}`));
  return new Set(
    [...(corrects?.stored ?? []), ...back]
      .filter(({ fullUrl, type }) => fullUrl !== undefined && sent.has(`${type} ${fullUrl}`))
      .map(({ type, id }) => `${type}/${id}`),
  );
}

/** The stored resource with the same business key, where all that must agree beside it agrees. */
function sameByKey(each: Planned, targeting: Targeting): StoredResource | undefined {
  const { input, plan, claimed, keysInBundle, reserved } = targeting;
  const { definition, request } = each;
  const { identity } = definition;
  if (!identity) return undefined;
  const type = request.resource.resourceType;
  const isFree = ({ id }: StoredResource): boolean => !claimed.has(`${type}/${id}`);
  const isTheSame = (stored: StoredResource): boolean =>
    (definition.merge !== undefined || !reserved.has(`${type}/${stored.id}`)) &&
    !isNamedOtherwise(each, stored) &&
    identity.within.every((what) => agrees(what, each, stored, targeting));
  for (const key of identity.keys(request.resource)) {
    const repeated = (keysInBundle.get(`${type}|${key}`) ?? 0) > 1;
    if (repeated) {
      remark(
        plan,
        request,
        'submission-identifier-repeated',
        'Another resource of this Bundle has the same identifier. Both are stored. Give each an identifier of its own.',
      );
    }
    if (repeated && identity.uniqueInBundle) continue;
    const candidates = (input.before.byKey.get(`${type}|${key}`) ?? []).filter(isFree);
    const gone = [...input.before.withdrawn.values()].filter(
      (stored) =>
        stored.type === type &&
        isFree(stored) &&
        identity.keys(stored.content, storedAt(stored.content)).includes(key),
    );
    const same = closest(each, candidates.filter(isTheSame), targeting) ?? gone.find(isTheSame);
    if (same) return same;
    remarkOnOthers(each, candidates, targeting);
  }
  return undefined;
}

/**
 * True where the first identifiers of the two are of one system and differ: what they share beside it (the id of a ward,
 * the serial number of a device) does not make two stays or readings one.
 */
function isNamedOtherwise(
  { request, definition: { identity, merge } }: Planned,
  stored: StoredResource,
): boolean {
  if (!identity || merge) return false;
  const [mine] = identity.keys(request.resource);
  const [theirs] = identity.keys(stored.content, storedAt(stored.content));
  if (mine === undefined || theirs === undefined || mine === theirs) return false;
  return systemOf(mine) === systemOf(theirs);
}

const systemOf = (key: string): string => key.slice(0, key.indexOf('|'));

/** Of several: one of the same stay and time before one of which either differs. */
function closest(
  each: Planned,
  same: readonly StoredResource[],
  targeting: Targeting,
): StoredResource | undefined {
  if (same.length < 2 || !each.definition.identity?.within.includes('stay or time')) return same[0];
  const isOfTheStay = (stored: StoredResource): boolean => sameStay(each, stored, targeting) === true;
  const isOfTheTime = (stored: StoredResource): boolean => sameTime(each, stored);
  return (
    same.find((stored) => isOfTheStay(stored) && isOfTheTime(stored)) ?? same.find(isOfTheStay) ?? same[0]
  );
}

/** What the sender reads where the identifier is in use, but not of the same resource. */
function remarkOnOthers(each: Planned, candidates: readonly StoredResource[], targeting: Targeting): void {
  const { plan } = targeting;
  const ofOther = candidates.some(
    ({ patientId }) => each.patientId !== null && patientId !== null && patientId !== each.patientId,
  );
  if (ofOther) {
    remark(
      plan,
      each.request,
      'submission-identifier-of-other',
      'A resource of another patient has this identifier. This one is stored as new, and nothing is merged. Give each resource an identifier of its own.',
    );
  }
  const isSharedName = (stored: StoredResource): boolean =>
    isNamedOtherwise(each, stored) &&
    each.definition.identity?.within.every((what) => agrees(what, each, stored, targeting)) === true;
  if (candidates.some(isSharedName)) {
    remark(
      plan,
      each.request,
      'submission-identifier-shared',
      'A stored resource of this patient has one of these identifiers, but its first identifier is another one of the same system. This one is stored as new. Give each stay and each reading an identifier of its own, and send it first.',
    );
  }
  const { otherwise } = each.definition.identity ?? {};
  const isNear = (stored: StoredResource): boolean =>
    otherwise?.agree.every((what) => agrees(what, each, stored, targeting)) === true;
  if (otherwise && candidates.some(isNear)) remark(plan, each.request, otherwise.rule, otherwise.text);
}

function agrees(what: Agreement, each: Planned, stored: StoredResource, targeting: Targeting): boolean {
  const { sender } = targeting.input;
  switch (what) {
    case 'patient':
      return each.patientId !== null && stored.patientId === each.patientId;
    case 'sender':
      return stored.sender === sender;
    case 'custodian': {
      const names = namesAt(each, 'custodian', targeting);
      return namesIn(stored.content, 'custodian').some((name) => names.includes(name));
    }
    case 'sender or custodian':
      return stored.sender === sender || isItsCustodian(each, targeting);
    case 'stay or time':
      return sameStay(each, stored, targeting) === true || sameTime(each, stored);
  }
}

/** True where the sender is the custodian of what it sends. Who is named as two, by a reference and beside it, is neither. */
function isItsCustodian({ request }: Planned, { input, byIndex }: Targeting): boolean {
  const codes = referencesAt(request.resource, ['custodian']).flatMap((reference) => {
    const entry = input.resolve(reference, viewOf(request, input));
    const planned = entry && byIndex.get(entry.index);
    const named = planned
      ? odsCodesOf(planned.definition, planned.request.resource)
      : literalName(reference)
        ? odsCodesStored(reference, input)
        : namesIn(request.resource, 'custodian').flatMap((name) => codeIn(name));
    return [...named, ...businessKeys(reference.identifier).flatMap((name) => codeIn(name))];
  });
  return codes.length > 0 && codes.every((code) => inCapitals(code) === inCapitals(input.sender));
}

/** Its ODS codes; an empty one for what has none, which is nobody's. */
function odsCodesOf({ identity }: ResourceDefinition, resource: AnyResource, at?: number): readonly string[] {
  const codes = identity?.odsCodes?.(resource, at) ?? [];
  return codes.length === 0 ? [''] : codes;
}

function odsCodesStored(reference: JsonObject, { before, definitionOf }: MatchInput): readonly string[] {
  const { type, id } = literalName(reference)!;
  const stored = before.stored.get(`${type}/${id}`);
  return stored ? odsCodesOf(definitionOf(type), stored.content, storedAt(stored.content)) : [''];
}

/** The ODS code of a token; an empty list where it is no ODS code. */
function codeIn(token: string): string[] {
  const start = `${ODS_ORGANISATION_SYSTEM}|`;
  return token.startsWith(start) ? [token.slice(start.length)] : [];
}

/** Undefined where one of them names no stay: then the time alone decides. */
function sameStay(each: Planned, stored: StoredResource, targeting: Targeting): boolean | undefined {
  const { stay = '' } = each.definition.identity ?? {};
  const [mine, theirs] = [namesAt(each, stay, targeting), namesIn(stored.content, stay)];
  if (mine.length === 0 || theirs.length === 0) return undefined;
  return theirs.some((name) => mine.includes(name));
}

function sameTime(each: Planned, stored: StoredResource): boolean {
  const { time } = each.definition.identity ?? {};
  const mine = time?.(each.request.resource) ?? null;
  return mine !== null && mine === time?.(stored.content);
}

/** What names the resource that an element of the entry refers to: its literal reference here, and its identifiers. */
function namesAt(each: Planned, element: string, { input, byIndex }: Targeting): string[] {
  const { resource } = each.request;
  const [reference] = listOf(resource[element]).filter(isObject);
  const entry = reference && input.resolve(reference, viewOf(each.request, input));
  const planned = entry && byIndex.get(entry.index);
  if (!planned) return namesIn(resource, element);
  const literal = planned.id === '' ? undefined : `${planned.definition.type}/${planned.id}`;
  const keys = planned.definition.identity?.keys(planned.request.resource) ?? [];
  return [...namesIn(resource, element, literal), ...keys];
}

/** What names the resource that an element refers to: a literal reference, or identifiers (its own, or of a contained one). */
function namesIn(resource: AnyResource, element: string, literal?: string): string[] {
  return listOf(resource[element])
    .filter(isObject)
    .flatMap(({ reference, identifier }) => {
      if (typeof reference !== 'string' || !reference.startsWith('#'))
        return [literal ?? reference, ...businessKeys(identifier)];
      const contained = listOf(resource.contained).filter(isObject);
      return contained
        .filter(({ id }) => `#${String(id)}` === reference)
        .flatMap((each) => businessKeys(each.identifier));
    })
    .filter((name) => typeof name === 'string');
}
