/**
 * Searches that go by another name: the last readings of each kind, and the documents about a time of care.
 *
 * @example
 * const params = [['patient', patientId]] as const;
 * await lastOfEach(reader, { type: 'Observation', params, handling: 'strict', max: 1 }, reading);
 * await documentsAbout(reader, { type: 'DocumentReference', params, handling: 'strict', dates: [['start', '2025-03']] }, reading);
 *
 * @see https://hl7.org/fhir/R4/observation-operation-lastn.html
 * @see http://hl7.org/fhir/uv/ipa/OperationDefinition/docref
 */
import type { Answered } from '../call/answered';
import type { Reader } from '../call/reader';
import type { ReadingDependencies } from './dependencies';
import { careWithin } from './care-dates';
import { search, type SearchPage, type SearchQuestion } from './search';

type Pair = readonly [string, string];
type Question = Pick<SearchQuestion, 'type' | 'params' | 'handling' | 'inLinks'>;

const isNextPage = ({ params }: Pick<Question, 'params'>): boolean =>
  params.some(([name]) => name === '_cursor');

/**
 * Excludes readings that were retracted or never taken, and those of somebody else, unless the search has a condition on
 * the same parameter.
 */
const ONLY_READINGS: readonly { parameter: string; pair: Pair }[] = [
  { parameter: 'status', pair: ['status:not', 'entered-in-error,cancelled'] },
  { parameter: 'focus', pair: ['focus:missing', 'true'] },
];

/**
 * `$lastn`: of what the search finds, the newest `max` (1 unless given) of each code, newest first. Without a `status` it
 * leaves out those that are `entered-in-error` or `cancelled`: they would hide the valid reading before them. Without a
 * `focus` it leaves out those that have one: they are not of the patient.
 */
export function lastOfEach(
  reader: Reader,
  { max, ...question }: Question & { max?: number },
  dependencies: ReadingDependencies,
): Promise<Answered<SearchPage>> {
  const asked = question.params.filter(([name]) => name !== '_sort');
  const names = new Set(asked.map(([name]) => name.split(/[:.]/)[0]));
  const added = ONLY_READINGS.filter(({ parameter }) => !names.has(parameter)).map(({ pair }) => pair);
  const others = [...asked, ...added];
  return search(
    reader,
    {
      ...question,
      params: isNextPage(question) ? others : [...others, ['_sort', '-date']],
      newest: { of: 'code', by: 'date', max: max ?? 1 },
      path: `${question.type}/$lastn`,
      selfOf: (understood) => [
        ...understood.filter(([name]) => name !== '_sort' && !added.some(([own]) => own === name)),
        ...(max === undefined ? [] : [['max', String(max)] as const]),
      ],
    },
    dependencies,
  );
}

/** Current ones first, of these the newest: a client that takes the first one has what holds. */
const DOCUMENT_ORDER: Pair = ['_sort', 'status,-date'];

/** `$docref`: the documents about a patient's care in a time, from `start` to `end`. Documents are never made on demand. */
export function documentsAbout(
  reader: Reader,
  { dates = [], ...question }: Question & { dates?: readonly (readonly ['start' | 'end', string])[] },
  dependencies: ReadingDependencies,
): Promise<Answered<SearchPage>> {
  const asked = new Map(dates.map((pair) => [careWithin(...pair), pair]));
  const period = [...asked.keys()].map((value): Pair => ['period', value]);
  return search(
    reader,
    {
      ...question,
      params: [...question.params, ...period, ...(isNextPage(question) ? [] : [DOCUMENT_ORDER])],
      path: `${question.type}/$docref`,
      selfOf: (understood) =>
        understood
          .filter(([name]) => name !== '_sort')
          .map(([name, value]) => asked.get(value) ?? asAsked([name, value])),
    },
    dependencies,
  );
}

/** Names the search parameter as the operation does: `period`. */
function asAsked([name, value]: Pair): Pair {
  if (name !== 'period') return [name, value];
  return [value.startsWith('ge') ? 'start' : 'end', value.slice(2)];
}
