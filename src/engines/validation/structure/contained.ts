/**
 * Contained resources: they have ids, contain nothing themselves, carry no version, update time or security label of
 * their own, and are referred to from the resource around them or refer to it (dom-2 to dom-5).
 * @see https://hl7.org/fhir/R4/references.html#contained
 */
import type { AnyResource } from '../../../fhir/types';
import { isObject } from '../../../fhir/types';
import type { Visit } from './visit';
import { report } from './visit';

/** What a resource contains, before it is walked; undefined where nothing. */
export function containedOf(resource: AnyResource): Visit['contained'] {
  const { contained } = resource;
  if (!Array.isArray(contained)) return undefined;
  const types = new Map<string, string>();
  for (const item of contained) {
    if (isObject(item) && typeof item.id === 'string') types.set(item.id, String(item.resourceType));
  }
  return { types, referenced: new Set(), fromContained: new Set() };
}

/** Notes a reference, canonical or uri that begins with `#`. */
export function noteFragment(target: string, visit: Visit): void {
  if (!visit.contained) return;
  if (target === '#') {
    if (visit.insideContained !== undefined) visit.contained.fromContained.add(visit.insideContained);
  } else {
    visit.contained.referenced.add(target.slice(1));
  }
}

/** Checks what a resource contains, after it was walked. */
export function checkContained(resource: AnyResource, visit: Visit): void {
  const { contained } = resource;
  if (!Array.isArray(contained) || !visit.contained) return;
  const seen = new Set<string>();
  contained.forEach((item, index) => {
    if (!isObject(item)) return;
    const at = `contained[${index}]`;
    if (Array.isArray(item.contained) && item.contained.length > 0) {
      report(
        visit,
        'r4-contained',
        'A contained resource cannot contain another (R4 dom-2). Put all contained resources in the contained list of the outer resource.',
        {
          at: `${at}.contained`,
        },
      );
    }
    const { meta } = item;
    if (isObject(meta)) {
      if (meta.versionId !== undefined || meta.lastUpdated !== undefined) {
        report(
          visit,
          'r4-contained',
          'A contained resource cannot have meta.versionId or meta.lastUpdated (R4 dom-4). Leave them out.',
          { at: `${at}.meta` },
        );
      }
      if (meta.security !== undefined) {
        report(
          visit,
          'r4-contained',
          'A contained resource cannot have its own security label (R4 dom-5). Leave it out.',
          {
            at: `${at}.meta.security`,
          },
        );
      }
    }
    const { id } = item;
    if (typeof id !== 'string') {
      report(
        visit,
        'r4-contained',
        'A contained resource needs an id, so that references (#…) can name it.',
        {
          at: `${at}.id`,
          code: 'required',
        },
      );
      return;
    }
    if (seen.has(id)) {
      report(visit, 'r4-contained', 'Two contained resources have the same id.', { at: `${at}.id` });
    }
    seen.add(id);
    if (!visit.contained?.referenced.has(id) && !visit.contained?.fromContained.has(id)) {
      report(
        visit,
        'r4-contained',
        'No reference points to this contained resource, and it does not refer to the resource that contains it (R4 dom-3). Refer to it, or leave it out.',
        { at },
      );
    }
  });
}
