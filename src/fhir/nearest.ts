/**
 * Which of the known names a mistyped one was probably meant to be: `birthDate` for `birthdate`, `Patient` for
 * `Patients`, `service-provider` for `serviceprovider`, `status` for `staus`.
 */

/** Longer than any name of FHIR; nobody mistypes one into this. */
const MAX_LENGTH = 64;

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

/** Whether two bare names differ by an `s` at the end or, where they are not too short to tell, by one letter. */
export function isNear(known: string, bare: string): boolean {
  return `${known}s` === bare || known === `${bare}s` || (known.length > 4 && isOneOff(known, bare));
}

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
