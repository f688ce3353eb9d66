/**
 * `Patient/$match`: who among the stored Patients is meant. An NHS number and a birth date that agree are certain; all
 * else is graded lower, and no guess is called certain.
 * @see https://hl7.org/fhir/R4/patient-operation-match.html
 */
import { isCurrent } from '../../../definitions/current-identifier';
import type { Patients } from '../../../definitions/patients';
import { parseJson } from '../../../fhir/json';
import { operationOutcome } from '../../../fhir/operation-outcome';
import { isObject, isResource, listOf, type AnyResource, type JsonObject } from '../../../fhir/types';
import { parseXml } from '../../../fhir/xml/parse-xml';
import { fold } from '../../../engines/indexing/fold';
import { mistypedNhsNumber } from '../../../engines/search/doubts';
import type { Found } from '../../../engines/search/request';
import { type Answer, type RequestContext, refused, Refused } from '../request-context';
import { bodyFormatOf } from '../request-format';
import { sightOf } from '../sight';
import { disclose } from './read';
import type { SearchDependencies } from './search';

const GRADE = 'http://hl7.org/fhir/StructureDefinition/match-grade';

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
interface Match {
  found: Found;
  grade: Grade;
  score: number;
}

export async function match(
  context: RequestContext,
  body: Buffer,
  dependencies: SearchDependencies,
): Promise<Answer> {
  const { patient, onlyCertain, count } = parametersOf(body, bodyFormatOf(context.request));
  const { patients } = dependencies;
  const wanted = wantedOf(patient, patients);
  if (wanted.nhsNumber === undefined && (wanted.family === undefined || wanted.birthDate === undefined)) {
    throw refused('invalid', {
      code: 'required',
      rule: 'match-too-little',
      text: 'A match needs an NHS number, or a family name and a birth date.',
      expression: 'Parameters.parameter',
    });
  }
  if (wanted.nhsNumber !== undefined) context.audit.nhsNumbers.add(wanted.nhsNumber);
  const candidates = await candidatesFor(context, wanted, dependencies);
  const matches = candidates
    .map((found) => graded(found, wanted, patients))
    .filter((each): each is Match => each !== undefined && (!onlyCertain || each.grade === 'certain'))
    .sort((a, b) => b.score - a.score)
    .slice(0, count);
  for (const { found } of matches) disclose(context, { ...found, version: found.versionId });
  const entries = matches.map(({ found, grade, score }) => {
    const search = JSON.stringify({ extension: [{ url: GRADE, valueCode: grade }], mode: 'match', score });
    return `{"fullUrl":${JSON.stringify(`${context.fhirBase}/${found.type}/${found.id}`)},"resource":${found.content},"search":${search}}`;
  });
  if (matches.length === 0 && wanted.isMistyped) {
    const resource = operationOutcome([mistypedNhsNumber()]);
    entries.push(JSON.stringify({ resource, search: { mode: 'outcome' } }));
  }
  const head = JSON.stringify({ resourceType: 'Bundle', type: 'searchset', total: matches.length });
  return {
    status: 200,
    json: entries.length === 0 ? head : `${head.slice(0, -1)},"entry":[${entries.join(',')}]}`,
  };
}

function parametersOf(
  body: Buffer,
  format: 'json' | 'xml',
): { patient: AnyResource; onlyCertain: boolean; count: number } {
  const parsed = format === 'xml' ? parseXml(body) : parseJson(body);
  if (!parsed.ok) throw new Refused({ category: 'unreadable', issues: [parsed.issue] });
  const value = parsed.value;
  const parameters =
    isResource(value) && value.resourceType === 'Parameters' ? listOf(value.parameter).filter(isObject) : [];
  const named = (name: string): JsonObject | undefined => parameters.find((each) => each.name === name);
  const patient = isResource(value) && value.resourceType === 'Patient' ? value : named('resource')?.resource;
  if (!isResource(patient) || patient.resourceType !== 'Patient') {
    throw refused('bad-request', {
      code: 'required',
      rule: 'match-no-patient',
      text: 'The body should be Parameters with a parameter named resource that holds a Patient.',
      expression: 'Parameters.parameter',
    });
  }
  const count = named('count')?.valueInteger;
  return {
    patient,
    onlyCertain: named('onlyCertainMatches')?.valueBoolean === true,
    count: typeof count === 'number' && count > 0 ? Math.min(count, 50) : 10,
  };
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

/** Those with the NHS number, and those with the family name and birth date. */
async function candidatesFor(
  context: RequestContext,
  wanted: Wanted,
  dependencies: SearchDependencies,
): Promise<Found[]> {
  const { database, searchEngine, patients } = dependencies;
  const queries: [string, string][][] = [];
  if (wanted.nhsNumber !== undefined)
    queries.push([['identifier', `${patients.identifierSystem}|${escaped(wanted.nhsNumber)}`]]);
  if (
    wanted.family !== undefined &&
    fold(wanted.family) !== '' &&
    wanted.birthDate !== undefined &&
    /^\d{4}(-\d\d(-\d\d)?)?$/.test(wanted.birthDate)
  ) {
    queries.push([
      ['family:exact', escaped(wanted.family)],
      ['birthdate', wanted.birthDate],
    ]);
    queries.push([
      ['family', escaped(wanted.family)],
      ['birthdate', wanted.birthDate],
    ]);
  }
  const found = new Map<string, Found>();
  for (const params of queries) {
    const answer = await searchEngine.search(database, {
      type: 'Patient',
      params: [...params, ['_count', '50']],
      handling: 'strict',
      ...sightOf(context, dependencies),
      maxBytes: context.maxAnswerBytes,
    });
    if (!answer.ok) throw new Refused({ category: 'bad-request', issues: answer.issues });
    for (const each of answer.result.matches) found.set(each.id, each);
  }
  return [...found.values()];
}

const escaped = (text: string): string => text.replace(/[\\,|$]/g, (character) => `\\${character}`);

/** Undefined where something that both state speaks against it. */
function graded(found: Found, wanted: Wanted, patients: Patients): Match | undefined {
  const parsed = parseJson(Buffer.from(found.content));
  if (!parsed.ok || !isResource(parsed.value)) return undefined;
  const stored = wantedOf(parsed.value, patients);
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
