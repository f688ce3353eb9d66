/**
 * Finds the known name that a mistyped one was probably meant to be: `birthDate` for `birthdate`, `Patient` for
 * `Patients`, `service-provider` for `serviceprovider`, `status` for `staus`.
 */

/** The longest name that is compared; every FHIR name is shorter. */
const MAX_LENGTH = 64;

/**
 * Returns ` Did you mean Patient?` to add to a sentence; empty when no known name is similar.
 * @param shape how to write the name
 */
export function didYouMean(
  word: string,
  known: Iterable<string>,
  shape = (name: string): string => name,
): string {
  const near = nearestName(word, known);
  return near === undefined ? '' : ` Did you mean ${shape(near)}?`;
}

/**
 * The first known name that differs only in case, punctuation, an `s` at the end, or one letter; undefined when there
 * is none.
 */
export function nearestName(word: string, known: Iterable<string>): string | undefined {
  if (word.length > MAX_LENGTH) return undefined;
  const bare = bareName(word);
  let near: string | undefined;
  for (const name of known) {
    const other = bareName(name);
    if (other === bare) return name;
    if (near === undefined && isNear(other, bare)) near = name;
  }
  return near;
}

/** A name without case and punctuation. */
export function bareName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/**
 * Whether two bare names differ by an `s` at the end, by one letter, or by both. Names of four letters must also begin
 * alike (`dat`, `datee` and `date`); shorter names never match.
 */
export function isNear(known: string, bare: string): boolean {
  const [one, other] = [singular(known), singular(bare)];
  if (one === other) return true;
  if (known.length < 4 || (known.length === 4 && known[0] !== bare[0])) return false;
  return isOneOff(known, bare) || (one.length > 4 && isOneOff(one, other));
}

const singular = (bare: string): string => (bare.endsWith('s') ? bare.slice(0, -1) : bare);

/** True when one insertion, deletion, change or swap converts one into the other. */
function isOneOff(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  const restA = a.slice(start);
  const restB = b.slice(start);
  if (restA.slice(1) === restB || restA === restB.slice(1) || restA.slice(1) === restB.slice(1)) return true;
  return (
    restA.length > 1 && restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2)
  );
}
