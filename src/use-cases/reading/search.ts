/**
 * A search of one type, page by page.
 *
 * @example
 * const params = [['patient:identifier', 'https://fhir.nhs.uk/Id/nhs-number|9990000018']] as const;
 * const result = await search(reader, { type: 'Encounter', params, handling: 'strict' }, reading);
 * if (result.ok) list(result.answer.matches);
 * record(result.disclosed); // the patients found, and the condition that was asked
 *
 * @see https://hl7.org/fhir/R4/http.html#search
 */
import { append } from '../../fhir/long-lists';
import { isUuid } from '../../fhir/uuid';
import { didYouMean } from '../../fhir/nearest';
import { resourceTypes } from '../../fhir/r4/definitions';
import type { Found, Newest, SearchResult } from '../../engines/search/request';
import { type Answered, disclosing, type Failed, failed } from '../call/answered';
import { asShown, conditionsOf, type Disclosed, nothing, shownBySearch, together } from '../call/disclosed';
import { withinTime } from '../call/failures';
import { fitting } from '../call/fitting';
import { patientsOfIdentifiers } from '../call/patients-of-identifiers';
import type { Reader } from '../call/reader';
import { searchsetText } from './assemble-bundle';
import { countedPatients } from './counted-patients';
import { earlierNumbersIn } from './earlier-numbers';
import { cut, ofIncluded } from './elements-of-page';
import type { ReadingDependencies } from './dependencies';
import { onReplica } from './on-replica';
import type { Subset } from './summarise';
import { isListed } from './visible';

type Pairs = readonly (readonly [string, string])[];

export interface SearchQuestion {
  type: string;
  /** Name and value of each search parameter, decoded. */
  params: Pairs;
  /**
   * What to do with a parameter that the type does not have: `strict` refuses the search, `lenient` ignores the
   * parameter and says so.
   */
  handling: 'strict' | 'lenient';
  /** Parameters that are not part of the search but belong in the links of the pages, such as `_format`. */
  inLinks?: Pairs;
  /** Keeps only the newest match of each kind. */
  newest?: Newest;
  /** The path of an operation that runs this search, below the base; the type unless given. */
  path?: string;
  /** Rewrites the query as understood, for an operation that names its parameters differently. */
  selfOf?: (understood: SearchResult['self']) => SearchResult['self'];
}

export interface SearchPage {
  /** A Bundle of type `searchset`, as JSON text. */
  json: string;
  matches: readonly Found[];
  included: readonly Found[];
}

export const search = onReplica(searchIn);

async function searchIn(
  reader: Reader,
  question: SearchQuestion,
  dependencies: ReadingDependencies,
): Promise<Answered<SearchPage>> {
  const { type, params, handling, inLinks, newest, path = type, selfOf } = question;
  const { definitionFor, viewOf, searchEngine, database, tracing, outsideOf } = dependencies;
  if (!definitionFor(type) || !isListed(type)) return disclosing(unknownType(type));
  const { visibility, caller } = reader;
  const view = viewOf(type, caller);
  const asked = new Set(conditionsOf(params));
  const page = await fitting(reader.room, async (maxBytes) => {
    const searched = await withinTime(
      searchEngine.search(database, {
        type,
        params,
        handling,
        ...visibility,
        // Types whose content is kept elsewhere are not included with the matches.
        allowed: (each, interaction) =>
          visibility.allowed(each, interaction) && (each === type || !viewOf(each, caller)),
        ...(newest === undefined ? {} : { newest }),
        maxBytes,
      }),
    );
    if (!searched.ok) return searched;
    if (!searched.answer.ok) {
      const { issues } = searched.answer;
      const isForbidden = issues.some(({ code }) => code === 'forbidden');
      return { ok: false, failure: { category: isForbidden ? 'forbidden' : 'bad-request', issues } };
    }
    const { result } = searched.answer;
    // A cursor is opaque. The conditions of the first page are recorded for the later pages too.
    for (const condition of conditionsOf(result.continued ?? [])) asked.add(condition);
    const sought = await withinTime(askedAbout(reader, question, result, dependencies));
    if (!sought.ok) return sought;
    const remarks = (await outsideOf?.(type)?.remarks(result.continued ?? params)) ?? [];
    append(result.issues, remarks);
    const earlier = await withinTime(earlierNumbersIn(reader, { type, params }, result, dependencies));
    if (!earlier.ok) return earlier;
    append(result.issues, earlier.answer.issues);
    if (view) for (const each of result.matches) each.content = await view.contentOf(each.id);
    const { matches, included, json } = tracing.step('assemble', () => {
      const parts = partsOf(result);
      const self = selfOf?.(result.self) ?? result.self;
      const text = searchsetText({ ...result, ...parts, self }, path, reader.fhirBase, inLinks);
      return { ...parts, json: text };
    });
    const found = shownBySearch([...matches, ...included].map(asShown), result.total);
    const { patients } = earlier.answer;
    const disclosed = {
      ...(patients.length === 0 ? found : {}),
      ...together(found, sought.answer, { ...nothing, patients }),
    };
    return { ok: true, answer: { json, matches, included }, disclosed, entries: matches.length };
  });
  return { ...page, disclosed: { ...page.disclosed, conditions: [...asked] } };
}

