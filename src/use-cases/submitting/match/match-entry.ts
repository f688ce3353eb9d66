/**
 * Which stored resource an entry is the next version of: named by the request, found by its condition, derived from its
 * key, the successor in a correction, or the one with the same business identifier. Otherwise it is new.
 * @see semantics «Who is who»
 */
import { storedAt } from '../../../definitions/current-identifier';
import { agrees, sameStay, sameTime } from './agreement';
import { newIdFor } from './new-id';
import { type Plan, type Planned, type MatchInput, remark, type Targeting } from './plan';
import { type Failure, failure, type Result, type StoredEntry, success } from '../steps';
import type { StoredResource } from '../stored-before/stored-before';

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
    : (successorOf(each, targeting) ?? sameByKey(each, targeting) ?? withdrawnBefore(each, targeting));
  if (!successor) remarkOnReplaced(each, targeting);
  else remarkOnOtherIdentifier(each, successor, targeting.plan);
  remarkOnFullUrlOfOther(each, targeting);
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
 * In a correction: the resource with the same `fullUrl` in the submission that it replaces. What another sender has
 * replaced since is theirs.
 */
function successorOf(each: Planned, targeting: Targeting): StoredResource | undefined {
  const { input, claimed } = targeting;
  const stored = beforeIn(input.corrects?.stored ?? [], each, input);
  if (!stored || claimed.has(`${stored.type}/${stored.id}`)) return undefined;
  if (each.definition.merge)
    return each.definition.identity?.keys(stored.content, storedAt(stored.content)).length
      ? undefined
      : stored;
  if (stored.patientId !== each.patientId || stored.sender !== input.sender) return undefined;
  return isFiledByKey(each, stored, targeting) ? undefined : stored;
}

/**
 * True where the `fullUrl` stood for a resource with another identifier, and another current summary carries that one or
 * has stored this one: then the identifier decides. Otherwise that one would be lost, or this one would be there twice.
 */
function isFiledByKey(each: Planned, stored: StoredResource, targeting: Targeting): boolean {
  const { corrects, before } = targeting.input;
  if (!hasOtherIdentifier(each, stored)) return false;
  const isOfOthers = ({ id }: StoredResource): boolean =>
    before.carriedElsewhere.has(id) || corrects?.stored.every((entry) => entry.id !== id) === true;
  return before.carriedElsewhere.has(stored.id) || liveByKey(each, targeting).some(isOfOthers);
}

