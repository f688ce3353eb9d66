/**
 * What R4 asks of the result of a search: matches have ids and are of a type that was asked for, outcomes are
 * OperationOutcomes.
 * @see https://hl7.org/fhir/R4/search.html#2.21.1.3
 */
import type { AnyResource } from '../../../fhir/types';
import { isObject, isResource, listOf } from '../../../fhir/types';
import { isResourceType } from '../../../fhir/r4/definitions';
import type { Visit } from './visit';
import { report } from './visit';

export function checkSearchSet(bundle: AnyResource, entries: readonly unknown[], visit: Visit): void {
  const asked = typesAskedFor(bundle);
  entries.forEach((entry, index) => {
    if (!isObject(entry)) return;
    const { resource, search } = entry;
    if (!isResource(resource)) {
      report(visit, 'r4-bundle', 'Every entry of a searchset has a resource.', {
        at: `entry[${index}].resource`,
      });
      return;
    }
    const mode = isObject(search) ? search.mode : undefined;
    const at = `entry[${index}].resource`;
    if (mode === 'outcome') {
      if (resource.resourceType !== 'OperationOutcome') {
        report(visit, 'r4-bundle', 'An entry with the mode outcome is an OperationOutcome.', { at });
      }
      return;
    }
    if (mode === undefined) return;
    if (resource.id === undefined)
      report(visit, 'r4-bundle', 'A resource that a search finds has an id.', { at: `${at}.id` });
    if (mode === 'match' && asked.length > 0 && !asked.includes(resource.resourceType)) {
      report(
        visit,
        'r4-bundle',
        `The type of a match is one that was searched for. These are ${asked.join(', ')}.`,
        { at },
      );
    }
  });
}

/** The types that the self link says were searched for; empty where it does not tell. */
function typesAskedFor(bundle: AnyResource): string[] {
  const self = listOf(bundle.link).find((link) => isObject(link) && link.relation === 'self');
  if (!isObject(self) || typeof self.url !== 'string') return [];
  const [path = '', query = ''] = self.url.split('?', 2);
  const last = path.slice(path.lastIndexOf('/') + 1);
  if (isResourceType(last)) return [last];
  const types = query.split('&').find((part) => part.startsWith('_type='));
  return types === undefined ? [] : types.slice('_type='.length).split(',').filter(isResourceType);
}
