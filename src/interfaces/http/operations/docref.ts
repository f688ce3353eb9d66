/**
 * `DocumentReference/$docref`: finds the documents about a patient's care in a period.
 * @see http://hl7.org/fhir/uv/ipa/OperationDefinition/docref
 */
import { mapped } from '../../../use-cases/call/answered';
import { documentsAbout } from '../../../use-cases/reading/derived-searches';
import { bundleAnswer, handlingOf, readerOf } from '../reader';
import { scope } from '../route';
import { refuseUnknownFormat, searchParameters } from '../search-parameters';
import { badParameter, unknownParameter } from './bad-parameter';
import type { Operation } from './operation';

/** Parameters that are passed on to the search. */
const OF_THE_SEARCH: readonly string[] = [
  'patient',
  'type',
  '_count',
  '_cursor',
  '_format',
  '_pretty',
  '_summary',
  '_elements',
  '_total',
  '_include',
];
/** Parameters that are accepted and have no effect: documents are never made on demand. */
const WITHOUT_EFFECT: readonly string[] = ['on-demand', 'profile'];

export const docref: Operation = {
  name: 'docref',
  ways: [
    {
      on: 'DocumentReference',
      by: 'parameters',
      access: scope('DocumentReference', 's'),
      definition: 'http://hl7.org/fhir/uv/ipa/OperationDefinition/docref',
      hidden: { url: 'DocumentReference/$docref?patient={patient}', answer: 'nothing found' },
      text: {
        id: 'findDocuments',
        tag: 'Documents',
        summary: 'The documents about the care of a patient in a period',
        parameters: ['patient', 'start', 'end', 'documentType', '_count', '_cursor'],
        answers: { 200: 'Searchset' },
        faults: [400],
      },
      async handler(context, _body, { reading }) {
        const { query } = context;
        const dates = query.filter(([name]) => name === 'start' || name === 'end');
        const others = query.filter((pair) => !dates.includes(pair));
        const unknown = others.find(([name]) => ![...OF_THE_SEARCH, ...WITHOUT_EFFECT].includes(name));
        if (unknown && context.prefer.handling !== 'lenient')
          throw unknownParameter(unknown[0], ['patient', 'start', 'end', 'type', 'on-demand', 'profile']);
        const searched = others.filter(([name]) => OF_THE_SEARCH.includes(name));
        if (!searched.some(([name]) => name === '_cursor' || name === 'patient'))
          throw badParameter('patient', 'it is required');
        refuseUnknownFormat(context);
        const reader = readerOf(context, reading);
        const question = {
          type: 'DocumentReference',
          handling: handlingOf(context),
          dates: dates as ['start' | 'end', string][],
          ...searchParameters(searched),
        };
        const page = await documentsAbout(reader, question, reading);
        return mapped(page, (answer) => bundleAnswer(reader, answer));
      },
    },
  ],
};
