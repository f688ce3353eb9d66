/**
 * The banner of a patient, as the NHS shows one: SURNAME, Given · born · age · gender · NHS number in groups of 3, 3, 4.
 * @see https://digital.nhs.uk/services/nhs-common-user-interface (patient banner)
 */
import { isCurrent, storedAt } from '../../../fhir/current-identifier';
import { isObject, listOf, type AnyResource, type Json, type JsonObject } from '../../../fhir/types';
import { isRestricted, labelsOf } from '../../../terminology/confidentiality';
import { NHS_NUMBER_SYSTEM } from '../../../terminology/nhs-number';
import { grouped } from '../text';
import { dateText, momentText } from './moments';

export interface Banner {
  name: string;
  /** Other names, each in full with its use. */
  otherNames: readonly string[];
  born: string;
  age: string;
  died: string;
  gender: string;
  nhsNumber: string;
  /** True where the record is labelled restricted: nobody may learn from it where the person lives. */
  isRestricted: boolean;
  /** That the record was merged, is not in use, or had another NHS number. */
  otherRecords: readonly OtherRecord[];
}

export interface OtherRecord {
  text: string;
  /** Where to look, with the words of the link. */
  href?: string;
  link?: string;
}

const GENDERS: Readonly<Record<string, string>> = {
  male: 'Male',
  female: 'Female',
  other: 'Other',
  unknown: 'Not known',
};

export function bannerOf(patient: AnyResource, now: Date): Banner {
  const names = listOf<Json>(patient.name).filter(isObject);
  const [main, ...others] = inOrder(names);
  const { birthDate, deceasedDateTime, deceasedBoolean, gender } = patient;
  const until = typeof deceasedDateTime === 'string' ? new Date(deceasedDateTime) : now;
  return {
    name: (main && nameText(main)) || 'Name not sent',
    otherNames: others.map((name) => [nameText(name), useOf(name)].filter(Boolean).join(', ')),
    born: dateText(birthDate) || 'not sent',
    age: deceasedBoolean === true ? '' : ageText(birthDate, until),
    died: diedText(deceasedDateTime, deceasedBoolean),
    gender: (typeof gender === 'string' && GENDERS[gender]) || 'Not sent',
    nhsNumber: nhsNumberOf(patient),
    isRestricted: labelsOf(patient).some(isRestricted),
    otherRecords: otherRecordsOf(patient),
  };
}

const LINKS: Readonly<Record<string, string>> = {
  'replaced-by': 'This record was replaced by another one.',
  replaces: 'This record replaces another one.',
  refer: 'Another record of this patient is the main one.',
  seealso: 'There is another record of this patient.',
};

/** As the sender said it. Nothing is looked up, so that nothing of another record is disclosed. */
function otherRecordsOf(patient: AnyResource): OtherRecord[] {
  const linked = listOf<Json>(patient.link)
    .filter(isObject)
    .map(({ type, other }) => {
      const text = (typeof type === 'string' && LINKS[type]) || LINKS.seealso!;
      const reference = isObject(other) && typeof other.reference === 'string' ? other.reference : '';
      const [, id] = /^Patient\/([0-9a-f-]{36})$/.exec(reference) ?? [];
      return {
        text,
        ...(id === undefined ? {} : { href: `/console/patients/${id}`, link: 'Open that record' }),
      };
    });
  const at = storedAt(patient);
  const earlier = nhsNumbersIn(patient)
    .filter((each) => !isCurrent(each, at))
    .map(({ value }) => ({
      text: `Earlier NHS number: ${grouped(String(value))}. Data may be held under it.`,
      href: '/console/patients',
      link: 'Search for it',
    }));
  const inactive = patient.active === false ? [{ text: 'This record is marked as not in use.' }] : [];
  return [...inactive, ...linked, ...earlier];
}

function diedText(moment: Json | undefined, isDead: Json | undefined): string {
  if (moment !== undefined) return momentText(moment);
  return isDead === true ? 'date not sent' : '';
}

/** The current official or usual name first, old ones last. */
function inOrder(names: readonly JsonObject[]): JsonObject[] {
  const rank = ({ use, period }: JsonObject): number => {
    if (use === 'old' || (isObject(period) && period.end !== undefined)) return 3;
    return use === 'official' ? 0 : use === 'usual' ? 1 : 2;
  };
  return [...names].sort((one, other) => rank(one) - rank(other));
}

const texts = (value: Json | undefined): string[] =>
  listOf<Json>(value).filter((each): each is string => typeof each === 'string');

/** `SHARMA, Rukhsana Ayesha (Dr)`. */
function nameText({ family, given, prefix, text }: JsonObject): string {
  const surname = typeof family === 'string' ? family.toLocaleUpperCase('en-GB') : '';
  const parts = [surname, texts(given).join(' ')].filter((part) => part !== '');
  if (parts.length === 0) return typeof text === 'string' ? text : '';
  const title = texts(prefix).join(' ');
  return `${parts.join(', ')}${title === '' ? '' : ` (${title})`}`;
}

const useOf = ({ use }: JsonObject): string => (typeof use === 'string' ? use : '');

const DAY = 86_400_000;

/** `79y`; for children below two `14m`, below a month `3w` or `5d`. Nothing where the birth date has no day. */
export function ageText(birthDate: Json | undefined, at: Date): string {
  if (typeof birthDate !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(birthDate)) return '';
  const born = new Date(`${birthDate}T00:00:00Z`);
  if (Number.isNaN(born.getTime()) || at < born) return '';
  const months =
    (at.getUTCFullYear() - born.getUTCFullYear()) * 12 +
    (at.getUTCMonth() - born.getUTCMonth()) -
    (at.getUTCDate() < born.getUTCDate() ? 1 : 0);
  if (months >= 24) return `${Math.floor(months / 12)}y`;
  if (months >= 1) return `${months}m`;
  const days = Math.floor((at.getTime() - born.getTime()) / DAY);
  return days >= 14 ? `${Math.floor(days / 7)}w` : `${days}d`;
}

/** The number by which the patient was known when this was stored: none that was old or had ended. */
function nhsNumberOf(patient: AnyResource): string {
  const at = storedAt(patient);
  const found = nhsNumbersIn(patient).find((each) => isCurrent(each, at));
  return typeof found?.value === 'string' ? grouped(found.value) : 'not sent';
}

const nhsNumbersIn = ({ identifier }: AnyResource): JsonObject[] =>
  listOf<Json>(identifier)
    .filter(isObject)
    .filter(({ system, value }) => system === NHS_NUMBER_SYSTEM && typeof value === 'string');
