/** Finds the Binary of the same Bundle that an attachment's url names. It never reads anything outside the Bundle. */
import type { RuleContext } from '../../definitions/rule';
import type { AnyResource, JsonObject } from '../../fhir/types';

export function binaryOf(attachment: JsonObject, context: RuleContext): AnyResource | undefined {
  const { url } = attachment;
  return typeof url === 'string' ? binariesOf(context).get(sameUuid(url)) : undefined;
}

/** By `fullUrl` and by `Binary/<id>`. */
function binariesOf(context: RuleContext): ReadonlyMap<string, AnyResource> {
  return context.once(binariesOf, () => {
    const found = new Map<string, AnyResource>();
    for (const { fullUrl, resource } of context.entriesOf('Binary')) {
      if (fullUrl !== undefined) found.set(sameUuid(fullUrl), resource);
      if (typeof resource.id === 'string') found.set(`Binary/${resource.id}`, resource);
    }
    return found;
  });
}

/** UUIDs are compared in lower case; everything else unchanged. */
function sameUuid(url: string): string {
  return url.startsWith('urn:uuid:') ? url.toLowerCase() : url;
}
