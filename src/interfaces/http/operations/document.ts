/** `Composition/<id>/$document`: a Composition and all that it names. @see https://hl7.org/fhir/R4/composition-operation-document.html */
import { mapped } from '../../../use-cases/call/answered';
import { compositionDocument } from '../../../use-cases/reading/document';
import { readerOf } from '../reader';
import { scope } from '../route';
import { badParameter, refuseUnknown } from './bad-parameter';
import { official, type Operation } from './operation';

export const document: Operation = {
  name: 'document',
  ways: [
    {
      on: 'Composition/:id',
      by: 'parameters',
      access: scope('Composition', 'r'),
      definition: official('Composition', 'document'),
      hidden: { url: 'Composition/{composition}/$document', answer: 'not found' },
      text: {
        id: 'readAsDocument',
        tag: 'Documents',
        summary: 'A Composition and the resources that it refers to, as a FHIR document',
        parameters: ['id'],
        answers: { 200: 'DocumentBundle' },
        faults: [400, 404, 410],
      },
      async handler(context, _body, { reading }) {
        refuseUnknown(context, ['persist', 'graph']);
        const persist = context.query.find(([name]) => name === 'persist')?.[1];
        if (persist !== undefined && persist !== 'false')
          throw badParameter('persist', 'the server does not store documents; leave it out');
        const { id = '' } = context.path;
        const result = await compositionDocument(readerOf(context, reading), { id }, reading);
        return mapped(result, ({ json }) => ({ status: 200, json }));
      },
    },
  ],
};
