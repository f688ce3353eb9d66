/**
 * Finds the stored patients that a description could mean. A match is certain only when NHS number and birth date both
 * agree; all other matches get a lower grade.
 * @example
 * const patient = { resourceType: 'Patient', identifier: [{ system, value: '9990000018' }], birthDate: '1950-01-31' };
 * const result = await match(reader, { patient, onlyCertain: false, count: 10 }, reading);
 * if (result.ok) list(result.answer.matches); // each with its grade and score
 * record(result.disclosed);
 *
 * @see https://hl7.org/fhir/R4/patient-operation-match.html
 */
import { isCurrent } from '../../fhir/current-identifier';
import type { Patients } from '../../definitions/patients';
import { readStored } from '../../fhir/json';
import { operationOutcome } from '../../fhir/operation-outcome';
import { isObject, isResource, listOf, type AnyResource } from '../../fhir/types';
import { fold } from '../../engines/indexing/fold';
import { mistypedNhsNumber } from '../../engines/search/hints-on-no-match';
import type { Found } from '../../engines/search/request';
import { type Answered, answered, disclosing, failed, type Result } from '../call/answered';
import { asShown, nothing, shownBySearch, type Disclosed } from '../call/disclosed';
import { withinTime } from '../call/failures';
import type { Reader } from '../call/reader';
import type { ReadingDependencies } from './dependencies';

const GRADE = 'http://hl7.org/fhir/StructureDefinition/match-grade';

export interface MatchQuestion {
  /** What is known of the patient, as a Patient resource. */
  patient: AnyResource;
  /** True leaves out all but certain matches. */
  onlyCertain: boolean;
  /** Matches at most. */
  count: number;
}

export interface MatchAnswer {
  /** A Bundle of type `searchset`, as JSON text. */
  json: string;
  /** The likeliest first. */
  matches: readonly Match[];
}

interface Wanted {
  nhsNumber: string | undefined;
  /** True where the NHS number has not ten digits or fails its check digit. */
  isMistyped: boolean;
  family: string | undefined;
  given: string | undefined;
  birthDate: string | undefined;
  gender: string | undefined;
  postcode: string | undefined;
}

type Grade = 'certain' | 'probable' | 'possible';
export interface Match {
  found: Found;
  grade: Grade;
  score: number;
}

export async function match(
  reader: Reader,
  { patient, onlyCertain, count }: MatchQuestion,
  dependencies: ReadingDependencies,
): Promise<Answered<MatchAnswer>> {
  const { patients } = dependencies;
  const wanted = wantedOf(patient, patients);
  const asked: Disclosed = { ...nothing, nhsNumbers: [...numbersNamed(patient, patients)] };
  if (wanted.nhsNumber === undefined && (wanted.family === undefined || wanted.birthDate === undefined)) {
    return disclosing(
      failed('invalid', {
        code: 'required',
        rule: 'match-too-little',
        text: 'A match needs an NHS number, or a family name and a birth date.',
        expression: 'Parameters.parameter',
      }),
      asked,
    );
  }
  const candidates = await candidatesFor(reader, wanted, dependencies);
  if (!candidates.ok) return disclosing(candidates, asked);
  const matches = candidates.answer
    .map((found) => graded(found, wanted, patients))
    .filter((each): each is Match => each !== undefined && (!onlyCertain || each.grade === 'certain'))
    .sort((a, b) => b.score - a.score)
    .slice(0, count);
  const disclosed = {
    ...shownBySearch(matches.map(({ found }) => asShown(found))),
    nhsNumbers: asked.nhsNumbers,
  };
  return answered({ json: searchsetOf(matches, wanted, reader.fhirBase), matches }, disclosed);
}

function searchsetOf(matches: readonly Match[], { isMistyped }: Wanted, fhirBase: string): string {
  const entries = matches.map(({ found, grade, score }) => {
    const search = JSON.stringify({ extension: [{ url: GRADE, valueCode: grade }], mode: 'match', score });
    return `{"fullUrl":${JSON.stringify(`${fhirBase}/${found.type}/${found.id}`)},"resource":${found.content},"search":${search}}`;
  });
  if (matches.length === 0 && isMistyped) {
    const resource = operationOutcome([mistypedNhsNumber()]);
    entries.push(JSON.stringify({ resource, search: { mode: 'outcome' } }));
  }
  const head = JSON.stringify({ resourceType: 'Bundle', type: 'searchset', total: matches.length });
  return entries.length === 0 ? head : `${head.slice(0, -1)},"entry":[${entries.join(',')}]}`;
}

