/**
 * Finds the patients of what a search counted and did not show, where they are few: a count of one says the same of a
 * patient as the match would. This is for the audit record alone.
 */
import type { SearchResult } from '../../engines/search/request';
import { nothing, type Disclosed } from '../call/disclosed';
import type { Reader } from '../call/reader';
import type { ReadingDependencies } from './dependencies';

/** A count of more says little about each, and is asked for by those who run the service. */
const FEW = 5;

export async function countedPatients(
  { visibility, caller }: Pick<Reader, 'visibility' | 'caller'>,
  type: string,
  { matches, total = 0, self }: Pick<SearchResult, 'matches' | 'total' | 'self'>,
  { database, searchEngine, viewOf }: Pick<ReadingDependencies, 'database' | 'searchEngine' | 'viewOf'>,
): Promise<Disclosed> {
  if (matches.length > 0 || total === 0 || total > FEW) return nothing;
  const query = new URLSearchParams(self.map(([name, value]): [string, string] => [name, value])).toString();
  const found = await searchEngine.findIds(database, type, query, visibility, FEW);
  if (!found.ok) return nothing;
  // What is kept elsewhere, such as a submission, leads to its patients by its id.
  return { ...nothing, patients: found.patientIds, unowned: viewOf(type, caller) ? found.ids : [] };
}
