/**
 * Repairs known deviations of a Bundle and adds a warning for each; under strict handling each is an error. Changes the
 * decoded Bundle in place, because copying a large Bundle would cost as much as reading it. The received bytes do not
 * change.
 */
import type { Slices } from '../../fhir/slices';
import type { ForValidating } from './dependencies';
import type { Decoded, Repaired } from './steps';

export function* repair<D extends Unrepaired>(
  decoded: D,
  { validator }: Pick<ForValidating, 'validator'>,
): Slices<D & Omit<Repaired, keyof Decoded>> {
  const { handling } = decoded.received;
  const { repaired, issues, repairs, review } = yield* validator.repairInSlices(decoded.bundle, handling);
  return { ...decoded, repaired, remarks: issues, repairs, review: [...(decoded.remarked ?? []), ...review] };
}

/** The parts of a decoded Bundle that repair needs. */
export type Unrepaired = Pick<Decoded, 'bundle' | 'kind' | 'remarked'> & {
  received: Pick<Decoded['received'], 'handling' | 'receivedAt'>;
};
