/**
 * Operations that are searches by another name: the last readings of each kind, and a patient's documents.
 * @see https://hl7.org/fhir/R4/observation-operation-lastn.html
 * @see http://hl7.org/fhir/uv/ipa/OperationDefinition/docref
 */
import { type Answer, type Exchange, refused } from '../exchange';
import { search, type SearchDependencies } from './search';

/** `Observation/$lastn`: the newest `max` Observations of each code, newest first. */
export function lastn(exchange: Exchange, body: Buffer, dependencies: SearchDependencies): Promise<Answer> {
  const max = exchange.query.find(([name]) => name === 'max')?.[1] ?? '1';
  if (!/^[1-9]\d{0,2}$/.test(max)) throw badParameter('max', 'it should be a whole number from 1 to 999');
  if (!exchange.query.some(([name]) => /^(patient|subject)([:.]|$)/.test(name))) {
    throw badParameter('patient', 'it must be given: the last readings are one patient’s');
  }
  const others = exchange.query.filter(([name]) => name !== 'max' && name !== '_sort');
  const inner: Exchange = {
    ...exchange,
    path: { type: 'Observation' },
    query: others.some(([name]) => name === '_cursor') ? others : [...others, ['_sort', '-date']],
  };
  // One of the newest of its codes and categories: fewer than `max` of them are newer.
  return search(inner, body, dependencies, (alias, bind) => {
    const limit = bind(Number(max), 'bigint');
    return `(SELECT count(*) FROM (
      SELECT 1 FROM observation AS newer
      WHERE newer.patient_id = ${alias}.patient_id AND newer.code = ${alias}.code
        AND newer.category IS NOT DISTINCT FROM ${alias}.category
        AND (newer.effective_start, newer.id) > (${alias}.effective_start, ${alias}.id)
      LIMIT ${limit}) AS some_newer) < ${limit}`;
  });
}

/** `DocumentReference/$docref`: the documents about a patient's care in a time. Documents are never made on demand. */
export function docref(exchange: Exchange, body: Buffer, dependencies: SearchDependencies): Promise<Answer> {
  const query: [string, string][] = [];
  let patient = false;
  for (const [name, value] of exchange.query) {
    if (name === 'patient') {
      patient = true;
      query.push(['patient', value]);
    } else if (name === 'start') query.push(['period', `ge${value}`]);
    else if (name === 'end') query.push(['period', `le${value}`]);
    else if (
      name === 'type' ||
      name === '_count' ||
      name === '_cursor' ||
      name === '_format' ||
      name === '_pretty'
    ) {
      query.push([name, value]);
    } else if (name !== 'on-demand' && name !== 'profile') {
      throw badParameter(name, 'it takes patient, start, end, type, on-demand and profile');
    }
  }
  if (!patient && !query.some(([name]) => name === '_cursor'))
    throw badParameter('patient', 'it must be given');
  return search({ ...exchange, path: { type: 'DocumentReference' }, query }, body, dependencies);
}

function badParameter(name: string, sentence: string): Error {
  return refused('bad-request', {
    code: 'value',
    rule: 'operation-parameter',
    text: `The parameter \`${name.slice(0, 64)}\` can’t be used: ${sentence}.`,
  });
}