/** Whom a search was about and does not show, for the audit record: whoever asked learns of them. */
async function askedAbout(
  { visibility, caller }: Reader,
  { type, params, newest }: SearchQuestion,
  result: SearchResult,
  dependencies: ReadingDependencies,
): Promise<Disclosed> {
  const { matches, total = matches.length, next, continued } = result;
  const answer = {
    isWhole: ![next, continued, newest].some((each) => each !== undefined) && total === matches.length,
    namesPatients: matches.length > 0 && matches.every(({ patientId }) => patientId !== null),
  };
  const question = { type, params: continued ?? params, visibility, answer };
  const patients = await patientsOfIdentifiers(dependencies.database, question, dependencies);
  const counted = await countedPatients({ visibility, caller }, type, result, dependencies);
  return together(counted, { ...nothing, patients: [...patients] });
}

/**
 * A search of what belongs to one patient.
 * @see https://hl7.org/fhir/R4/http.html#vsearch
 */
export async function searchCompartment(
  reader: Reader,
  { patient, ...question }: Omit<SearchQuestion, 'path' | 'selfOf' | 'newest'> & { patient: string },
  dependencies: ReadingDependencies,
): Promise<Answered<SearchPage>> {
  const { type, params } = question;
  const definition = dependencies.definitionFor(type);
  if (!definition?.searchParameters.some(({ code }) => code === 'patient') || !isUuid(patient)) {
    return disclosing(
      failed('not-found', {
        code: 'not-found',
        rule: 'http-compartment',
        text: 'The compartment does not exist. Use the path Patient/<id>/<Type>, with a resource type that belongs to patients.',
      }),
    );
  }
  const id = patient.toLowerCase();
  const isFirst = !params.some(([name]) => name === '_cursor');
  return search(
    reader,
    {
      ...question,
      params: isFirst ? [...params, ['patient', id]] : params,
      path: `${dependencies.patients.type}/${id}/${type}`,
      selfOf: (understood) => (isFirst ? understood.slice(0, -1) : understood),
    },
    dependencies,
  );
}

const unknownType = (type: string): Failed =>
  failed('not-found', {
    code: 'not-found',
    rule: 'http-unknown-type',
    text: `This server has no such resource type to search.${didYouMean(type, [...resourceTypes(), 'metadata'])}`,
  });

/** Reduces the matches and the included resources to `_summary` and `_elements`, which name elements of the matches. */
function partsOf(result: SearchResult): Pick<SearchResult, 'matches' | 'included'> {
  const { summary, elements, matches, included } = result;
  if (elements === undefined && (summary === undefined || summary === 'false' || summary === 'count'))
    return result;
  const subset: Subset = elements === undefined ? { summary: summary as 'true' } : { elements };
  return { matches: cut(matches, subset), included: cut(included, ofIncluded(subset)) };
}
