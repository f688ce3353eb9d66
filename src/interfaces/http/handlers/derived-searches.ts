/**
 * Operations that are searches by another name: the last readings of each kind, and a patient's documents.
 * @see https://hl7.org/fhir/R4/observation-operation-lastn.html
 * @see http://hl7.org/fhir/uv/ipa/OperationDefinition/docref
 */
import { type Answer, type RequestContext, refused } from '../request-context';
import { search, type SearchDependencies } from './search';

type Pair = readonly [string, string];

const NOTHING = Buffer.alloc(0);

const isNextPage = ({ query }: RequestContext): boolean => query.some(([name]) => name === '_cursor');

/** What was retracted, or never taken, is nobody's last reading. */
const ONLY_READINGS: Pair = ['status:not', 'entered-in-error,cancelled'];

/**
 * `Observation/$lastn`: of what the search finds, the newest `max` Observations of each code, newest first. Without a
 * `status` it leaves out those that are `entered-in-error` or `cancelled`: they would hide the valid reading before them.
 */
export function lastn(context: RequestContext, dependencies: SearchDependencies): Promise<Answer> {
  const max = context.query.find(([name]) => name === 'max')?.[1] ?? '1';
  if (!/^[1-9]\d{0,2}$/.test(max)) throw badParameter('max', 'it should be a whole number from 1 to 999');
  if (!isNextPage(context) && !context.query.some(([name]) => /^(patient|subject)([:.]|$)/.test(name)))
    throw badParameter('patient', 'it must be given: the last readings are one patient’s');
  const asked = context.query.filter(([name]) => name !== 'max' && name !== '_sort');
  const namesStatus = asked.some(([name]) => /^status([:.]|$)/.test(name));
  const others = namesStatus ? asked : [...asked, ONLY_READINGS];
  const newestFirst: [string, string] = ['_sort', '-date'];
  const inner: RequestContext = {
    ...context,
    path: { type: 'Observation' },
    query: isNextPage(context) ? others : [...others, newestFirst],
  };
  return search(inner, NOTHING, dependencies, {
    newest: { of: 'code', by: 'date', max: Number(max) },
    path: 'Observation/$lastn',
    selfOf: (understood) => [
      ...understood.filter(([name]) => name !== '_sort' && (namesStatus || name !== ONLY_READINGS[0])),
      ...context.query.filter(([name]) => name === 'max'),
    ],
  });
}

const ABOUT_THE_ANSWER: readonly string[] = [
  '_count',
  '_cursor',
  '_format',
  '_pretty',
  '_summary',
  '_elements',
  '_total',
  '_include',
];

/** `DocumentReference/$docref`: the documents about a patient's care in a time. Documents are never made on demand. */
export function docref(context: RequestContext, dependencies: SearchDependencies): Promise<Answer> {
  const query: [string, string][] = [];
  for (const [name, value] of context.query) {
    if (name === 'start') query.push(['period', `ge${value}`]);
    else if (name === 'end') query.push(['period', `le${value}`]);
    else if (name === 'patient' || name === 'type' || ABOUT_THE_ANSWER.includes(name))
      query.push([name, value]);
    else if (name !== 'on-demand' && name !== 'profile' && context.prefer.handling !== 'lenient')
      throw badParameter(name, 'it takes patient, start, end, type, on-demand and profile');
  }
  if (!isNextPage(context) && !query.some(([name]) => name === 'patient'))
    throw badParameter('patient', 'it must be given');
  return search({ ...context, path: { type: 'DocumentReference' }, query }, NOTHING, dependencies, {
    path: 'DocumentReference/$docref',
    selfOf: (understood) => understood.map(asAsked),
  });
}

/** The search parameter `period`, as the operation calls it. */
function asAsked([name, value]: Pair): Pair {
  if (name !== 'period') return [name, value];
  return [value.startsWith('ge') ? 'start' : 'end', value.slice(2)];
}

function badParameter(name: string, sentence: string): Error {
  return refused('bad-request', {
    code: 'value',
    rule: 'operation-parameter',
    text: `The parameter \`${name.slice(0, 64)}\` can’t be used: ${sentence}.`,
  });
}
