/**
 * `Patient/<id>/$everything` and `Encounter/<id>/$everything`: everything stored about a patient, or about one stay.
 * @see https://hl7.org/fhir/R4/patient-operation-everything.html
 * @see https://hl7.org/fhir/R4/encounter-operation-everything.html
 */
import { dateRangeInQuery } from '../../../fhir/date';
import { mapped } from '../../../use-cases/call/answered';
import { everything as everythingOf, type EverythingQuestion } from '../../../use-cases/reading/everything';
import { ofEverything } from '../openapi/parameters';
import { bundleAnswer, readerOf } from '../reader';
import type { RequestContext } from '../request-context';
import { scope } from '../route';
import { subsetOf } from '../elements-of-read';
import { badParameter, unknownParameter } from './bad-parameter';
import { official, type Operation, type Way } from './operation';

export const everything: Operation = {
  name: 'everything',
  ways: [
    of('Patient', 'readEverythingOfPatient', 'All the data of a patient'),
    of('Encounter', 'readEverythingOfStay', 'All the data of one stay'),
  ],
};

function of(type: string, id: string, summary: string): Way {
  return {
    on: `${type}/:id`,
    by: 'parameters',
    access: scope(type, 'r'),
    definition: official(type, 'everything'),
    hidden: { url: `${type}/{${type.toLowerCase()}}/$everything`, answer: 'not found' },
    text: {
      id,
      tag: 'Reading',
      summary,
      parameters: ofEverything,
      answers: { 200: 'Searchset' },
      faults: [400, 404, 410],
    },
    async handler(context, _body, { reading }) {
      const reader = readerOf(context, reading);
      const page = await everythingOf(reader, { type, ...questionOf(context) }, reading);
      return mapped(page, (answer) => bundleAnswer(reader, answer));
    },
  };
}

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

/** The parameters that the message about an unknown parameter lists. */
const TAKEN = ['_since', '_type', 'start', 'end', '_count', '_summary', '_elements'];

const bad = (name: string, sentence: string): Error => badParameter(name, sentence, 'search-parameter');

/** @throws Refused (400) when a parameter is unknown or invalid */
function questionOf(context: RequestContext): Omit<EverythingQuestion, 'type'> {
  const { query, prefer } = context;
  const unknown = query.find(([name]) => !known.has(name));
  if (unknown && prefer.handling !== 'lenient') throw unknownParameter(unknown[0], TAKEN, 'search-parameter');
  const value = (name: string): string | undefined => query.find(([key]) => key === name)?.[1];
  const lists = query.filter(([key]) => key === '_type');
  const count = value('_count');
  if (count !== undefined && !/^[1-9]\d{0,5}$/.test(count))
    throw bad('_count', 'send a whole number, 1 or more');
  const subset = subsetOf(context);
  const page = value('_page');
  return {
    id: context.path.id ?? '',
    ...(lists.length === 0 ? {} : { types: [...new Set(lists.flatMap(([, list]) => list.split(',')))] }),
    dates: datesOf(query),
    ...(count === undefined ? {} : { count: Number(count) }),
    ...(page === undefined ? {} : { place: placeOf(page) }),
    ...(subset === undefined ? {} : { subset }),
    asked: query,
  };
}

function datesOf(query: RequestContext['query']): NonNullable<EverythingQuestion['dates']> {
  const dates = query.filter(([name]) => ['_since', 'start', 'end'].includes(name));
  for (const [name, value] of dates)
    if (!dateRangeInQuery(value, 'clinical'))
      throw bad(name, 'send a FHIR date or instant, such as 2025-03-01');
  return dates as ['_since' | 'start' | 'end', string][];
}

/** The position of a page: `Observation`, or `Observation.<cursor>` when the previous page ended within the type. */
function placeOf(page: string): NonNullable<EverythingQuestion['place']> {
  const dot = page.indexOf('.');
  return dot < 0 ? { type: page } : { type: page.slice(0, dot), cursor: page.slice(dot + 1) };
}
