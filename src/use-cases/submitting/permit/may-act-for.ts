/** Whether a sender may change what an organisation is known by. @see docs/access.md */
import type { ForPermitting } from '../dependencies';
import type { Received } from '../steps';

/** An organisation acts for itself; for others as the site's policy says, without one for all. */
export function mayActFor(
  odsCode: string,
  { caller }: Pick<Received, 'caller'>,
  { maySubmitFor }: ForPermitting,
): boolean {
  return (odsCode !== '' && caller.odsCode === odsCode) || maySubmitFor(caller, [odsCode]).allowed;
}
