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
  /** False where a later edition says nothing of it any more. */
  isNow: boolean;
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

/** The editions of a lineage that count: all of them or, of a retracted one, the retraction if it says something new of the death. */
export function speakingOf(
  editions: readonly SaidBefore[],
  { standing }: Pick<SaidOfPatient, 'standing'>,
): readonly SaidBefore[] {
  if (!isRetracted(editions, standing)) return editions;
  return editions.slice(0, 1).filter(({ stated }) => stated?.dead !== undefined);
}

function isRetracted([newest]: readonly SaidBefore[], standing: ReadonlySet<string>): boolean {
  if (newest === undefined) return false;
  const { stated, care } = newest;
  return stated?.retracts === true || (care.length > 0 && !care.some((id) => standing.has(id)));
}

export function saidToday(
  lineages: readonly (readonly SaidBefore[])[],
  { standing }: SaidOfPatient,
): SaidToday {
  const deaths: SaidOfDeath[] = [];
  const values: Readonly<Record<string, string>>[] = [];
  for (const editions of lineages) {
    const retracted = isRetracted(editions, standing);
    const speaks = speakingOf(editions, { standing }).find(
      ({ stated }) => stated === undefined || stated.dead !== undefined,
    );
    if (speaks) deaths.push({ dead: speaks.stated?.dead, at: speaks.at, isNow: speaks === editions[0] });
    const giving = editions.find((each) => each.stated !== undefined);
    if (!retracted) values.push(giving?.stated?.values ?? {});
  }
  return { deaths, values };
}

/** The newest statement of the death. What is not known is none. */
export function newestOf(deaths: readonly SaidOfDeath[]): SaidOfDeath | undefined {
  let newest: SaidOfDeath | undefined;
  for (const each of deaths) if (each.dead !== undefined && (!newest || each.at > newest.at)) newest = each;
  return newest;
}
