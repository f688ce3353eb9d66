/**
 * Makes the rows of the outbox for a submission that is stored: one for each rule of `FORWARD_FILE` that applies. They
 * are written in the same transaction, whichever interface the submission came through.
 * @see docs/transports/passing-on.md
 */
import type { NewId } from '../platform/ids';
import { common } from '../resources';
import { organisationsNamedIn } from '../resources/bundle/named-organisations';
import { deliveryRow } from '../use-cases/forwarding/outbox';
import { destinationsOf, type ForwardRule } from '../use-cases/forwarding/rules';
import type { Alongside } from '../use-cases/submitting/steps';

/** @param rules the rules in force now */
export function deliveriesOf(
  rules: () => readonly ForwardRule[],
  clock: { newId: NewId; now: () => Date },
): Alongside {
  return ({ status, bundle, received, submissionId }) => {
    const current = rules();
    if (current.length === 0 || status !== 'accepted' || !bundle || !common.isSummary(bundle)) return [];
    const names = destinationsOf(current, {
      sender: received.from.sender,
      ...organisationsNamedIn(bundle),
    });
    return names.map((name) => deliveryRow({ name, submission: submissionId }, clock));
  };
}
