/**
 * Recognises a submission that was sent before: first by its bytes, then, if it has a lineage, by its content too.
 * @see semantics "Sameness"
 */
import type { Queryable } from '../../../platform/postgres';
import { failure, success, type Received, type Result } from '../steps';
import { compareWithLineage, isAlike } from './compare-with-lineage';
import { findSameBytes, findSameOrLineage, type Earlier } from './earlier-submissions';
import type { Edition } from './edition';

/** The accepted submission of this sender with these very bytes, if there is one. */
export const recognise = (db: Queryable, { from, sha256 }: Received): Promise<Earlier | undefined> =>
  findSameBytes(db, from.sender, sha256);

/** The relation of an edition to the submissions of its lineage. */
export type Recognised =
  | { isResend: true; of: Earlier; positions?: readonly number[] }
  /** New, or the correction of the first of these: the accepted submissions of the lineage, newest first. */
  | { isResend: false; earlier: readonly Earlier[] };

/**
 * Repeats the check under the locks on the bytes and the lineage.
 * @returns a fault when the edition conflicts with the lineage
 */
export async function recogniseEdition(
  tx: Queryable,
  received: Received,
  edition: Edition,
): Promise<Result<Recognised>> {
  const { identifier, positions } = edition;
  const { from, sha256 } = received;
  const { same, lineage: earlier } =
    identifier === undefined
      ? { same: await recognise(tx, received), lineage: [] }
      : await findSameOrLineage(tx, from.sender, sha256, identifier);
  if (same) return success<Recognised>({ isResend: true, of: same });
  const alike = earlier.filter((each) => isAlike(edition, each)).map(({ id }) => id);
  const repeats = alike.length === 0 ? undefined : await received.cameOfTheSame?.(tx, alike);
  const sameness = compareWithLineage(edition, earlier, repeats);
  if (sameness.kind === 'conflict') return failure('conflict', sameness.issue);
  return success<Recognised>(
    sameness.kind === 'resend'
      ? { isResend: true, of: sameness.of, positions }
      : { isResend: false, earlier },
  );
}
