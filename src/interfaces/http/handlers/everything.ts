/**
 * `Patient/<id>/$everything` and `Encounter/<id>/$everything`: all that is kept of a patient, or of one stay.
 * @see https://hl7.org/fhir/R4/patient-operation-everything.html
 * @see https://hl7.org/fhir/R4/encounter-operation-everything.html
 */
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import { dateRangeInQuery } from '../../../fhir/date';
import type { Clause } from '../../../engines/indexing/indexing';
import { isUuid } from '../../../platform/ids';
import type { Database } from '../../../platform/postgres';
import { cut, ofIncluded } from '../../../use-cases/reading/cut';
import { entryText } from '../../../use-cases/reading/assemble-bundle';
import { belongingTo, type Subject } from '../../../use-cases/reading/belonging';
import { follow, type Following } from '../../../use-cases/reading/follow';
import { gather, otherTypesOf, type Gathering, type Place } from '../../../use-cases/reading/gather';
import { readCurrent, type StoredVersion } from '../../../engines/store/read';
import type { Subset } from '../../../use-cases/reading/summarise';
import { bytesOf } from '../../../engines/search/include';
import type { Found } from '../../../engines/search/request';
import type { SearchEngine } from '../../../engines/search/search';
import { type Answer, type RequestContext, refused, Refused } from '../request-context';
import { type Sight, seenVersionsOf, sightOf, type SightDependencies } from '../sight';
import { subsetOf } from '../subset';
import { bounded } from './bounded';
import { fitting, stillWanted } from './fitting';
import { disclose } from './read';
import { own } from '../../../fhir/own';

export interface EverythingDependencies extends SightDependencies {
  database: Database;
  searchEngine: SearchEngine;
  /** Every type with a table of its own. */
  definitions: readonly ResourceDefinition[];
  /** The table that the other types share. */
  otherTable: string;
}

const MAX_COUNT = 1000;
const known = new Set([
  '_since',
  '_type',
  '_count',
  'start',
  'end',
  '_page',
  '_summary',
  '_elements',
  '_format',
  '_pretty',
]);

export async function everything(
  context: RequestContext,
  dependencies: EverythingDependencies,
): Promise<Answer> {
  const subject = await subjectOf(context, dependencies);
  const { patientId } = subject;
  if (patientId === null) throw unknown();
  for (const [name] of context.query) {
    if (!known.has(name) && context.prefer.handling !== 'lenient')
      throw badParameter(
        name,
        'there is no such parameter here; it takes _since, _type, start, end, _count, _summary and _elements',
      );
  }
  const subset = subsetOf(context);
  const { types, asked, count, place } = await requested(context, patientId, dependencies);
  const sight = sightOf(context, dependencies);
  const gathering: Omit<Gathering, 'maxBytes'> = {
    types: types.filter((type) => sight.allowed(type, 'r')),
    count,
    ...(place ? { place } : {}),
    belongs: belongingTo({ ...subject, patientId }, dependencies.patients.type, dependencies.definitionFor),
    paramsOf: (type) => paramsOf(context, dependencies.definitionFor(type)),
    // Reading everything is reading: whoever may read a type sees it here, though it may not search it.
    who: readingOf(sight),
  };
  const may = beside({ ...subject, patientId }, gathering, dependencies.patients.type);
  return fitting(context, async (maxBytes) => {
    const { database, searchEngine } = dependencies;
    const gathered = await bounded(gather(database, searchEngine, { ...gathering, maxBytes }));
    if (!gathered.ok) throw new Refused({ category: 'bad-request', issues: gathered.issues });
    const entries = gathered.matches.length;
    let reached: readonly Found[];
    try {
      reached = await bounded(
        reachedFrom(context, gathered.matches, { who: gathering.who, may }, dependencies),
      );
    } catch (error) {
      if (error instanceof OverRoom) return { entries };
      throw error;
    }
    const named = reached.filter(({ type }) => asked?.includes(type) !== false);
    for (const each of [...gathered.matches, ...named])
      disclose(context, { ...each, version: each.versionId });
    const page = { subject, place, matches: gathered.matches, named, next: gathered.next, subset };
    return { answer: answerOf(context, page), entries };
  });
}

/** Ends a page whose resources lead to more than an answer has room for. */
class OverRoom extends Error {}

/** What the matches of a page lead to. @throws OverRoom where that is more than the answer has room for */
function reachedFrom(
  context: RequestContext,
  matches: readonly Found[],
  { who, may }: Pick<Gathering, 'who'> & Pick<Following, 'may'>,
  dependencies: EverythingDependencies,
): Promise<Found[]> {
  const { database, searchEngine } = dependencies;
  let room = context.maxAnswerBytes - bytesOf(matches);
  return follow(database, searchEngine, matches, {
    who,
    follows: (type) => isFollowed(type, context, dependencies),
    may,
    keep: (each) => {
      stillWanted(context);
      room -= bytesOf([each]);
      if (room < 0) throw new OverRoom();
    },
  });
}

/** Submissions and documents have their contents elsewhere; what is written once (the audit trail) is no record of care. */
export function isFollowed(
  type: string,
  { caller }: RequestContext,
  { definitionFor, viewOf }: EverythingDependencies,
): boolean {
  const definition = definitionFor(type);
  return definition !== undefined && definition.table.history !== false && !viewOf(type, caller!);
}

