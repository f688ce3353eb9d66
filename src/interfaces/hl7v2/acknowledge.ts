/**
 * Writes the answer to a message: MSH, MSA, and an ERR for each error. It holds no patient data: sentences of issues
 * have none, and nothing of the message is repeated but its MSH fields.
 */
import { Hl7Message, Hl7Segment } from '@medplum/core';
import { isFault, type Issue } from '../../fhir/issue';
import { encodeAs } from './charset';
import { errorCodeOf } from './code-of-issue';
import { escape } from './escapes';
import type { Fault } from './fault';
import { hasErrorFields, type Head } from './head';
import { nameOf, type Place } from './message';

/** `AA` stored or resent, `AE` refused, `AR` not taken. */
export type Answer = { code: 'AA'; submissionId: string } | { code: 'AE' | 'AR'; faults: readonly Fault[] };

export interface AnswerOptions {
  now: Date;
  /** MSH-10 of the answer. */
  controlId: string;
}

/** An engine shows no more, and a receiver may refuse a longer answer. */
const MAX_ERRORS = 50;
/** MSA-3 before version 2.5 says several errors in one field. */
const MAX_ERRORS_IN_TEXT = 10;

export function acknowledgement(head: Head, answer: Answer, { now, controlId }: AnswerOptions): Buffer {
  const { context } = head;
  const faults = answer.code === 'AA' ? [] : answer.faults.filter(({ issue }) => isFault(issue));
  const isModern = hasErrorFields(head.version);
  const segment = (...fields: readonly string[]): Hl7Segment => new Hl7Segment([...fields], context);
  const said =
    answer.code === 'AA'
      ? escape(answer.submissionId, context)
      : isModern
        ? ''
        : faults
            .slice(0, MAX_ERRORS_IN_TEXT)
            .map(({ issue }) => escape(`${issue.rule}: ${issue.text}`, context))
            .join('; ');
  const header = segment(
    'MSH',
    context.getMsh2(),
    head.receivingApplication,
    head.receivingFacility,
    head.sendingApplication,
    head.sendingFacility,
    timeOf(now),
    '',
    ['ACK', head.trigger, 'ACK'].join(context.componentSeparator),
    controlId,
    head.processingId === '' ? 'P' : head.processingId,
    head.version === '' ? '2.5.1' : head.version,
    ...(head.charsetName === '' ? [] : ['', '', '', '', '', head.charsetName]),
  );
  const errors = faults
    .slice(0, MAX_ERRORS)
    .map((fault) => segment(...(isModern ? errorFields(fault, head) : earlyErrorFields(fault, head))));
  const message = new Hl7Message(
    [header, segment('MSA', answer.code, head.controlId, said), ...errors],
    context,
  );
  return encodeAs(head.charset, `${message.toString()}\r`);
}

/** Version 2.5 and later: place, code, severity, rule, where in the Bundle, sentence. */
function errorFields({ issue, place }: Fault, { context }: Head): string[] {
  const { code, text } = errorCodeOf(issue);
  return [
    'ERR',
    '',
    placeText(place, context.componentSeparator),
    [code, escape(text, context), 'HL70357'].join(context.componentSeparator),
    'E',
    escape(issue.rule, context),
    '',
    escape(issue.expression ?? '', context),
    escape(issue.text, context),
  ];
}

/** Before version 2.5, ERR-1 has the place, and the rule and the sentence as its last component. */
function earlyErrorFields({ issue, place }: Fault, { context }: Head): string[] {
  const { componentSeparator, subcomponentSeparator } = context;
  const said = [escape(issue.rule, context), escape(issue.text, context)].join(subcomponentSeparator);
  const { segment = '', sequence = '', field = '' } = place ?? {};
  return ['ERR', [segment, String(sequence), String(field), said].join(componentSeparator)];
}

/** `PID^1^3`: segment, number of the segment, field; then repetition and component where they are known. */
function placeText(place: Place | undefined, separator: string): string {
  if (!place) return '';
  const { segment, sequence, field, repetition, component } = place;
  const parts = [
    segment,
    sequence,
    field,
    repetition ?? (component === undefined ? undefined : 1),
    component,
  ];
  return parts
    .map((part) => (part === undefined ? '' : String(part)))
    .join(separator)
    .replace(/\W+$/, '');
}

/** The sentence of an issue with the name of its field: `PV1-44: Encounter.period is missing.` */
export function withField(issue: Issue, place: Place | undefined): Issue {
  if (!place || issue.text.startsWith(place.segment)) return issue;
  return { ...issue, text: `${nameOf(place)}: ${issue.text}` };
}

/** `20250301101500+0000`. */
function timeOf(now: Date): string {
  return `${now.toISOString().slice(0, 19).replace(/[-:T]/g, '')}+0000`;
}
