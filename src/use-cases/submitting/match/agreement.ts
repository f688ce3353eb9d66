/**
 * Whether an entry and a stored resource agree in the other facts that identify their type beside the business
 * identifier: patient, stay, …
 */
import { madeOnce } from '../../../fhir/once';
import { businessKeys } from '../../../definitions/business-keys';
import { storedAt } from '../../../fhir/current-identifier';
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import type { Agreement, Identity } from '../../../definitions/table';
import { meet, type Names } from '../../../fhir/names';
import { isObject, listOf, type AnyResource, type JsonObject } from '../../../fhir/types';
import { inCapitals, ODS_ORGANISATION_SYSTEM } from '../../../terminology/ods';
import type { StoredResource } from '../stored-before/stored-resource';
import { keysOfSent } from './known-by';
import { viewOf, type MatchedEntry, type MatchInput, type Matching } from './match-input';
import { literalName, referencesAt, serverIdOf } from './references';

export function agrees(
  what: Agreement,
  each: MatchedEntry,
  stored: StoredResource,
  matching: Matching,
): boolean {
  const { sender } = matching.input;
  switch (what) {
    case 'patient':
      return each.patientId !== null && stored.patientId === each.patientId;
    case 'sender':
      return stored.sender === sender;
    case 'custodian':
      return haveCommon(namesAt(each, 'custodian', matching), storedNames(stored.content, 'custodian'));
    case 'sender or custodian':
      return stored.sender === sender || isItsCustodian(each, matching);
    case 'stay or time':
      return sameStay(each, stored, matching) === true || sameTime(each, stored);
  }
}

/**
 * True when the sender is the custodian of the resource. When the reference and the identifier beside it name two
 * custodians, it is false.
 */
function isItsCustodian({ request }: MatchedEntry, { input, byIndex }: Matching): boolean {
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

/** The ODS codes of a resource. An empty code represents an organisation without one, and equals no sender. */
function odsCodesOf({ identity }: ResourceDefinition, resource: AnyResource, at?: number): readonly string[] {
  const codes = identity?.odsCodes?.(resource, at) ?? [];
  return codes.length === 0 ? [''] : codes;
}

function odsCodesStored(reference: JsonObject, { before, definitionOf }: MatchInput): readonly string[] {
  const { type, id } = literalName(reference)!;
  const stored = before.resources.get(`${type}/${id}`);
  return stored ? odsCodesOf(definitionOf(type), stored.content, storedAt(stored.content)) : [''];
}

/** The ODS code in a token, as a list; empty when the token is not an ODS code. */
function codeIn(token: string): string[] {
  const start = `${ODS_ORGANISATION_SYSTEM}|`;
  return token.startsWith(start) ? [token.slice(start.length)] : [];
}

/** Whether both name the same stay; undefined when either names none, and then only the time is compared. */
export function sameStay(
  each: MatchedEntry,
  stored: StoredResource,
  matching: Matching,
): boolean | undefined {
  const { stay = '' } = each.definition.identity ?? {};
  const [mine, theirs] = [namesAt(each, stay, matching), storedNames(stored.content, stay)];
  if (mine.every(({ size }) => size === 0) || theirs.size === 0) return undefined;
  return haveCommon(mine, theirs);
}

/** True where both name stays on this server, as documents do, and have none in common. */
export function isOfOtherStay(
  each: MatchedEntry,
  stored: StoredResource,
  { input, byIndex }: Matching,
): boolean {
  const { ofStay } = each.definition.identity ?? {};
  if (!ofStay) return false;
  const { path, type } = ofStay;
  const mine = referencesAt(each.request.resource, path).flatMap((reference) => {
    const entry = input.resolve(reference, viewOf(each.request, input));
    const planned = entry && byIndex.get(entry.index);
    if (planned) return planned.definition.type === type ? planned.id : [];
    return serverIdOf(reference, type) ?? [];
  });
  return haveNoneInCommon(mine, staysOf(stored.content, ofStay));
}

type OfStay = NonNullable<Identity['ofStay']>;

/** The ids of the stays that a stored or resolved resource names. */
export const staysOf = (resource: AnyResource, { path, type }: OfStay): string[] =>
  referencesAt(resource, path).flatMap((reference) => serverIdOf(reference, type) ?? []);

/** True of two lists that both have something, and nothing that is in both. */
export const haveNoneInCommon = (mine: readonly string[], theirs: readonly string[]): boolean =>
  mine.length > 0 && theirs.length > 0 && !meet(new Set(mine), new Set(theirs));

export function sameTime(each: MatchedEntry, stored: StoredResource): boolean {
  const { time } = each.definition.identity ?? {};
  const mine = time?.(each.request.resource) ?? null;
  return mine !== null && mine === time?.(stored.content);
}

/**
 * True where both say which organisation holds them, and it is not the same one. One that is named by its id alone and
 * one that is named by its code alone cannot be compared, so nothing is said.
 */
export function isHeldByOther(each: MatchedEntry, stored: StoredResource, matching: Matching): boolean {
  const element = each.definition.identity?.heldBy;
  if (element === undefined) return false;
  const [mine, theirs] = [namesAt(each, element, matching), storedNames(stored.content, element)];
  const isCode = (name: string): boolean => name.includes('|');
  const canCompare = [isCode, (name: string) => !isCode(name)].some(
    (isOfKind) => mine.some((names) => has(names, isOfKind)) && has(theirs, isOfKind),
  );
  return canCompare && !haveCommon(mine, theirs);
}

const haveCommon = (mine: readonly Names[], theirs: Names): boolean =>
  mine.some((names) => meet(names, theirs));

function has(names: Names, isOfKind: (name: string) => boolean): boolean {
  for (const name of names) if (isOfKind(name)) return true;
  return false;
}

/**
 * The names of the resource that an element of the entry refers to: its literal reference on this server, and its
 * identifiers. Those of the other entry are a set of their own, which all that refer to it have in common.
 */
function namesAt(each: MatchedEntry, element: string, { input, byIndex }: Matching): Names[] {
  const { resource } = each.request;
  const [reference] = listOf(resource[element]).filter(isObject);
  const entry = reference && input.resolve(reference, viewOf(each.request, input));
  const planned = entry && byIndex.get(entry.index);
  if (!planned) return [storedNames(resource, element)];
  const literal = planned.id === '' ? undefined : `${planned.definition.type}/${planned.id}`;
  const keys = keysOfSent(planned.definition.identity, planned.request.resource);
  return [new Set(namesIn(resource, element, literal)), keys];
}

const known = new WeakMap<AnyResource, Map<string, Names>>();

/** What `namesIn` finds, made once. */
function storedNames(resource: AnyResource, element: string): Names {
  const elements = madeOnce(known, resource, () => new Map<string, Names>());
  const names = elements.get(element) ?? new Set(namesIn(resource, element));
  elements.set(element, names);
  return names;
}

/**
 * The names of the resource that an element refers to: a literal reference, or identifiers (in the reference or of a
 * contained resource).
 */
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
