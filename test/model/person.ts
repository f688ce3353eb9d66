/** The rules of semantics for a Patient: what a store holds of a person after a submission. */
import { contentOf, isVerified, of, type Loose } from './bundle';

export interface Person {
  id: string;
  version: number;
  resource: Loose;
  /** `sender|lineage` of every accepted submission that speaks of the person. */
  lineages: ReadonlySet<string>;
  /** The submissions that stated the content, with its age: first the one that wrote it, then those that changed nothing. */
  statements: readonly Statement[];
}

export interface Statement {
  submission: string;
  lastUpdated: string;
}

export interface PersonAfter {
  resource: Loose;
  differs: boolean;
  /** Set where what is stored was made later, and stays current: the newest that stated it. */
  lateAfter?: Statement | undefined;
}

/** The person as the submission leaves them. */
export function personAfter(
  known: Person | undefined,
  bundle: Loose,
  { lineage, editions }: { lineage: string; editions: readonly string[] },
): PersonAfter | 'conflict' {
  const incoming = of(bundle, 'Patient')[0];
  if (!known) return { resource: incoming, differs: true };
  const other = areOfOthers(known.resource, incoming);
  if (other) {
    const mine = editions.length > 0 && [...known.lineages].every((each) => each === lineage);
    if (!mine && (isVerified(known.resource) || !isVerified(incoming))) return 'conflict';
  }
  const resource = inOrder(known.resource, incoming, other);
  const differs = contentOf(resource) !== contentOf(known.resource);
  const lateAfter = differs && !other ? newerThan(bundle.meta.lastUpdated, known, editions) : undefined;
  return lateAfter
    ? { resource: inOrder(incoming, known.resource, other), differs, lateAfter }
    : { resource, differs };
}

/** The newest statement of another lineage that was made later. */
function newerThan(
  lastUpdated: string,
  { statements: [written, ...restated] }: Person,
  editions: readonly string[],
): Statement | undefined {
  const byId = restated.sort((a, b) => (a.submission < b.submission ? -1 : 1));
  return [written!, ...byId]
    .filter((each) => each.lastUpdated > lastUpdated && !editions.includes(each.submission))
    .reduce<Statement | undefined>(
      (newest, each) => (newest && newest.lastUpdated >= each.lastUpdated ? newest : each),
      undefined,
    );
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
