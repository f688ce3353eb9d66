/**
 * Makes the rows of the outbox for a submission that is stored: one for each rule of `FORWARD_FILE` that applies. They
 * are written in the same transaction, whichever interface the submission came through.
 * @see docs/transports/passing-on.md
 */
import { NOT_STORED, TAKEN_BACK } from '../engines/store/outbox';
import type { NewId } from '../platform/ids';
import { common } from '../resources';
import { organisationsNamedIn } from '../resources/bundle/named-organisations';
import { deliveryRow } from '../use-cases/forwarding/outbox';
import { destinationsOf, type ForwardRule } from '../use-cases/forwarding/rules';
import { CONDITION_KEPT } from '../use-cases/submitting/next-version/condition-kept';
import type { Alongside, SubmissionEnding } from '../use-cases/submitting/steps';
import { definitionOf } from './definitions';

/** @param rules the rules in force now */
export function deliveriesOf(
  rules: () => readonly ForwardRule[],
  clock: { newId: NewId; now: () => Date },
): Alongside {
  return (ending) => {
    const current = rules();
    const { status, bundle, received, submissionId, issues, passedOnBefore = [], takenBack = [] } = ending;
    if (current.length === 0 || status !== 'accepted' || !bundle) return [];
    const isSummary = common.isSummary(bundle);
    if (!isSummary && takenBack.length === 0 && !changesCare(ending)) return [];
    const named = organisationsNamedIn(bundle);
    const names = new Set(destinationsOf(current, { sender: received.from.sender, ...named }));
    // Absence is no statement: a correction that names no practice does not say that the patient has left the one that
    // has the edition before. A practice that does not have that edition has been left already.
    if (!isSummary || named.practices.length === 0)
      for (const { name, hasNewest } of passedOnBefore) if (hasNewest) names.add(name);
    // Who has a document gets its retraction, and nothing else of a submission that the rules do not give it.
    const isTold = isRetraction(ending) ? new Set(passedOnBefore.map(({ name }) => name)) : names;
    // A receiver would have what this server does not show.
    const notStored = issues.some(({ rule }) => rule === CONDITION_KEPT) ? { [NOT_STORED]: true } : {};
    return current
      .filter(({ name }) => names.has(name) || isTold.has(name))
      .map(({ name }) => {
        const envelope = names.has(name) ? notStored : { [TAKEN_BACK]: true };
        return deliveryRow({ name, submission: submissionId, envelope }, clock);
      });
  };
}

/** Whether a stay or document is taken back, whatever comes in its place. */
const isRetraction = ({ takenBack = [] }: SubmissionEnding): boolean =>
  takenBack.some(({ type }) => definitionOf(type).showsCare === true);

/** Whether it changes a stored stay or document. */
const changesCare = ({ stored = [] }: SubmissionEnding): boolean =>
  stored.some(({ type, created, written }) => written && !created && definitionOf(type).showsCare === true);
