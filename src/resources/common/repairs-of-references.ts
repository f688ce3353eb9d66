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
    'A reference that is the bare id of one resource of the Bundle, of a type that may stand there, is read as its fullUrl.',
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
      text: 'The reference was an id alone, which is no reference in FHIR; it was read as the resource of the Bundle that has this id. Send the fullUrl of that entry.',
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

/** The entries by their resource's id, in small letters; made once per Bundle, when the first bare id is met. */
function idsOf(entries: readonly EntryView[]): Map<string, EntryView[]> {
  const known = indexes.get(entries);
  if (known) return known;
  const index = new Map<string, EntryView[]>();
  for (const entry of entries) {
    const { id } = entry.resource;
    if (typeof id === 'string') index.set(id.toLowerCase(), [...(index.get(id.toLowerCase()) ?? []), entry]);
  }
  indexes.set(entries, index);
  return index;
}
