/**
 * `$validate`: returns the verdict that a submission would get, and stores nothing.
 * @see https://hl7.org/fhir/R4/resource-operation-validate.html
 */
import { validate as validateBody, validateStored } from '../handlers/validate';
import { scope } from '../route';
import { official, type Operation } from './operation';

export const validate: Operation = {
  name: 'validate',
  ways: [
    {
      on: ':type',
      by: 'POST',
      access: scope('Bundle', 'c'),
      isSmallAnswer: true,
      definition: official('Resource', 'validate'),
      text: {
        id: 'validate',
        tag: 'Submitting',
        summary: 'Check a resource without storing it',
        description:
          'For a summary: `Bundle/$validate`. The answer has the issues that a submission would get.',
        parameters: ['type', 'preferReturn', 'contentEncoding'],
        request: 'Checked',
        answers: { 200: 'Outcome' },
        faults: [404],
      },
      handler: (context, body, d) => validateBody(context, body, { ...d.submitting, reading: d.reading }),
    },
    {
      on: ':type/:id',
      by: 'POST',
      access: scope('Bundle', 'c'),
      hidden: { url: 'Encounter/{encounter}/$validate', answer: 'not found' },
      text: {
        id: 'validateUpdate',
        tag: 'Submitting',
        summary: 'Check a resource that would replace a stored one',
        description: 'If the Parameters contain no resource, the server checks the stored one, as with GET.',
        parameters: ['type', 'id', 'preferReturn', 'contentEncoding'],
        request: 'Checked',
        answers: { 200: 'Outcome' },
        faults: [404, 410],
      },
      handler: (context, body, d) => validateBody(context, body, { ...d.submitting, reading: d.reading }),
    },
    {
      on: ':type/:id',
      by: 'GET',
      access: scope('Bundle', 'c'),
      hidden: { url: 'Encounter/{encounter}/$validate', answer: 'not found' },
      text: {
        id: 'validateStored',
        tag: 'Submitting',
        summary: 'Check a stored resource against R4 and its profiles',
        description: 'It needs a scope to read the resource, and `system/Bundle.c`.',
        parameters: ['type', 'id'],
        answers: { 200: 'Outcome' },
        faults: [400, 404, 410],
      },
      handler: (context, _body, d) => validateStored(context, { ...d.submitting, reading: d.reading }),
    },
  ],
};
