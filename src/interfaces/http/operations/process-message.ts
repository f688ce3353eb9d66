/** `$process-message`: a message is submitted, and is answered with a message. @see https://hl7.org/fhir/R4/messageheader-operation-process-message.html */
import { processMessageHandler } from '../handlers/process-message';
import { scope } from '../route';
import { official, type Operation } from './operation';

export const processMessage: Operation = {
  name: 'process-message',
  action: 'C',
  ways: [
    {
      on: '',
      by: 'submitting',
      access: scope('Bundle', 'c'),
      isSmallAnswer: true,
      definition: official('MessageHeader', 'process-message'),
      text: {
        id: 'processMessage',
        tag: 'Submitting',
        summary: 'Submit a message, and get a message as the answer',
        description:
          'With `async=true` the answer is 202, and the message that answers is sent later, to an address that the site allows.',
        parameters: ['messageAsync', 'responseUrl', 'contentEncoding'],
        request: 'Message',
        answers: { 200: 'MessageAnswer', 202: 'AnsweredLater' },
        faults: [422],
      },
      handler: ({ submitting }) => processMessageHandler(submitting),
    },
  ],
};
