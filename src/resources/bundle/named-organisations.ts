/**
 * The organisations that a summary names and that passing on asks about: the patient's GP practice, and the custodians
 * of its documents. A reference is followed to an entry, to a contained resource, and from a PractitionerRole to its
 * organisation.
 * @example organisationsNamedIn(bundle) // { practices: ['A12345'], custodians: ['RR8'] }
 */
import { containedWith } from '../../fhir/contained';
import { isCurrent } from '../../fhir/current-identifier';
import { isObject, isResource, listOf, type AnyResource, type Json, type JsonObject } from '../../fhir/types';
import { inCapitals, isOdsSystem } from '../../terminology/ods';

export interface NamedOrganisations {
  practices: string[];
  custodians: string[];
}

export interface NamedOrganisation {
  /** The ODS code, in capitals. */
  code: string;
  name: string | undefined;
}

export function organisationsNamedIn(bundle: AnyResource): NamedOrganisations {
  const codesOf = (type: string, element: string): string[] => [
    ...new Set(organisationsIn(bundle, type, element, Date.now()).map(({ code }) => code)),
  ];
  return {
    practices: codesOf('Patient', 'generalPractitioner'),
    custodians: codesOf('DocumentReference', 'custodian'),
  };
}

/**
 * The first practice that the patient of a Bundle has.
 * @param at the moment at which an identifier must be current, in milliseconds since 1970
 */
export const practiceIn = (bundle: AnyResource, at: number): NamedOrganisation | undefined =>
  organisationsIn(bundle, 'Patient', 'generalPractitioner', at)[0];

function organisationsIn(
  bundle: AnyResource,
  type: string,
  element: string,
  at: number,
): NamedOrganisation[] {
  const entries = listOf(bundle.entry).filter(isObject);
  const search: Search = { named: namesIn(entries), at, followed: new Set() };
  const found = new Map<string, NamedOrganisation>();
  for (const { resource } of entries) {
    if (!isResource(resource) || resource.resourceType !== type) continue;
    for (const reference of listOf(resource[element]).filter(isObject))
      for (const each of organisationsBehind(reference, resource, search))
        if (!found.has(each.code)) found.set(each.code, each);
  }
  return [...found.values()];
}

interface Search {
  named: ReadonlyMap<string, AnyResource>;
  at: number;
  /** Where references have led: thousands may lead to one organisation that has thousands of codes. */
  followed: Set<AnyResource>;
}

/** The resources of the entries, by each name that a reference may have for them. */
function namesIn(entries: readonly JsonObject[]): ReadonlyMap<string, AnyResource> {
  const named = new Map<string, AnyResource>();
  for (const { fullUrl, resource } of entries) {
    if (!isResource(resource)) continue;
    if (typeof resource.id === 'string') named.set(`${resource.resourceType}/${resource.id}`, resource);
    if (typeof fullUrl === 'string') named.set(fullUrl, resource);
  }
  return named;
}

/** From a role to its organisation, and no further: a chain of roles may be long, or lead round in a circle. */
function organisationsBehind(reference: JsonObject, from: AnyResource, search: Search): NamedOrganisation[] {
  const { named } = search;
  const target = targetOf(reference.reference, from, named);
  const found = organisationsOf(reference, target, search);
  if (target?.resourceType !== 'PractitionerRole' || !isObject(target.organization)) return found;
  const { organization } = target;
  return [
    ...found,
    ...organisationsOf(organization, targetOf(organization.reference, target, named), search),
  ];
}

/** By the ODS codes that a reference and its target have themselves. */
function organisationsOf(
  reference: JsonObject,
  target: AnyResource | undefined,
  { at, followed }: Search,
): NamedOrganisation[] {
  const isNew = target !== undefined && !followed.has(target);
  if (isNew) followed.add(target);
  const name = [target?.name, reference.display].find((each) => typeof each === 'string');
  return [
    ...odsCodesIn(reference.identifier, at),
    ...(isNew ? odsCodesIn(target.identifier, at) : []),
    ...codesAskedFor(reference.reference),
  ].map((code) => ({ code, name }));
}

function targetOf(
  reference: Json | undefined,
  from: AnyResource,
  named: ReadonlyMap<string, AnyResource>,
): AnyResource | undefined {
  if (typeof reference !== 'string') return undefined;
  if (reference.startsWith('#')) return containedWith(reference.slice(1), from).find(isResource);
  return named.get(reference.replace(/\/_history\/[^/]*$/, ''));
}

/** The ODS code of a reference that is a search: `Organization?identifier=…|A12345`. */
function codesAskedFor(reference: Json | undefined): string[] {
  const query = typeof reference === 'string' ? /^Organization\?(.*)$/s.exec(reference)?.[1] : undefined;
  return new URLSearchParams(query ?? '').getAll('identifier').flatMap((token) => {
    const [system = '', value = ''] = token.split('|');
    return isOdsSystem(system) && value !== '' ? [inCapitals(value.trim())] : [];
  });
}

function odsCodesIn(identifiers: Json | undefined, at: number): string[] {
  return listOf(identifiers)
    .filter(isObject)
    .filter((identifier) => isCurrent(identifier, at))
    .flatMap(({ system, value }) =>
      typeof system === 'string' && isOdsSystem(system) && typeof value === 'string'
        ? [inCapitals(value.trim())]
        : [],
    );
}
