/** The rules of semantics for a Patient: what a store holds of a person after a submission. */
import { contentOf, isVerified, of, type Loose } from './bundle';

export interface Person {
  id: string;
  version: number;
  resource: Loose;
  /** `sender|lineage` of every accepted submission that speaks of the person. */
  lineages: ReadonlySet<string>;
  /** The submission that the content is of, and what it says of its age. */
  contentOf: string;
  lastUpdated: string;
}

export interface PersonAfter {
  resource: Loose;
  differs: boolean;
  /** True where what is stored was made later, and stays current. */
  isLate: boolean;
}

/** The person as the submission leaves them. */
export function personAfter(
  known: Person | undefined,
  bundle: Loose,
  { lineage, editions }: { lineage: string; editions: readonly string[] },
): PersonAfter | 'conflict' {
  const incoming = of(bundle, 'Patient')[0];
  if (!known) return { resource: incoming, differs: true, isLate: false };
  const other = areOfOthers(known.resource, incoming);
  if (other) {
    const mine = editions.length > 0 && [...known.lineages].every((each) => each === lineage);
    if (!mine && (isVerified(known.resource) || !isVerified(incoming))) return 'conflict';
  }
  const resource = inOrder(known.resource, incoming, other);
  const differs = contentOf(resource) !== contentOf(known.resource);
  const isLate =
    differs && !other && bundle.meta.lastUpdated < known.lastUpdated && !editions.includes(known.contentOf);
  return isLate
    ? { resource: inOrder(incoming, known.resource, other), differs, isLate }
    : { resource, differs, isLate };
}

/** What the later of two leaves of the earlier. */
function inOrder(before: Loose, after: Loose, other: boolean): Loose {
  const resource = { ...after };
  if (before.birthDate?.startsWith(after.birthDate)) resource.birthDate = before.birthDate;
  if (!other && isVerified(before) && !isVerified(after)) resource.identifier = before.identifier;
  for (const names of [['birthDate'], ['gender'], ['deceasedBoolean', 'deceasedDateTime']]) {
    if (names.some((name) => after[name] !== undefined)) continue;
    for (const name of names) if (before[name] !== undefined) resource[name] = before[name];
  }
  return resource;
}

const partsOf = (date: string | undefined): string[] => (date ?? '').split('-').filter(Boolean);

const areOfOthers = (before: Loose, after: Loose): boolean =>
  partsOf(before.birthDate).some((part, index) => (partsOf(after.birthDate)[index] ?? part) !== part);
