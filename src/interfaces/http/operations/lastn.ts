/** `Observation/$lastn`: of what a search finds, the newest Observations of each code. @see https://hl7.org/fhir/R4/observation-operation-lastn.html */
import { didYouMean } from '../../../fhir/nearest';
import { mapped } from '../../../use-cases/call/answered';
import { lastOfEach } from '../../../use-cases/reading/derived-searches';
import { bundleAnswer, handlingOf, readerOf } from '../reader';
import { scope } from '../route';
import { refuseUnknownFormat, searchParameters } from '../search-parameters';
import { badParameter } from './bad-parameter';
import { official, type Operation } from './operation';

export const lastn: Operation = {
  name: 'lastn',
  ways: [
    {
      on: 'Observation',
      by: 'parameters',
      access: scope('Observation', 's'),
      definition: official('Observation', 'lastn'),
      hidden: { url: 'Observation/$lastn?patient={patient}', answer: 'nothing found' },
      text: {
        id: 'readLastObservations',
        tag: 'Reading',
        summary: 'The newest Observations of each code of a patient',
        description:
          'Without `status`, the answer leaves out Observations that are `entered-in-error` or `cancelled`. Without `focus`, it leaves out those that have a focus, which are not of the patient.',
        parameters: ['patient', 'max', 'category', 'code', '_count', '_cursor'],
        answers: { 200: 'Searchset' },
        faults: [400],
      },
      async handler(context, _body, { reading }) {
        const { query } = context;
        const max = query.find(([name]) => name === 'max')?.[1];
        if (max !== undefined && !/^[1-9]\d{0,2}$/.test(max))
          throw badParameter('max', 'send a whole number from 1 to 999');
        const isOfPatient = query.some(([name]) => /^(patient|subject)([:.]|$)/.test(name));
        if (!isOfPatient && !query.some(([name]) => name === '_cursor'))
          throw badParameter(
            'patient',
            'it is required, because the last readings are of one patient',
            'operation-parameter',
            query.map(([name]) => didYouMean(name, ['patient', 'subject'])).find((hint) => hint !== ''),
          );
        refuseUnknownFormat(context);
        const reader = readerOf(context, reading);
        const question = {
          type: 'Observation',
          handling: handlingOf(context),
          ...(max === undefined ? {} : { max: Number(max) }),
          ...searchParameters(query.filter(([name]) => name !== 'max')),
        };
        const page = await lastOfEach(reader, question, reading);
        return mapped(page, (answer) => bundleAnswer(reader, answer));
      },
    },
  ],
};
