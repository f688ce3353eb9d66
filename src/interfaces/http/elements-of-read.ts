/**
 * Reads `_summary` and `_elements` of a read; for searches, the search engine reads them.
 * @see https://hl7.org/fhir/R4/http.html#parameters
 */
import type { Subset } from '../../use-cases/reading/summarise';
import { type RequestContext, refused } from './request-context';

/** @returns undefined when the whole resource is requested */
export function subsetOf({ query }: Pick<RequestContext, 'query'>): Subset | undefined {
  const value = (name: string): string | undefined => query.find(([key]) => key === name)?.[1];
  const elements = value('_elements');
  if (elements !== undefined) return { elements: elementNames(elements) };
  const summary = value('_summary');
  if (summary === undefined || summary === 'false') return undefined;
  if (summary === 'true' || summary === 'text' || summary === 'data') return { summary };
  throw refused('bad-request', {
    code: 'invalid',
    rule: 'http-summary',
    text: 'The _summary of a read is not valid. Send true, text, data or false. Only searches support count.',
  });
}

/** No type has so many elements. */
const MOST_ELEMENTS = 1_000;

function elementNames(text: string): string[] {
  const names = text.split(',', MOST_ELEMENTS + 1).map((name) => name.trim());
  if (names.length > MOST_ELEMENTS)
    throw refused('bad-request', {
      code: 'too-costly',
      rule: 'http-elements',
      text: `The _elements have more than ${MOST_ELEMENTS} names. Send at most ${MOST_ELEMENTS}.`,
    });
  if (names.every((name) => /^[A-Za-z][A-Za-z.]*$/.test(name))) return names;
  throw refused('bad-request', {
    code: 'invalid',
    rule: 'http-elements',
    text: 'The _elements are not valid. Send names of elements, separated by commas, such as name,birthDate.',
  });
}
