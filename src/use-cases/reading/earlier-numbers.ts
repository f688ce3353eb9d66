/**
 * Tells the reader of a search by patient that found nothing where its NHS number is one that a patient had before: data
 * is found by the number of now alone, and a search for patients finds who had it. It tells no more than that search
 * would tell this reader.
 */
import { splitEscaped } from '../../engines/indexing/escape';
import { queryIssue } from '../../engines/search/issues';
import type { SearchResult } from '../../engines/search/request';
import type { Issue } from '../../fhir/issue';
import type { Reader } from '../call/reader';
import type { ReadingDependencies } from './dependencies';

/** A parameter that names the patient of a resource by an identifier: `patient:identifier`, `subject:Patient.identifier`. */
const BY_NUMBER = /^(?:patient|subject)(?::Patient)?[.:]identifier$/;
/** The most numbers of one search that are looked up. */
const MOST_NUMBERS = 10;

type Dependencies = Pick<ReadingDependencies, 'database' | 'searchEngine' | 'patients' | 'definitionFor'>;

export interface EarlierNumbers {
  issues: readonly Issue[];
  /** Server ids of the patients who had the numbers. */
  patients: readonly string[];
}

export async function earlierNumbersIn(
  { visibility }: Pick<Reader, 'visibility'>,
  { type, params }: { type: string; params: readonly (readonly [string, string])[] },
  { matches, total = 0, summary }: Pick<SearchResult, 'matches' | 'total' | 'summary'>,
  { database, searchEngine, patients, definitionFor }: Dependencies,
): Promise<EarlierNumbers> {
  // A count has no entries, and the audit trail has the numbers that were asked for.
  const isAsked = summary !== 'count' && definitionFor(type)?.table.holdsMistypedNumbers !== true;
  if (!isAsked || matches.length > 0 || total > 0) return { patients: [], issues: [] };
  const numbers = new Set(
    params
      .filter(([name]) => BY_NUMBER.test(name))
      .flatMap(([, value]) => splitEscaped(value, ','))
      .flatMap((token) => numberIn(token, patients)),
  );
  const found = new Set<string>();
  for (const number of [...numbers].slice(0, MOST_NUMBERS)) {
    const query = new URLSearchParams([['identifier', `${patients.identifierSystem}|${number}`]]).toString();
    const result = await searchEngine.findIds(database, patients.type, query, visibility, MOST_NUMBERS);
    if (!result.ok) continue;
    // Who has the number now is the patient that was asked about, of whom nothing was found.
    for (const id of result.ids) if (id !== patients.idOf(number)) found.add(id);
  }
  return { patients: [...found], issues: found.size === 0 ? [] : [EARLIER_NUMBER] };
}

/** The NHS number of a token with the system. A number alone is looked for among all identifiers, old ones too. */
function numberIn(
  token: string,
  { identifierSystem, readNumber }: ReadingDependencies['patients'],
): string[] {
  const [system, value] = splitEscaped(token, '|');
  if (value === undefined || system !== identifierSystem) return [];
  const { digits, isRight } = readNumber(value);
  return isRight ? [digits] : [];
}

const EARLIER_NUMBER = queryIssue(
  'search-earlier-nhs-number',
  'A patient had this NHS number before, and has another one now. Data is found by the number of now. Search for the Patient by this number, and then for the data by the id of the Patient.',
  'value',
  'warning',
);
