/** Decides whether a sender may change the identifiers of an organisation. @see docs/access.md */
import type { ForPermitting } from '../dependencies';
import type { Received } from '../steps';

/**
 * True when the sender is the organisation, or when the site's policy allows it. Without a policy every sender is
 * allowed.
 */
export function mayActFor(
  odsCode: string,
  { caller }: Pick<Received, 'caller'>,
  { maySubmitFor }: ForPermitting,
): boolean {
  return (odsCode !== '' && caller.odsCode === odsCode) || maySubmitFor(caller, [odsCode]).allowed;
}
