/**
 * Known deviations of a Bundle are repaired, each with a warning; under strict handling each is an error. The working
 * copy is changed in place: a copy of a large Bundle would cost as much as reading it. The bytes stay as they came.
 */
import type { ForValidating } from './dependencies';
import type { Decoded, Repaired } from './steps';

export function repair<D extends Unrepaired>(
  decoded: D,
  { validator }: Pick<ForValidating, 'validator'>,
): D & Omit<Repaired, keyof Decoded> {
  const { mended, issues, repairs, review } = validator.repair(decoded.bundle, decoded.received.handling);
  return { ...decoded, repaired: mended, remarks: issues, repairs, review };
}

/** As much of a decoded Bundle as repairing it takes. */
export type Unrepaired = Pick<Decoded, 'bundle' | 'kind'> & {
  received: Pick<Decoded['received'], 'handling' | 'receivedAt'>;
};
