/**
 * Which of the known names a mistyped one was probably meant to be: `birthDate` for `birthdate`, `Patient` for
 * `Patients`, `service-provider` for `serviceprovider`, `status` for `staus`.
 */

/** Longer than any name of FHIR; nobody mistypes one into this. */
const MAX_LENGTH = 64;

/** ` Did you mean Patient?` to end a sentence with; nothing where no known name is near. @param shape how to write it */
export function didYouMean(
  word: string,
  known: Iterable<string>,
  shape = (name: string): string => name,
): string {
  const near = nearestName(word, known);
  return near === undefined ? '' : ` Did you mean ${shape(near)}?`;
}

/** The first known name that differs in case, punctuation, an `s` at the end, or one letter; undefined where none does. */
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
 * Whether two bare names differ by an `s` at the end, by one letter, or by both. Names of four letters are near where
 * they begin alike (`dat`, `datee` and `date`); shorter ones never.
 */
export function isNear(known: string, bare: string): boolean {
  const [one, other] = [singular(known), singular(bare)];
  if (one === other) return true;
  if (known.length < 4 || (known.length === 4 && known[0] !== bare[0])) return false;
  return isOneOff(known, bare) || (one.length > 4 && isOneOff(one, other));
}

const singular = (bare: string): string => (bare.endsWith('s') ? bare.slice(0, -1) : bare);

/** True where one insertion, deletion, change or swap makes the one the other. */
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
