/**
 * Synthetic virtual ward stays. A stay follows from a seed and an index alone: any stay can be made without those
 * before it, in any order, on any machine, and it is always the same one.
 */
import { CONDITIONS, type Condition } from './conditions';
import { courseOf, type NewsSet, type Trajectory } from './course';
import { DAY, londonInstant, MINUTE } from './london-time';
import { personAt, type Person } from './person';
import type { Trust } from './places';
import { randomOf, type Random } from './random';
import type { OxygenScale } from '../resources/observation/news2/news2';

export interface Stay {
  seed: number;
  index: number;
  person: Person;
  trust: Trust;
  condition: Condition;
  trajectory: Trajectory;
  scale: OxygenScale;
  start: Date;
  end: Date;
  /** In order of time. */
  sets: readonly NewsSet[];
  /** When the document was made, some minutes after the discharge. */
  documentedAt: Date;
  /** When the Bundle was put together. */
  sentAt: Date;
}

export interface StayOptions {
  /** Stays have ended before this moment. Fixed unless given, so that nothing depends on the clock. */
  epoch?: Date;
}

export const EPOCH = new Date('2026-01-01T00:00:00Z');

const STAY_STREAM = 0x73746179;
/** The last stay of each ten is the second stay of one of the nine patients before it. */
const STAYS = 10;
const PATIENTS = 9;
const SECOND_STAY_OF = 4;
/** First stays end within this many days before the epoch, but not within the days kept for second stays. */
const SPREAD_DAYS = 300;
const SECOND_STAY_DAYS = 75;
/** Moves the patients of one seed away from those of the next. */
const PATIENTS_PER_SEED = 112_507;

/** At which hours sets are taken, by how many there are in a day. */
const ROUNDS: Readonly<Record<number, readonly number[]>> = {
  2: [9, 18],
  3: [8, 13, 20],
  4: [8, 12, 16, 20],
};

/** Stay number `index` (from 0) of a seed. */
export function stay(seed: number, index: number, { epoch = EPOCH }: StayOptions = {}): Stay {
  const random = randomOf(STAY_STREAM, seed, index);
  const isSecond = index % STAYS === STAYS - 1;
  const person = personAt(patientNumber(seed, index, isSecond));
  const days = random.integer(3, 21);
  const today = Math.floor(epoch.getTime() / DAY);
  const back = isSecond
    ? random.integer(2, SECOND_STAY_DAYS - 26)
    : SECOND_STAY_DAYS + random.integer(0, SPREAD_DAYS);
  const lastDay = today - back;
  const start = londonInstant(lastDay - days, random.integer(10 * 60, 17 * 60));
  const end = londonInstant(lastDay, random.integer(12 * 60, 16 * 60));
  const condition = random.pick(CONDITIONS);
  const trajectory = trajectoryOf(condition, random);
  const scale = trajectory === 'oxygen' ? 2 : 1;
  const times = timesOf(start, end, lastDay, days, random);
  const age = (start.getTime() - Date.parse(person.birthDate)) / (365.25 * DAY);
  const sets = courseOf({ condition, trajectory, scale }, times, age, random);
  const documentedAt = new Date(end.getTime() + random.integer(10, 50) * MINUTE);
  return {
    seed,
    index,
    person,
    trust: person.place.trust,
    condition,
    trajectory,
    scale,
    start,
    end,
    sets,
    documentedAt,
    sentAt: new Date(documentedAt.getTime() + random.integer(1, 9) * MINUTE),
  };
}

/** All stays of a seed, from the first, without end. */
export function* stays(seed: number, options: StayOptions = {}): Generator<Stay, never> {
  for (let index = 0; ; index++) yield stay(seed, index, options);
}

function patientNumber(seed: number, index: number, isSecond: boolean): number {
  const ten = Math.floor(index / STAYS);
  return seed * PATIENTS_PER_SEED + ten * PATIENTS + (isSecond ? SECOND_STAY_OF : index % STAYS);
}

function trajectoryOf(condition: Condition, random: Random): Trajectory {
  if (condition.hypercapnic && random.chance(0.7)) return 'oxygen';
  return random.chance(0.3) ? 'relapsing' : 'recovering';
}

/** Two to four sets a day, each within half an hour of its round, none before the admission or after the discharge. */
function timesOf(start: Date, end: Date, lastDay: number, days: number, random: Random): Date[] {
  const rounds = ROUNDS[random.integer(2, 4)] ?? [];
  const times: Date[] = [];
  for (let day = lastDay - days; day <= lastDay; day++) {
    for (const hour of rounds) {
      const at = londonInstant(day, hour * 60 + random.integer(-25, 25));
      if (at > start && at < end) times.push(at);
    }
  }
  return times;
}
