/**
 * All the data of a patient, or of one stay, page by page.
 *
 * @example
 * const result = await everything(reader, { type: 'Encounter', id }, reading);
 * if (result.ok) send(result.answer.json); // a Bundle of type searchset
 * record(result.disclosed);
 *
 * @see https://hl7.org/fhir/R4/patient-operation-everything.html
 * @see https://hl7.org/fhir/R4/encounter-operation-everything.html
 */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { didYouMean } from '../../fhir/nearest';
import { resourceTypes } from '../../fhir/r4/definitions';
import type { Clause } from '../../engines/indexing/indexing';
import { bytesOf } from '../../engines/search/include';
import type { Found } from '../../engines/search/request';
import type { Visibility } from '../../engines/access/visibility';
import type { StoredVersion } from '../../engines/store/read';
import { type Answered, disclosing, type Failed, failed } from '../call/answered';
import { asShown, conditionsOf, nothing, shownBySearch } from '../call/disclosed';
import { unknownResource, withinTime } from '../call/failures';
import { type Draft, fitting } from '../call/fitting';
import { type Reader, unwanted } from '../call/reader';
import { entryText } from './assemble-bundle';
import { belongingTo, refersToNone, type Subject } from './belonging';
import { careWithin } from './care-dates';
import { cut, ofIncluded } from './elements-of-page';
import type { ReadingDependencies } from './dependencies';
import { follow, type Following } from './follow';
import { isFollowed, readingOf } from './followed';
import { onReplica } from './on-replica';
import { gather, otherTypesOf, type Gathering, type Place } from './gather';
import { subjectOf } from './read';
import type { Subset } from './summarise';

type Pairs = readonly (readonly [string, string])[];

export interface EverythingQuestion {
  /** The type and id of the patient or the stay. */
  type: string;
  id: string;
  /** Only resources of these types. */
  types?: readonly string[];
  /**
   * FHIR dates or instants: only what was updated at `_since` or later, and what is about care from `start` to `end`,
   * such as `[['start', '2025-03-01']]`.
   */
  dates?: readonly (readonly ['_since' | 'start' | 'end', string])[];
  /** A type that is read after all others, by its time of care. Resources without a time come last. */
  byTime?: { type: string; first: 'newest' | 'oldest' };
  /** Matches on a page at most; 1000 unless given. */
  count?: number;
  /** Where the page begins, as the link to it says. */
  place?: Place;
  subset?: Subset;
  /** The parameters for the links of the pages. */
  asked?: Pairs;
}

export interface EverythingPage {
  /** A Bundle of type `searchset`, as JSON text. */
  json: string;
  matches: readonly Found[];
  /** What the matches refer to: the patient, organisations. */
  included: readonly Found[];
  /** Where the next page begins; absent on the last. */
  next?: Place;
}

const MAX_COUNT = 1000;

export const everything = onReplica(everythingIn);

async function everythingIn(
  reader: Reader,
  question: EverythingQuestion,
  dependencies: ReadingDependencies,
): Promise<Answered<EverythingPage>> {
  const found = await subjectOf(reader, question, dependencies);
  if (!found.ok) return disclosing(found);
  const { subject } = found;
  const { patientId } = subject;
  if (patientId === null) return disclosing(unknownResource());
  const { visibility } = reader;
  const typesAsked = await typesOf(question, patientId, visibility, dependencies);
  if (!typesAsked.ok) return disclosing(typesAsked);
  const { definitionFor, patients } = dependencies;
  const gathering: Omit<Gathering, 'maxBytes'> = {
    types: typesAsked.types,
    count: Math.min(question.count ?? MAX_COUNT, MAX_COUNT),
    ...(question.place ? { place: question.place } : {}),
    belongs: belongingTo({ ...subject, patientId }, patients.type, definitionFor),
    paramsOf: (type) => paramsOf(question, definitionFor(type)),
    // Reading everything is a read, not a search. A caller that may read a type gets it here, even without search
    // permission.
    who: readingOf(visibility),
  };
  const course: Course = { reader, question, subject: { ...subject, patientId }, gathering };
  return fitting(reader.room, (maxBytes) => drawn(course, maxBytes, dependencies));
}

