/** Whether a message is taken at all, by its MSH segment: every reason why it is not, each with its field. */
import { unknownSender } from '../../use-cases/submitting/submit-on-road';
import { fault, type Fault } from './fault';
import { senderName, type Head } from './head';
import type { Place } from './message';

/** The messages that are taken: type and trigger event. */
const TAKEN: Readonly<Record<string, readonly string[]>> = {
  MDM: ['T01', 'T02', 'T10', 'T11'],
  ORU: ['R01'],
};

const MAX_CONTROL_ID = 199;

const at = (field: number, component?: number): Place => ({
  segment: 'MSH',
  sequence: 1,
  field,
  ...(component === undefined ? {} : { repetition: 1, component }),
});

export interface HeaderRules {
  /** False on a secured server, which stores no messages of test systems. */
  takesTests: boolean;
  /** Whether the site's file names the sender. */
  isKnown: boolean;
}

/** Why a message is not taken (AR); empty when it is. */
export function reasonsNotToTake(head: Head, { takesTests, isKnown }: HeaderRules): Fault[] {
  if (!head.isHl7)
    return [
      fault(
        'hl7v2-not-hl7',
        'This is no message of HL7 v2. Begin it with an MSH segment with four different delimiters, such as MSH|^~\\&|.',
      ),
    ];
  return [
    ...ofVersion(head),
    ...ofType(head),
    ...(takesTests || !['T', 'D'].includes(head.processingId)
      ? []
      : [
          fault(
            'hl7v2-processing-id',
            'MSH-11 says that this is a message for testing or debugging. Send P to this server, or send the message to a test server.',
            at(11),
          ),
        ]),
    ...(isKnown
      ? []
      : [
          ...unknownSender(senderName(head)).issues.map((issue) => ({
            issue,
            place: at(3),
          })),
        ]),
  ];
}

function ofVersion({ version }: Head): Fault[] {
  return /^2(?:\.\d+)*$/.test(version)
    ? []
    : [fault('hl7v2-version', 'MSH-12 is not a version of HL7 v2. Send the version, such as 2.5.1.', at(12))];
}

function ofType({ type, trigger }: Head): Fault[] {
  const triggers = Object.hasOwn(TAKEN, type) ? TAKEN[type] : undefined;
  if (!triggers)
    return [
      fault(
        'hl7v2-type',
        'MSH-9 is not a message type that this server takes. It takes MDM and ORU.',
        at(9, 1),
      ),
    ];
  return triggers.includes(trigger)
    ? []
    : [
        fault(
          'hl7v2-trigger',
          `MSH-9 is not a trigger event that this server takes. Of ${type} it takes ${triggers.join(', ')}.`,
          at(9, 2),
        ),
      ];
}

/** A message without an id cannot be answered so that its sender knows which one is meant. */
export function faultsOfControlId({ controlId }: Head): Fault[] {
  if (controlId.trim() !== '' && controlId.length <= MAX_CONTROL_ID) return [];
  return [
    fault(
      'hl7v2-control-id',
      `MSH-10 is ${controlId.trim() === '' ? 'missing' : 'too long'}. Send an id of at most ${MAX_CONTROL_ID} characters that no other message of this sender has.`,
      at(10),
    ),
  ];
}
