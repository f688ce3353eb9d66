/**
 * Whom the body of a request was about that was refused before it was worked on: for its audit record, which names the
 * patient of an attempt whatever became of it.
 */
import type { Patients } from '../../definitions/patients';
import { idsIn } from '../../engines/store/owners';
import { nhsNumbersInBody } from '../../use-cases/auditing/nhs-numbers-in';

/** What is looked through of such a body, in bytes. */
export const MOST_OF_A_REFUSED_BODY = 1024 * 1024;

/** The NHS numbers that a body names, and the server's ids in it: for the notes of its request. */
export function namedIn(
  body: Buffer,
  patients: Pick<Patients, 'nhsNumbersIn'>,
): { nhsNumbers: Set<string>; ids: string[] } {
  const text = body.subarray(0, MOST_OF_A_REFUSED_BODY).toString('utf8');
  return { nhsNumbers: nhsNumbersInBody(text, patients), ids: idsIn([text]) };
}