interface Course {
  reader: Reader;
  question: EverythingQuestion;
  subject: StoredVersion & { patientId: string };
  gathering: Omit<Gathering, 'maxBytes'>;
}

/** One page with resources of so many bytes at most. */
async function drawn(
  course: Course,
  maxBytes: number,
  dependencies: ReadingDependencies,
): Promise<({ ok: true } & Draft<EverythingPage>) | Failed> {
  const { database, searchEngine } = dependencies;
  const { reader, question, gathering } = course;
  const searched = await withinTime(gather(database, searchEngine, { ...gathering, maxBytes }));
  if (!searched.ok) return searched;
  const { answer: gathered } = searched;
  if (!gathered.ok) return { ok: false, failure: { category: 'bad-request', issues: gathered.issues } };
  const { matches, next, continued } = gathered;
  // A cursor is opaque, and may be that of another search. What it asks is recorded.
  const conditions = conditionsOf(continued);
  const reached = await withinTime(reachedFrom(course, matches, dependencies));
  if (!reached.ok) return reached;
  const gone = unwanted(reader);
  if (gone) return gone;
  const entries = matches.length;
  if (reached.answer === undefined) return { ok: true, disclosed: { ...nothing, conditions }, entries };
  const named = reached.answer.filter(({ type }) => question.types?.includes(type) !== false);
  const json = pageText(course, matches, named, next);
  return {
    ok: true,
    answer: { json, matches, included: named, ...(next ? { next } : {}) },
    disclosed: { ...shownBySearch([...matches, ...named].map(asShown)), conditions },
    entries,
  };
}

/**
 * Reads the resources that the matches of a page refer to; undefined when they do not fit into the answer. The record of
 * where a stay came from names all that a submission brought: of this, what is of another stay is left out.
 */
async function reachedFrom(
  { reader, subject, gathering }: Course,
  matches: readonly Found[],
  dependencies: ReadingDependencies,
): Promise<Found[] | undefined> {
  const { database, searchEngine, patients, definitionFor, stayDocument } = dependencies;
  let room = reader.room.maxBytes - bytesOf(matches);
  const may = beside(subject, gathering, patients.type);
  const what: Following = {
    who: gathering.who,
    follows: (type) => isFollowed(type, reader.caller, dependencies),
    may,
    keep: (each) => {
      room -= bytesOf([each]);
      return room >= 0 && unwanted(reader) === undefined;
    },
  };
  const isOrigin = ({ type }: Found): boolean =>
    subject.type !== patients.type && stayDocument.leftOut.includes(type);
  const records = matches.filter((each) => !isOrigin(each));
  const named = await follow(database, searchEngine, records, { ...what, known: matches });
  if (!named || records.length === matches.length) return named;
  const came = await follow(database, searchEngine, matches.filter(isOrigin), {
    ...what,
    known: [...matches, ...named],
    may: (type) => (alias, bind) =>
      type === subject.type
        ? 'false'
        : `${may(type)(alias, bind)} AND ${refersToNone(subject.type, definitionFor(type))(alias, bind)}`,
  });
  return came && [...named, ...came];
}

/**
 * Which resources may be included beside the matches: those that belong to no patient; for a stay also what else
 * belongs to its patient, but not a match of another page. Never another patient's.
 */
function beside(
  { type: subjectType, patientId }: Subject,
  { types, belongs }: Pick<Gathering, 'types' | 'belongs'>,
  patientType: string,
): (type: string) => Clause {
  return (type) => (alias, bind) => {
    const nobodys = `${alias}.patient_id IS NULL`;
    if (subjectType === patientType) return nobodys;
    const ofPatient = `${alias}.patient_id = ${bind(patientId, 'uuid')}`;
    const isMatch = types.includes(type) ? `(${belongs(type)(alias, bind)})` : 'false';
    return `(${nobodys} OR (${ofPatient} AND ${isMatch} IS NOT TRUE))`;
  };
}

