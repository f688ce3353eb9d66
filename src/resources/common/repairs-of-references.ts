/** The repair of a reference that is a bare id (def-18; section 8 of the rules, step 5). */
import type { EntryView, Repair, Repaired } from '../../definitions/rule';
import { changing, resourcesOf, unchanged } from './example';
import { walk } from './walk';

export const bareId: Repair = {
  norm: 'ref-bare-id',
  defect: 'def-18',
  guidance: '3.4.6 Observation.hasMember, Observation.derivedFrom',
  claim:
    'A reference that is the bare id of one resource of the Bundle, of a type that may stand there, is read as its fullUrl.',
  repair(resource, { entries }) {
    const repaired: Repaired[] = [];
    walk(resource, {
      object(object, type, path, as) {
        const before = object.reference;
        if (type.name !== 'Reference' || typeof before !== 'string' || !isBare(before)) return;
        const candidates = (idsOf(entries).get(before.toLowerCase()) ?? []).filter(
          (entry) => as?.targets === undefined || as.targets.includes(entry.resource.resourceType),
        );
        const [entry] = candidates;
        if (!entry || candidates.length > 1) return;
        const after = entry.fullUrl ?? `${entry.resource.resourceType}/${String(entry.resource.id)}`;
        object.reference = after;
        repaired.push({
          element: path,
          text: 'The reference was a bare id, which is none in FHIR; it was read as the one resource that has this id. Send its fullUrl.',
          before,
          after,
        });
      },
    });
    return repaired;
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
