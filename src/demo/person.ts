/**
 * A person who does not exist. Everything about a person follows from one number, whatever the seed of the stays, so
 * that an NHS number never comes with two birth dates however many runs are loaded into one server.
 */
import { DAY } from './london-time';
import { NAMES, TITLES, type Names } from './names';
import { nhsNumberOf, NHS_NUMBERS } from './nhs-number';
import { PLACES, POSTCODE_LETTERS, STREETS, type Place } from './places';
import { randomOf, type Random } from './random';

export interface Person {
  nhsNumber: string;
  /** The number in the trust's own system. */
  localNumber: string;
  title?: string;
  given: readonly string[];
  family: string;
  gender: 'female' | 'male' | 'other' | 'unknown';
  /** `YYYY-MM-DD` */
  birthDate: string;
  line: string;
  postcode: string;
  place: Place;
  mobile: string;
  /** Absent for most of the young. */
  landline?: string;
  nextOfKin?: { given: string; family: string; gender: 'female' | 'male'; mobile: string };
}

/** Keeps the stream of a person apart from that of a stay. */
const PERSON_STREAM = 0x70657273;
/** Ages are counted back from here. A stay lies up to fourteen months earlier, and everyone is grown up by then. */
const AGES_ON = Date.UTC(2026, 0, 1);
const YOUNGEST = 20;
const OLDEST = 95;
const DAYS_PER_YEAR = 365.2425;

/** Person `n`; there are as many as there are NHS numbers, after which they come round again. */
export function personAt(n: number): Person {
  const number = n % NHS_NUMBERS;
  const random = randomOf(PERSON_STREAM, number);
  const place = random.pick(PLACES);
  const gender = genderOf(random);
  const sex = gender === 'male' || (gender !== 'female' && random.chance(0.5)) ? 'male' : 'female';
  const names = namesOf(random);
  const family = familyOf(random, names, sex);
  // Most who are cared for on a virtual ward are old.
  const years = YOUNGEST + (OLDEST - YOUNGEST) * Math.pow(random.next(), 0.55);
  const first = random.pick(names[sex]);
  const second = random.pick(names[sex]);
  const given = second !== first && random.chance(0.3) ? [first, second] : [first];
  const kin = random.chance(0.5) ? nextOfKin(random, names) : undefined;
  const landline = random.chance(years > 50 ? 0.7 : 0.1) ? `01632 960${digits(random, 3)}` : undefined;
  const title = random.pick(TITLES[sex] ?? []);
  return {
    nhsNumber: nhsNumberOf(number),
    localNumber: `H${String(1_000_000 + number)}`,
    ...(gender === sex && { title }),
    given,
    family,
    gender,
    birthDate: new Date(AGES_ON - years * DAYS_PER_YEAR * DAY).toISOString().slice(0, 10),
    line: `${random.integer(1, 140)} ${random.pick(STREETS)}`,
    postcode: `${place.postcodeArea}99 ${random.integer(1, 9)}${letter(random)}${letter(random)}`,
    place,
    mobile: mobileOf(random),
    ...(landline && { landline }),
    ...(kin && { nextOfKin: kin }),
  };
}

function genderOf(random: Random): Person['gender'] {
  const draw = random.next();
  if (draw < 0.005) return 'unknown';
  if (draw < 0.01) return 'other';
  return draw < 0.52 ? 'female' : 'male';
}

const ALL_WEIGHTS = NAMES.reduce((sum, names) => sum + names.weight, 0);

function namesOf(random: Random): Names {
  let draw = random.next() * ALL_WEIGHTS;
  for (const names of NAMES) {
    draw -= names.weight;
    if (draw < 0) return names;
  }
  return random.pick(NAMES);
}

function familyOf(random: Random, names: Names, sex: 'female' | 'male'): string {
  const family = random.pick(names.family);
  return typeof family === 'string' ? family : family[sex === 'female' ? 0 : 1];
}

function nextOfKin(random: Random, names: Names): NonNullable<Person['nextOfKin']> {
  const gender = random.chance(0.5) ? 'female' : 'male';
  return {
    given: random.pick(names[gender]),
    family: familyOf(random, names, gender),
    gender,
    mobile: mobileOf(random),
  };
}

/** From the ranges that Ofcom keeps for drama, which ring nowhere. */
function mobileOf(random: Random): string {
  return `07700 900${digits(random, 3)}`;
}

function digits(random: Random, count: number): string {
  return String(random.integer(0, 10 ** count - 1)).padStart(count, '0');
}

function letter(random: Random): string {
  return POSTCODE_LETTERS.charAt(random.integer(0, POSTCODE_LETTERS.length - 1));
}
