/**
 * Finds the patients in the body of a request that was refused before it was processed. The audit record names the
 * patients of every attempt.
 */
import type { Patients } from '../../definitions/patients';
import { idsIn } from '../../engines/store/owners';
import { inSlices } from '../../platform/in-slices';
import { textOfBody } from '../../platform/text-of-body';
import { nhsNumbersInBody } from '../../use-cases/auditing/nhs-numbers-in-body';

/** How many bytes of such a body are searched. */
export const MOST_OF_A_REFUSED_BODY = 1024 * 1024;

/** The NHS numbers that a body names, and the server's ids in it: for the notes of its request. */
export async function namedIn(
  body: Buffer,
  patients: Pick<Patients, 'nhsNumbersIn'>,
): Promise<{ nhsNumbers: Set<string>; ids: string[] }> {
  const text = textOfBody(body.subarray(0, MOST_OF_A_REFUSED_BODY));
  return { nhsNumbers: await inSlices(nhsNumbersInBody(text, patients)), ids: idsIn([text]) };
}
