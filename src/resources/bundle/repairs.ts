/** Known deviations of a Bundle (def-02). */
import { isUuidUrn } from '../../fhir/uuid';
import type { Repair, Repaired } from '../../definitions/rule';
import { isObject, isResource, type Json, type JsonObject } from '../../fhir/types';
import { unchanged } from '../common/example';
import { fullUrlRepairs } from './full-url-repairs';

/** Nothing is changed: the text after `urn:uuid:` is a key, and is compared unchanged. */
const fullUrlIsAUuid: Repair = {
  norm: 'fullurl-not-uuid',
  stage: 'meanings',
  defect: 'def-02',
  guidance: '3.4.1 Bundle.entry.fullUrl',
  claim: 'If urn:uuid: is not followed by a UUID, the server uses the whole text as a key.',
  *repair(bundle): Iterable<Repaired> {
    if (bundle.resourceType !== 'Bundle' || !Array.isArray(bundle.entry)) return;
    for (const [index, entry] of bundle.entry.entries()) {
      const fullUrl = isObject(entry) ? entry.fullUrl : undefined;
      if (typeof fullUrl !== 'string' || !/^urn:uuid:/i.test(fullUrl) || isUuidUrn(fullUrl)) continue;
      yield {
        element: `entry[${index}].fullUrl`,
        text: 'The text after `urn:uuid:` is not a UUID. The server used it unchanged. Send a UUID: hexadecimal digits in groups of 8-4-4-4-12.',
        before: fullUrl,
        after: fullUrl,
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: (summary) => {
      const entries = summary.entry as JsonObject[];
      const entry = entries.find(
        ({ resource }) => isResource(resource) && resource.resourceType === 'Patient',
      );
      if (entry) renameEverywhere(summary, String(entry.fullUrl), `${String(entry.fullUrl)}-0001`);
      return summary;
    },
  },
};

/** Replaces a fullUrl everywhere, with the id that belongs to it. */
function renameEverywhere(value: Json | undefined, from: string, to: string): void {
  if (Array.isArray(value)) value.forEach((item) => renameEverywhere(item, from, to));
  else if (isObject(value)) {
    for (const [key, inner] of Object.entries(value)) {
      if (inner === from) value[key] = to;
      else renameEverywhere(inner, from, to);
    }
    if (value.fullUrl === to && isObject(value.resource)) value.resource.id = to.replace('urn:uuid:', '');
  }
}

export const repairs: readonly Repair[] = [...fullUrlRepairs, fullUrlIsAUuid];