/** What the sender reads where the identifier decides and not the `fullUrl`. */
function remarkOnFullUrlOfOther(each: Planned, targeting: Targeting): void {
  const { input, plan } = targeting;
  const before = beforeIn(input.corrects?.stored ?? [], each, input);
  if (!before || each.definition.merge || before.sender !== input.sender) return;
  if (!isFiledByKey(each, before, targeting)) return;
  remark(
    plan,
    each.request,
    'submission-fullurl-of-other',
    'The earlier version of this summary has a resource with another identifier under this fullUrl. Another summary carries that resource or this one too, so this resource is filed by its identifier, and not as the next version of that one. Give a resource the same fullUrl in each version.',
  );
  plan.review.push(
    'A correction uses the fullUrl of what another summary carries for a resource with another identifier',
  );
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
function remarkOnOtherIdentifier(each: Planned, stored: StoredResource, plan: Plan): void {
  const { request } = each;
  if (!sharesNoIdentifier(each, stored)) return;
  remark(
    plan,
    request,
    'submission-fullurl-of-other',
    'The earlier version of this summary has a resource with another identifier under this fullUrl, and this resource becomes the next version of that one. Give a resource the same fullUrl in each version.',
  );
}

/** True where both have identifiers, and share none. */
function sharesNoIdentifier(
  { request, definition: { identity, merge } }: Planned,
  { content }: StoredResource,
): boolean {
  if (!identity || merge) return false;
  const [sent, known] = [identity.keys(request.resource), identity.keys(content, storedAt(content))];
  return sent.length > 0 && known.length > 0 && !sent.some((key) => known.includes(key));
}

const hasOtherIdentifier = (each: Planned, stored: StoredResource): boolean =>
  sharesNoIdentifier(each, stored) || isNamedOtherwise(each, stored);

/**
 * What the sender withdrew before and sends again becomes the same resource again: by its `fullUrl` in an earlier
 * edition, or by its identifier. What is there is asked first: another summary may have brought it anew.
 */
function withdrawnBefore(each: Planned, targeting: Targeting): StoredResource | undefined {
  const { input, claimed, reserved } = targeting;
  const { stored: last = [], before = [] } = input.corrects ?? {};
  const { definition, request } = each;
  const free = [...input.before.withdrawn.values()].filter(
    ({ type, id }) => type === request.resource.resourceType && !claimed.has(`${type}/${id}`),
  );
  const byFullUrl = beforeIn(last, each, input) ? [] : [...last, ...before].filter(isUnderTheNameOf(each));
  const back = byFullUrl
    .map(({ id }) => free.find((gone) => gone.id === id && gone.patientId === each.patientId))
    .find((gone) => gone !== undefined);
  if (back) return back;
  const keys = keysOf(each, targeting);
  return free.find(
    (gone) =>
      !reserved.has(`${gone.type}/${gone.id}`) &&
      definition.identity?.keys(gone.content, storedAt(gone.content)).some((key) => keys.includes(key)) ===
        true &&
      isTheSame(each, gone, targeting),
  );
}

/** What the entries of a correction succeed by their `fullUrl`. */
export function reservedIn(
  { corrects, before }: MatchInput,
  drafts: readonly Planned[],
): Map<string, Planned> {
  const sent = new Map(
    drafts.map((each) => [`${each.request.resource.resourceType} ${each.request.fullUrl}`, each]),
  );
  const back = (corrects?.before ?? []).filter(({ type, id }) => before.withdrawn.has(`${type}/${id}`));
  const reserved = new Map<string, Planned>();
  for (const { type, id, fullUrl } of [...(corrects?.stored ?? []), ...back]) {
    const each = fullUrl === undefined ? undefined : sent.get(`${type} ${fullUrl}`);
    if (each) reserved.set(`${type}/${id}`, each);
  }
  return reserved;
}

/** The stored resource with the same business key, where all that must agree beside it agrees. */
function sameByKey(each: Planned, targeting: Targeting): StoredResource | undefined {
  const { claimed, reserved } = targeting;
  const isReserved = (stored: StoredResource): boolean => {
    const holder = reserved.get(`${stored.type}/${stored.id}`);
    if (!holder || each.definition.merge) return false;
    return !isFiledByKey(holder, stored, targeting);
  };
  const isFree = (stored: StoredResource): boolean => !claimed.has(`${stored.type}/${stored.id}`);
  for (const key of keysOf(each, targeting)) {
    const candidates = storedUnder(key, each, targeting).filter(isFree);
    const same = candidates.filter((stored) => !isReserved(stored) && isTheSame(each, stored, targeting));
    const found = closest(each, same, targeting);
    if (found) return found;
    remarkOnOthers(each, candidates, targeting);
  }
  return undefined;
}

/** What is stored with the same business key and is the same, whichever entry may succeed it. */
const liveByKey = (each: Planned, targeting: Targeting): StoredResource[] =>
  keysOf(each, targeting)
    .flatMap((key) => storedUnder(key, each, targeting))
    .filter((stored) => isTheSame(each, stored, targeting));

const storedUnder = (key: string, { request }: Planned, { input }: Targeting): readonly StoredResource[] =>
  input.before.byKey.get(`${request.resource.resourceType}|${key}`) ?? [];

const isTheSame = (each: Planned, stored: StoredResource, targeting: Targeting): boolean =>
  !isNamedOtherwise(each, stored) &&
  each.definition.identity?.within.every((what) => agrees(what, each, stored, targeting)) === true;

/** The business keys that tell whether an entry is stored already; a warning where another entry has one of them too. */
function keysOf({ definition, request }: Planned, { plan, keysInBundle }: Targeting): string[] {
  const { identity } = definition;
  const type = request.resource.resourceType;
  return (identity?.keys(request.resource) ?? []).filter((key) => {
    if ((keysInBundle.get(`${type}|${key}`) ?? 0) <= 1) return true;
    remark(
      plan,
      request,
      'submission-identifier-repeated',
      'Another resource of this Bundle has the same identifier. Both are stored. Give each an identifier of its own.',
    );
    return identity?.uniqueInBundle !== true;
  });
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
