/** Changes to the entries of a valid summary, for the examples of the Bundle's rules. */
import type { RuleExample } from '../../definitions/rule';
import { isObject, isResource, type AnyResource, type Json, type JsonObject } from '../../fhir/types';
import { ODS_ORGANISATION_SYSTEM } from '../../terminology/ods';

/** Adds an entry with a copy of the first resource of the type (a bare one where there is none) under the UUID. */
export function withEntry(
  type: string,
  uuid: string,
  change: (resource: AnyResource) => void = () => undefined,
): RuleExample {
  return (summary) => {
    const entries = summary.entry as Json[];
    const like = entries.find((entry) => isOf(entry, type)) as JsonObject | undefined;
    const resource = (
      like ? { ...structuredClone(like.resource as AnyResource), id: uuid } : { resourceType: type, id: uuid }
    ) as AnyResource;
    if (like && type !== 'Patient') delete resource.identifier;
    change(resource);
    entries.push({ fullUrl: `urn:uuid:${uuid}`, resource });
    return summary;
  };
}

/** Adds an Organization that is like the first, with an ODS code of its own. */
export function withOrganization(
  uuid: string,
  change: (organization: AnyResource) => void = () => undefined,
): RuleExample {
  return withEntry('Organization', uuid, (organization) => {
    organization.identifier = [{ system: ODS_ORGANISATION_SYSTEM, value: 'RR801' }];
    change(organization);
  });
}

/** Removes the entries of a type. References to them get a contained copy instead. */
export function withoutType(type: string): RuleExample {
  return (summary) => {
    const entries = summary.entry as JsonObject[];
    const gone = entries.filter((entry) => isOf(entry, type));
    summary.entry = entries.filter((entry) => !isOf(entry, type));
    for (const { fullUrl, resource } of gone) {
      for (const entry of summary.entry as JsonObject[])
        contain(entry.resource as AnyResource, fullUrl, resource as AnyResource);
    }
    return summary;
  };
}

function contain(holder: AnyResource, fullUrl: Json | undefined, resource: AnyResource): void {
  let isReferred = false;
  const id = `contained-${resource.resourceType.toLowerCase()}`;
  const replace = (value: Json | undefined): void => {
    if (Array.isArray(value)) value.forEach(replace);
    else if (isObject(value)) {
      if (value.reference === fullUrl) {
        value.reference = `#${id}`;
        isReferred = true;
      }
      Object.values(value).forEach(replace);
    }
  };
  replace(holder);
  if (!isReferred) return;
  const { meta: _meta, ...content } = resource;
  holder.contained = [
    ...((holder.contained as Json[] | undefined) ?? []),
    { ...structuredClone(content), id },
  ];
}

function isOf(entry: Json | undefined, type: string): entry is JsonObject {
  return isObject(entry) && isResource(entry.resource) && entry.resource.resourceType === type;
}
