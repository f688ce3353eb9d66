/**
 * Marks what is stored as new while others have stored more under its type and numbers than is read: a document that the
 * custodian and another sender both send, or an organisation, may be there already.
 */
import { keysOfSent } from '../match/known-by';
import type { PlannedEntry, Versioning } from './plan';

/** Of what one sender alone may continue, everything of its own is read. */
export function remarkOnPassedOver(
  entries: readonly PlannedEntry[],
  { input, review }: Pick<Versioning, 'input' | 'review'>,
): void {
  const isUnsure = ({ definition: { type, identity }, request, stored }: PlannedEntry): boolean =>
    stored === undefined &&
    input.before.passedOver.has(type) &&
    identity?.within.includes('sender') === false &&
    keysOfSent(identity, request.resource).size > 0;
  if (entries.some(isUnsure))
    review.push(
      'A document or an organisation is stored as a new one. Whether another sender has stored it before was not found out, because others have stored too much under these numbers',
    );
}
