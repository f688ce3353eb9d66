/** The repair of a reference that is a bare id (def-18; section 8 of the rules, step 5). */
import type { DatatypeRepair, EntryView } from '../../definitions/rule';
import { changing, resourcesOf, unchanged } from './example';
import { isObject } from '../../fhir/types';

export const bareId: DatatypeRepair = {
  norm: 'ref-bare-id',
  stage: 'values',
  defect: 'def-18',
  guidance: '3.2 References',
  claim:
    'If a reference is only the id of one resource in the Bundle, and its element allows the type of that resource, the server reads it as the fullUrl of the entry.',
  datatypes: ['Reference'],
  mend(reference, { targets, context }) {
    if (!isObject(reference)) return undefined;
    const before = reference.reference;
    if (typeof before !== 'string' || !isBare(before)) return undefined;
    const candidates = (idsOf(context.entries).get(before.toLowerCase()) ?? []).filter(
      ({ resource }) => targets === undefined || targets.includes(resource.resourceType),
    );
    const [entry] = candidates;
    if (!entry || candidates.length > 1) return undefined;
    const after = entry.fullUrl ?? `${entry.resource.resourceType}/${String(entry.resource.id)}`;
    reference.reference = after;
    return {
      text: 'The reference was only an id, which is not a FHIR reference. It was read as a reference to the resource in the Bundle with this id. Send the fullUrl of that entry.',
      before,
      after,
    };
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Encounter', (encounter, summary) => {
      const [patient] = resourcesOf(summary, 'Patient');
      encounter.subject = { reference: String(patient?.id) };
    }),
  },
};

function isBare(reference: string): boolean {
  return /^[A-Za-z0-9\-.]{1,64}$/.test(reference);
}

const indexes = new WeakMap<readonly EntryView[], Map<string, EntryView[]>>();

/**
 * The entries by their resource's id, in small letters; made once per Bundle, when the first bare id is met. Two of a
 * type are enough to tell that an id does not say which is meant.
 */
function idsOf(entries: readonly EntryView[]): Map<string, EntryView[]> {
  const known = indexes.get(entries);
  if (known) return known;
  const index = new Map<string, EntryView[]>();
  for (const entry of entries) {
    const { id, resourceType } = entry.resource;
    if (typeof id !== 'string') continue;
    const same = index.get(id.toLowerCase());
    if (!same) index.set(id.toLowerCase(), [entry]);
    else if (same.filter(({ resource }) => resource.resourceType === resourceType).length < 2)
      same.push(entry);
  }
  indexes.set(entries, index);
  return index;
}
