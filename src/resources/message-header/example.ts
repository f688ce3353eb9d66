/** The valid summary as a message, with its header changed: for the examples of the header's rules. */
import type { RuleExample } from '../../definitions/rule';
import type { AnyResource } from '../../fhir/types';
import { headedBy, referenceTo } from '../common/example';

export function asMessage(change: (header: AnyResource, message: AnyResource) => void): RuleExample {
  return (summary) => {
    const header: AnyResource = {
      resourceType: 'MessageHeader',
      eventCoding: { system: 'https://sender.example.nhs.uk/event', code: 'virtual-ward-summary' },
      source: { endpoint: 'https://sender.example.nhs.uk' },
      destination: [{ endpoint: 'https://receiver.example.nhs.uk' }],
      focus: [referenceTo(summary, 'DocumentReference'), referenceTo(summary, 'Encounter')],
    };
    const message = headedBy(summary, 'message', header);
    change(header, message);
    return message;
  };
}
