/** The searches of the growth part: what a reader asks of one patient, and what finds a large part of the store. */
import { callOf, PLACEHOLDERS } from './search';
import { nhsSearches, type NhsFacts } from '../test/search/nhs-searches';

export interface GrowthSearch {
  /** As the report shows it. */
  name: string;
  /** The path and the query. */
  path(facts: NhsFacts): string;
  /** Which page is measured; the first unless given. */
  page?: number;
}

type Params = (facts: NhsFacts) => readonly (readonly [string, string])[];

function search(type: string, params: Params, page = 1): GrowthSearch {
  const query = params(PLACEHOLDERS).map(([name, value]) => `${name}=${value}`);
  return {
    name: `${type}?${query.join('&')}${page > 1 ? `, page ${page}` : ''}`,
    path: (facts) => callOf(type, params(facts)).path,
    page,
  };
}

const RESPIRATION = 'http://snomed.info/sct|86290005';

/** What an NHS reader asks, and the readings of one kind and the stays with their patient. */
export const growthSearches: readonly GrowthSearch[] = [
  ...nhsSearches.map(({ type, params }) => search(type, params)),
  search('Observation', (f) => [
    ['patient:identifier', f.nhsNumber],
    ['code', RESPIRATION],
  ]),
  search('Encounter', (f) => [
    ['patient:identifier', f.nhsNumber],
    ['_include', 'Encounter:patient'],
  ]),
];

const broad = (page: number): GrowthSearch[] => [
  search('Observation', () => [['code', RESPIRATION]], page),
  search(
    'Observation',
    () => [
      ['code', RESPIRATION],
      ['date', 'ge2025-06-01'],
      ['date', 'lt2025-07-01'],
    ],
    page,
  ),
  search('Observation', () => [['category', 'vital-signs']], page),
  search('Encounter', () => [['_sort', '-date']], page),
  search(
    'DocumentReference',
    (f) => [
      ['custodian', f.organisation],
      ['_sort', '-date'],
      ['_count', '20'],
    ],
    page,
  ),
];

/** Searches that find a large part of the store: their first page, and the one after it. */
export const broadSearches: readonly GrowthSearch[] = [...broad(1), ...broad(2)];
