/**
 * Warns about suspicious values of a search that found nothing: a mistyped NHS number must not look like "no record".
 * @see docs/decisions/0033-reading-what-people-type.md
 */
import type { Issue, RuleId } from '../../fhir/issue';
import type { AskContext, Doubt } from '../indexing/indexing';
import type { SearchedType } from './catalogue';
import { byNhsNumber } from './criterion';
import { queryIssue } from './issues';

const SENTENCES: Readonly<Record<Doubt, (type: SearchedType) => string>> = {
  'nhs-number': () => MISTYPED_NHS_NUMBER,
  'number-for-id': (type) =>
    `The search has a number instead of the id of a resource, so it can find nothing. The ids on this server are UUIDs. ${byNhsNumber(type)}`,
};

const RULES: Readonly<Record<Doubt, RuleId>> = {
  'nhs-number': 'search-nhs-number',
  'number-for-id': 'search-number-for-id',
};

const MISTYPED_NHS_NUMBER =
  'The NHS number in this search is not valid. It does not have ten digits, or it fails its check digit. Check it for typing mistakes and search again.';

/** Warnings about the values of a search of the type that found nothing. */
export function doubtsAbout(type: SearchedType, { doubts }: AskContext): Issue[] {
  if (type.table.holdsMistypedNumbers === true) return [];
  return [...doubts].map((doubt) => queryIssue(RULES[doubt], SENTENCES[doubt](type), 'value', 'warning'));
}

/** The same warning about the NHS number of another operation, such as a match. */
export function mistypedNhsNumber(): Issue {
  return queryIssue(RULES['nhs-number'], MISTYPED_NHS_NUMBER, 'value', 'warning');
}
