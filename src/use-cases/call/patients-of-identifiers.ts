/**
 * Finds the patients whom a question by a business identifier is about: the number of a stay, a document or a reading
 * names its patient to whoever knows it. So a count, an answer without matches and a condition of a submission tell
 * something about this patient, whether the caller may see the patient or not. This is for the audit record alone, and
 * decides no answer. NHS numbers and ids are found in the request itself, and the code of an organisation is no
 * patient's.
 */
import { seesEverything, type Visibility } from '../../engines/access/visibility';
import { splitEscaped } from '../../engines/indexing/escape';
import { isCriterion } from '../../engines/search/parse';
import type { SearchEngine } from '../../engines/search/search';
import type { Patients } from '../../definitions/patients';
import type { ResourceDefinition } from '../../definitions/resource-definition';
import type { Queryable } from '../../platform/postgres';
import { append } from '../../fhir/long-lists';
import { ODS_SYSTEMS } from '../../terminology/ods';
import { typesOfChain, HAS, OF_THE_RESOURCE, type EndOfChain } from './types-of-chain';

/** The most patients that the record names for one identifier. Of one that leads to more, the first of each sender. */
const MOST_PATIENTS = 10;

export interface Question {
  type: string;
  params: readonly (readonly [string, string])[];
  visibility: Visibility;
  answer: {
    /** True when the answer has all that matches, as far as the caller may see it. */
    isWhole: boolean;
    /** True when it has matches, each with its patient. */
    namesPatients: boolean;
  };
}

export interface ForIdentifiers {
  searchEngine: Pick<SearchEngine, 'patientsOfValues'>;
  patients: Pick<Patients, 'type' | 'identifierSystem' | 'readNumber'>;
  definitionFor: (type: string) => ResourceDefinition | undefined;
}

/** Identifiers, with the type that has them or that refers to what has them. */
interface Sought {
  type: string;
  name: string;
  values: readonly string[];
}

/** The identifiers that one parameter gives. */
interface Given extends Sought {
  /** What has the identifiers; undefined where that is not known. */
  end: EndOfChain | undefined;
  /** True where the resources searched have the identifiers themselves. */
  isOwn: boolean;
  /** True of one identifier with its system, and nothing beside it: one thing has it. */
  isOne: boolean;
}

/** Returns the server ids of the patients whom the answer to the question does not name itself. */
export async function patientsOfIdentifiers(
  db: Queryable,
  question: Question,
  dependencies: ForIdentifiers,
): Promise<ReadonlySet<string>> {
  const { searchEngine } = dependencies;
  const given = question.params
    .map(([name, value]) => identifiersIn(question.type, name, value, dependencies))
    .filter(({ values }) => values.length > 0);
  const asked = given.filter((each) => !isTold(each, question));
  const found = new Set<string>();
  for (const { type, name, values } of joined([...atTheEnds(given, question), ...asked])) {
    const sought = { name, values, most: MOST_PATIENTS };
    for (const id of await searchEngine.patientsOfValues(db, type, sought, seesEverything)) found.add(id);
  }
  return found;
}

/** Those of one type and name as one, with each value once. */
function joined(sought: readonly Sought[]): Sought[] {
  const all = new Map<string, Sought & { values: string[] }>();
  for (const { type, name, values } of sought) {
    const key = `${type}?${name}`;
    const known = all.get(key) ?? { type, name, values: [] };
    all.set(key, known);
    append(known.values, values);
  }
  return [...all.values()].map((each) => ({ ...each, values: [...new Set(each.values)] }));
}

/**
 * What has the identifiers, where that is not what is searched: it may be that nothing refers to it. Of one identifier
 * alone, whatever refers to it has the same patient.
 */
function atTheEnds(given: readonly Given[], question: Question): Sought[] {
  return given.flatMap((each) => {
    const { end, name, values, isOne } = each;
    if (end === undefined || OF_THE_RESOURCE.test(name) || (isOne && isTold(each, question))) return [];
    return end.types.map((type) => ({ type, name: end.name, values }));
  });
}

/**
 * True when the answer names everyone whom the parameter leads to. One that also asks for something else does not: what
 * it leaves out tells that this does not apply to the others.
 */
function isTold({ type, name, isOwn, isOne }: Given, { params, visibility, answer }: Question): boolean {
  if (visibility.sees(type) !== null || visibility.restrictions(type, 's') !== null) return false;
  if (!answer.isWhole || params.filter(([each]) => isCriterion(each)).length !== 1) return false;
  // In reverse (`_has`), what has one of several identifiers may refer to nothing.
  return isOwn || (answer.namesPatients && (isOne || !OF_THE_RESOURCE.test(name)));
}

const IDENTIFIER = /(?:^|[.:])identifier(?::of-type)?$/;

/** The identifiers that a parameter asks for, without those whose patients the request itself names. */
function identifiersIn(type: string, name: string, value: string, dependencies: ForIdentifiers): Given {
  const [, source, rest] = HAS.exec(name) ?? [];
  if (source !== undefined && rest !== undefined)
    return { ...identifiersIn(source, rest, value, dependencies), isOwn: false };
  const { patients } = dependencies;
  const end = typesOfChain(type, name, dependencies);
  const isReference = end?.isReference === true;
  const all = end !== undefined || IDENTIFIER.test(name) ? splitEscaped(value, ',') : [];
  const isKnownOtherwise = (each: string): boolean =>
    [patients.identifierSystem, ...ODS_SYSTEMS].some((system) => each.startsWith(`${system}|`)) ||
    patients.readNumber(each).isRight;
  const values = all.filter((each) => {
    const parts = splitEscaped(each, '|');
    // A parameter that is a reference takes an identifier, too: `encounter=system|value`.
    return parts.at(-1) !== '' && (!isReference || parts.length === 2) && !isKnownOtherwise(each);
  });
  const [system, ...more] = splitEscaped(value, '|');
  const isOne = all.length === 1 && system !== '' && more.length > 0;
  return { type, name, values: [...new Set(values)], end, isOwn: OF_THE_RESOURCE.test(name), isOne };
}
