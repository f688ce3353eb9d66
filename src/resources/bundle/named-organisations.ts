/**
 * The organisations that a summary names and that passing on asks about: the patient's GP practice, and the custodians
 * of its documents. A reference is followed to an entry, to a contained resource, and from a PractitionerRole to its
 * organisation.
 * @example organisationsNamedIn(bundle) // { practices: ['A12345'], custodians: ['RR8'] }
 */
import { isCurrent } from '../../fhir/current-identifier';
import { isObject, isResource, listOf, type AnyResource, type Json, type JsonObject } from '../../fhir/types';
import { inCapitals, isOdsSystem } from '../../terminology/ods';

export interface NamedOrganisations {
  practices: string[];
  custodians: string[];
}

export function organisationsNamedIn(bundle: AnyResource): NamedOrganisations {
  const entries = listOf(bundle.entry).filter(isObject);
  const named = namesIn(entries);
  const codesOf = (type: string, element: string): string[] => {
    const codes = entries
      .map(({ resource }) => resource)
      .filter(isResource)
      .filter(({ resourceType }) => resourceType === type)
      .flatMap((resource) =>
        listOf(resource[element])
          .filter(isObject)
          .flatMap((reference) => codesBehind(reference, resource, named)),
      );
    return [...new Set(codes)];
  };
  return {
    practices: codesOf('Patient', 'generalPractitioner'),
    custodians: codesOf('DocumentReference', 'custodian'),
  };
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
function codesBehind(
  reference: JsonObject,
  from: AnyResource,
  named: ReadonlyMap<string, AnyResource>,
): string[] {
  const target = targetOf(reference.reference, from, named);
  const codes = codesOf(reference, target);
  if (target?.resourceType !== 'PractitionerRole' || !isObject(target.organization)) return codes;
  const { organization } = target;
  return [...codes, ...codesOf(organization, targetOf(organization.reference, target, named))];
}

/** The ODS codes that a reference and its target have themselves. */
function codesOf(reference: JsonObject, target: AnyResource | undefined): string[] {
  return [
    ...odsCodesIn(reference.identifier),
    ...(target ? odsCodesIn(target.identifier) : []),
    ...codesAskedFor(reference.reference),
  ];
}

function targetOf(
  reference: Json | undefined,
  from: AnyResource,
  named: ReadonlyMap<string, AnyResource>,
): AnyResource | undefined {
  if (typeof reference !== 'string') return undefined;
  if (reference.startsWith('#'))
    return listOf(from.contained)
      .filter(isResource)
      .find(({ id }) => reference === `#${id}`);
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

function odsCodesIn(identifiers: Json | undefined): string[] {
  return listOf(identifiers)
    .filter(isObject)
    .filter((identifier) => isCurrent(identifier))
    .flatMap(({ system, value }) =>
      typeof system === 'string' && isOdsSystem(system) && typeof value === 'string'
        ? [inCapitals(value.trim())]
        : [],
    );
}