function pageText(
  { reader: { fhirBase }, question, subject }: Course,
  matches: readonly Found[],
  named: readonly Found[],
  next: Place | undefined,
): string {
  const { asked = [], place, subset } = question;
  const here = `${fhirBase}/${subject.type}/${subject.id}/$everything`;
  const link = [{ relation: 'self', url: here + queryText(asked) }];
  if (next) {
    const others = asked.filter(([name]) => name !== '_page');
    const page = next.cursor === undefined ? next.type : `${next.type}.${next.cursor}`;
    link.push({ relation: 'next', url: here + queryText([...others, ['_page', page]]) });
  }
  const isWhole = place === undefined && next === undefined;
  const head = JSON.stringify({
    resourceType: 'Bundle',
    type: 'searchset',
    ...(isWhole ? { total: matches.length } : {}),
    link,
  });
  const entries = [
    ...cut(matches, subset).map((each) => entryText(each, 'match', fhirBase)),
    ...cut(named, subset && ofIncluded(subset)).map((each) => entryText(each, 'include', fhirBase)),
  ];
  return entries.length === 0 ? head : `${head.slice(0, -1)},"entry":[${entries.join(',')}]}`;
}

/**
 * The requested types that the reader may read and of which the patient has something. Which pages exist must not
 * depend on data that the reader may not see, because that would disclose it.
 */
async function typesOf(
  { types: asked, place, byTime }: EverythingQuestion,
  patientId: string,
  { allowed }: Visibility,
  { database, definitions, otherTable, definitionFor, patients }: ReadingDependencies,
): Promise<{ ok: true; types: string[] } | Failed> {
  const unknown = asked?.find((type) => !definitionFor(type));
  if (unknown !== undefined)
    return badParameter(
      '_type',
      'send a list of resource types, such as Encounter,Observation',
      didYouMean(unknown, resourceTypes()),
    );
  // A resource may belong to a patient by its references alone, so every type that is not open is asked for.
  const own = definitions
    .filter(({ type, openUnderPolicy }) => type === patients.type || openUnderPolicy === undefined)
    .map(({ type }) => type);
  const isAsked = (type: string): boolean => allowed(type, 'r') && asked?.includes(type) !== false;
  if (place && !(definitionFor(place.type) && isAsked(place.type)))
    return badParameter('_page', 'use the next link without changes');
  const others = new Set(await otherTypesOf(database, patientId, otherTable));
  if (place && !own.includes(place.type)) others.add(place.type);
  const types = [...own, ...[...others].sort()]
    .filter(isAsked)
    .sort((one, other) => Number(one === byTime?.type) - Number(other === byTime?.type));
  return { ok: true, types };
}

/** The search parameters for the time of care, for the types that have one. */
const CARE_DATES = ['date', 'authored'];

/** The dates as search parameters of the type; a type without a date is not left out by dates. */
function paramsOf(
  { dates = [], byTime }: EverythingQuestion,
  definition: ResourceDefinition | undefined,
): [string, string][] {
  const careDate = definition?.searchParameters.find(({ code }) => CARE_DATES.includes(code))?.code;
  const isByTime = careDate !== undefined && definition?.type === byTime?.type;
  const order: [string, string][] = isByTime
    ? [['_sort', `${byTime?.first === 'newest' ? '-' : ''}${careDate}`]]
    : [];
  const conditions = dates.flatMap(([name, value]): [string, string][] => {
    const code = name === '_since' ? '_lastUpdated' : careDate;
    const isKnown = definition?.searchParameters.some((parameter) => parameter.code === code);
    return code !== undefined && isKnown
      ? [[code, name === '_since' ? `ge${value}` : careWithin(name, value)]]
      : [];
  });
  return [...conditions, ...order];
}

const badParameter = (name: string, sentence: string, hint = ''): Failed =>
  failed('bad-request', {
    code: 'value',
    rule: 'search-parameter',
    text: `The parameter \`${name}\` cannot be read: ${sentence}.${hint}`,
  });

function queryText(pairs: Pairs): string {
  if (pairs.length === 0) return '';
  return `?${pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&')}`;
}
