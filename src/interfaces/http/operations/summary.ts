/** `Encounter/<id>/$summary`, an operation of this server: a stay and everything stored about it, as a document. */
import { mapped } from '../../../use-cases/call/answered';
import { staySummary } from '../../../use-cases/reading/document';
import { readerOf } from '../reader';
import { scope } from '../route';
import { refuseUnknown } from './bad-parameter';
import type { Operation } from './operation';

export const summary: Operation = {
  name: 'summary',
  ways: [
    {
      on: 'Encounter/:id',
      by: 'parameters',
      access: scope('Encounter', 'r'),
      definition: 'https://homeward.dev/OperationDefinition/Encounter-summary',
      hidden: { url: 'Encounter/{encounter}/$summary', answer: 'not found' },
      text: {
        id: 'readSummaryOfStay',
        tag: 'Documents',
        summary: 'A stay and all its data, as a FHIR document',
        parameters: ['id'],
        answers: { 200: 'DocumentBundle' },
        faults: [400, 404, 410],
      },
      async handler(context, _body, { reading }) {
        refuseUnknown(context, []);
        const { id = '' } = context.path;
        const result = await staySummary(readerOf(context, reading), { type: 'Encounter', id }, reading);
        return mapped(result, ({ json }) => ({ status: 200, json }));
      },
    },
  ],
};