/**
 * What may come in beside the matches: what belongs to nobody; of a stay also what else belongs to its patient, but not
 * what is a match of another page. Never what belongs to another patient.
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

interface EverythingPage {
  subject: StoredVersion;
  place: Place | undefined;
  matches: readonly Found[];
  named: readonly Found[];
  next: Place | undefined;
  subset: Subset | undefined;
}

function answerOf(
  context: RequestContext,
  { subject, place, matches, named, next, subset }: EverythingPage,
): Answer {
  const here = `${context.fhirBase}/${subject.type}/${subject.id}/$everything`;
  const link = [{ relation: 'self', url: here + queryText(context.query) }];
  if (next) {
    const others = context.query.filter(([name]) => name !== '_page');
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
    ...cut(matches, subset).map((each) => entryText(each, 'match', context.fhirBase)),
    ...cut(named, subset && ofIncluded(subset)).map((each) => entryText(each, 'include', context.fhirBase)),
  ];
  return {
    status: 200,
    json: entries.length === 0 ? head : `${head.slice(0, -1)},"entry":[${entries.join(',')}]}`,
  };
}

/** What may be read may be gathered, whether it may be searched or not. */
export const readingOf = (sight: Sight): Gathering['who'] => ({
  allowed: (type) => sight.allowed(type, 'r'),
  restrictions: (type) => sight.restrictions(type, 'r'),
  sees: sight.sees,
});

const unknown = (): Error =>
  refused('not-found', {
    code: 'not-found',
    rule: 'http-unknown-resource',
    text: 'There is no resource of this type with this id.',
  });

/** The resource that the path names, if the caller sees it. */
export async function subjectOf(
  context: RequestContext,
  dependencies: EverythingDependencies,
): Promise<StoredVersion> {
  const { database, definitionFor } = dependencies;
  const { type = '', id = '' } = context.path;
  const definition = definitionFor(type);
  const subject =
    definition && isUuid(id) ? await readCurrent(database, definition, type, id.toLowerCase()) : undefined;
  if (!subject) throw unknown();
  const sight = sightOf(context, dependencies);
  const isSeen = await seenVersionsOf(database, type, subject.id, sight, dependencies);
  if (!isSeen(subject)) throw unknown();
  if (subject.deleted) {
    throw refused('gone', {
      code: 'deleted',
      rule: 'http-gone',
      text: 'The resource was withdrawn by a correction of its sender.',
    });
  }
  return subject;
}

/** The types asked for, how many at a time, and where to go on. */
async function requested(
  context: RequestContext,
  patientId: string,
  dependencies: EverythingDependencies,
): Promise<{ types: string[]; asked: string[] | undefined; count: number; place: Place | undefined }> {
  const { database, definitions, otherTable, definitionFor, patients } = dependencies;
  const value = (name: string): string | undefined => context.query.find(([key]) => key === name)?.[1];
  const lists = context.query.filter(([key]) => key === '_type');
  const asked = lists.length === 0 ? undefined : lists.flatMap(([, list]) => list.split(','));
  if (asked?.some((type) => !definitionFor(type)))
    throw badParameter('_type', 'it should list resource types, such as Encounter,Observation');
  const own = definitions
    .filter(({ type, table }) => type === patients.type || table.patient.length > 0)
    .map(({ type }) => type);
  const all = [...own, ...(await otherTypesOf(database, patientId, otherTable))];
  const count = value('_count');
  if (count !== undefined && !/^[1-9]\d{0,5}$/.test(count))
    throw badParameter('_count', 'it should be a whole number from 1');
  const page = value('_page');
  const dot = page?.indexOf('.') ?? -1;
  const place: Place | undefined =
    page === undefined
      ? undefined
      : dot < 0
        ? { type: page }
        : { type: page.slice(0, dot), cursor: page.slice(dot + 1) };
  const types = asked ? all.filter((type) => asked.includes(type)) : all;
  if (place && !types.includes(place.type)) throw badParameter('_page', 'follow the next link as it is');
  return { types, asked, count: Math.min(Number(count ?? MAX_COUNT), MAX_COUNT), place };
}

/** What the time of care is searched by, of the types that have one. */
const CARE_DATES = ['date', 'authored'];

/** `_since` and the dates of care, as search parameters of the type; a type without a date is not left out by dates. */
function paramsOf({ query }: RequestContext, definition: ResourceDefinition | undefined): [string, string][] {
  const params: [string, string][] = [];
  for (const [name, value] of query) {
    const prefix = own({ _since: 'ge', start: 'ge', end: 'le' }, name);
    if (prefix === undefined) continue;
    if (!dateRangeInQuery(value, 'clinical'))
      throw badParameter(name, 'it should be a FHIR date or instant, such as 2025-03-01');
    const parameter = definition?.searchParameters.find(({ code }) =>
      name === '_since' ? code === '_lastUpdated' : CARE_DATES.includes(code),
    );
    if (parameter) params.push([parameter.code, prefix + value]);
  }
  return params;
}

function badParameter(name: string, sentence: string): Error {
  return refused('bad-request', {
    code: 'value',
    rule: 'search-parameter',
    text: `The parameter \`${name.slice(0, 64)}\` can’t be read: ${sentence}.`,
  });
}

function queryText(pairs: readonly (readonly [string, string])[]): string {
  if (pairs.length === 0) return '';
  return `?${pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&')}`;
}