function wantedOf(patient: AnyResource, patients: Patients): Wanted {
  const text = (value: unknown): string | undefined =>
    typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  const identifier = listOf(patient.identifier)
    .filter(isObject)
    .find((each) => each.system === patients.identifierSystem && isCurrent(each));
  const written = text(identifier?.value);
  const number = written === undefined ? undefined : patients.readNumber(written);
  const [name] = listOf(patient.name).filter(isObject);
  const [address] = listOf(patient.address).filter(isObject);
  return {
    nhsNumber: number?.digits,
    isMistyped: number?.isRight === false,
    family: text(name?.family),
    given: text(listOf(name?.given)[0]),
    birthDate: text(patient.birthDate),
    gender: text(patient.gender),
    postcode: text(address?.postalCode),
  };
}

/** The NHS numbers of the description, for the audit record: also one that stands without its system. */
function* numbersNamed(patient: AnyResource, { identifierSystem, readNumber }: Patients): Generator<string> {
  for (const { system, value } of listOf(patient.identifier).filter(isObject)) {
    if (typeof value !== 'string') continue;
    const { digits, isRight } = readNumber(value);
    if (system === identifierSystem || (system === undefined && isRight)) yield digits;
  }
}

/** Those with the NHS number, and those with the family name and birth date. */
async function candidatesFor(
  { visibility, room }: Reader,
  wanted: Wanted,
  dependencies: ReadingDependencies,
): Promise<Result<Found[]>> {
  const { database, searchEngine, patients } = dependencies;
  const found = new Map<string, Found>();
  for (const params of searchesFor(wanted, patients)) {
    const searched = await withinTime(
      searchEngine.search(database, {
        type: patients.type,
        params: [...params, ['_count', '50']],
        handling: 'strict',
        ...visibility,
        maxBytes: room.maxBytes,
      }),
    );
    if (!searched.ok) return searched;
    const { answer } = searched;
    if (!answer.ok) return { ok: false, failure: { category: 'bad-request', issues: answer.issues } };
    for (const each of answer.result.matches) found.set(each.id, each);
  }
  return { ok: true, answer: [...found.values()] };
}

function searchesFor({ nhsNumber, family, birthDate }: Wanted, patients: Patients): [string, string][][] {
  const searches: [string, string][][] = [];
  if (nhsNumber !== undefined)
    searches.push([['identifier', `${patients.identifierSystem}|${escaped(nhsNumber)}`]]);
  if (
    family !== undefined &&
    fold(family) !== '' &&
    birthDate !== undefined &&
    /^\d{4}(-\d\d(-\d\d)?)?$/.test(birthDate)
  ) {
    for (const name of ['family:exact', 'family'])
      searches.push([
        [name, escaped(family)],
        ['birthdate', birthDate],
      ]);
  }
  return searches;
}

const escaped = (text: string): string => text.replace(/[\\,|$]/g, (character) => `\\${character}`);

/** Grades a candidate; undefined when the two contradict each other. */
function graded(found: Found, wanted: Wanted, patients: Patients): Match | undefined {
  const resource = readStored(found.content);
  if (!isResource(resource)) return undefined;
  const stored = wantedOf(resource, patients);
  const numbers = agreement(wanted.nhsNumber, stored.nhsNumber);
  const births = agreement(wanted.birthDate, stored.birthDate);
  const families = agreement(wanted.family, stored.family, fold);
  if (numbers === 'agrees') {
    if (births === 'agrees')
      return {
        found,
        grade: families === 'differs' ? 'probable' : 'certain',
        score: families === 'differs' ? 0.9 : 1,
      };
    return {
      found,
      grade: births === 'differs' ? 'possible' : 'probable',
      score: births === 'differs' ? 0.3 : 0.8,
    };
  }
  if (numbers === 'differs') return undefined;
  const details = [
    agreement(wanted.given, stored.given, fold),
    agreement(wanted.gender, stored.gender),
    agreement(wanted.postcode, stored.postcode, (text) => fold(text).replace(/\s/g, '')),
  ];
  const agreeing = details.filter((each) => each === 'agrees').length;
  const differing = details.filter((each) => each === 'differs').length;
  const score = Math.max(0.2, Math.min(0.75, 0.45 + 0.1 * agreeing - 0.15 * differing));
  return {
    found,
    grade: agreeing >= 2 && differing === 0 ? 'probable' : 'possible',
    score: Math.round(score * 100) / 100,
  };
}

function agreement(
  one: string | undefined,
  other: string | undefined,
  as: (text: string) => string = (text) => text,
): 'agrees' | 'differs' | 'unknown' {
  if (one === undefined || other === undefined) return 'unknown';
  return as(one) === as(other) ? 'agrees' : 'differs';
}
