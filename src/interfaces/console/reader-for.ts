/**
 * Who reads on a page, and whose data. Where the site's policy keeps a person to the patients of the person's
 * organisation, a reason given before opens the data of that one patient.
 */
import { readerOf, type HttpReader } from '../http/reader';
import type { ConsoleDependencies } from './dependencies';
import { personOf, type Visit } from './page';

/** @param patientIds the patients that the page is about; more than one opens nothing beyond the policy */
export function readerFor(
  visit: Visit,
  patientIds: readonly string[],
  { reading, readRestriction }: ConsoleDependencies,
): HttpReader {
  const { context } = visit;
  const { caller, reasons } = personOf(visit);
  const [only, ...more] = patientIds;
  const reason = only !== undefined && more.length === 0 ? reasons[only] : undefined;
  context.reach = readRestriction(caller, reason);
  if (context.reach.kind === 'all' && context.reach.breakGlass !== undefined)
    context.note({ breakGlass: context.reach.breakGlass });
  return readerOf(context, reading);
}

/** True where the policy keeps this person from the patient, and a reason would open the patient's data. */
export function mayBreakGlass(visit: Visit, { readRestriction }: ConsoleDependencies): boolean {
  const { caller } = personOf(visit);
  return (
    readRestriction(caller).kind === 'organisation' && readRestriction(caller, 'a reason').kind === 'all'
  );
}
