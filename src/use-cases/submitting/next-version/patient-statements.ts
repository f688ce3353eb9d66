/**
 * What the submissions about a patient say today, of the death and of the values by which people know a patient. Pure
 * functions.
 * @see docs/decisions/0014-what-a-patient-keeps.md
 */
import type { SaidBefore, SaidOfPatient } from '../stored-before/read-patient-statements';

/** What a lineage says of the death. */
export interface SaidOfDeath {
  /** Undefined where it is not known whether it says anything. */
  dead: boolean | undefined;
  at: Date;
}

export interface SaidToday {
  deaths: readonly SaidOfDeath[];
  /** Of each lineage that is not retracted, the hashes of the values that its newest edition gives. */
  values: readonly Readonly<Record<string, string>>[];
}

/** The editions of each lineage, newest first. */
export function lineagesOf(editions: readonly SaidBefore[]): SaidBefore[][] {
  const lineages = new Map<string, SaidBefore[]>();
  for (const each of editions) {
    const known = lineages.get(each.lineage);
    if (known) known.push(each);
    else lineages.set(each.lineage, [each]);
  }
  return [...lineages.values()];
}

export function saidToday(
  lineages: readonly (readonly SaidBefore[])[],
  { standing }: SaidOfPatient,
): SaidToday {
  const deaths: SaidOfDeath[] = [];
  const values: Readonly<Record<string, string>>[] = [];
  for (const editions of lineages) {
    const newest = editions[0]!;
    const { stated, care } = newest;
    const isRetracted =
      stated?.retracts === true || (care.length > 0 && !care.some((id) => standing.has(id)));
    // A retraction itself may say something new of the death.
    const speaks = isRetracted
      ? [newest].find((each) => each.stated?.dead !== undefined)
      : editions.find((each) => each.stated === undefined || each.stated.dead !== undefined);
    if (speaks) deaths.push({ dead: speaks.stated?.dead, at: speaks.at });
    const giving = isRetracted ? undefined : editions.find((each) => each.stated !== undefined);
    if (!isRetracted) values.push(giving?.stated?.values ?? {});
  }
  return { deaths, values };
}

/** The newest statement of the death. What is not known is none. */
export function newestOf(deaths: readonly SaidOfDeath[]): SaidOfDeath | undefined {
  let newest: SaidOfDeath | undefined;
  for (const each of deaths) if (each.dead !== undefined && (!newest || each.at > newest.at)) newest = each;
  return newest;
}
