/** What R4 asks of the head of a message, beyond its elements. @see https://hl7.org/fhir/R4/messageheader.html */
import { always, type EntryView, type Finding, type Rule } from '../../definitions/rule';
import { isObject, listOf, type AnyResource, type Json, type JsonObject } from '../../fhir/types';
import { asMessage } from './example';
import { leadInside } from '../common/inside-rules';
import { referencesAt } from '../common/reference-rules';

const unchanged = asMessage(() => undefined);

const focusIsInTheMessage: Rule = {
  id: 'msg-01',
  severity: always('error'),
  code: 'not-found',
  guidance: 'R4 MessageHeader.focus',
  claim: 'What a message is about (its focus) is in the message.',
  *check(header, context, entry: EntryView): Iterable<Finding> {
    yield* leadInside(referencesAt(header, 'focus'), 'message', context, entry);
  },
  examples: {
    keeps: unchanged,
    breaks: asMessage((header) => {
      header.focus = [{ reference: 'urn:uuid:00000000-0000-4000-8000-0000000000ff' }];
    }),
  },
};

const messageHasAFocus: Rule = {
  id: 'msg-02',
  severity: always('warning'),
  code: 'required',
  guidance: 'R4 MessageHeader.focus',
  claim: 'A message names what it is about.',
  *check(header): Iterable<Finding> {
    if (header.focus !== undefined) return;
    yield {
      element: 'focus',
      text: 'The message does not say what it is about: give focus, with the fullUrl of the DocumentReference or the Encounter of the stay.',
    };
  },
  examples: {
    keeps: unchanged,
    breaks: asMessage((header) => {
      delete header.focus;
    }),
  },
};

const eventIsACode: Rule = {
  id: 'msg-03',
  severity: always('warning'),
  code: 'value',
  guidance: 'R4 MessageHeader.event[x]',
  claim: 'The event of a message is a code of a code system, or the absolute address of a MessageDefinition.',
  *check(header): Iterable<Finding> {
    const { eventCoding, eventUri } = header;
    if (isObject(eventCoding) && (!isText(eventCoding.system) || !isText(eventCoding.code))) {
      yield {
        element: 'eventCoding',
        text: 'The event cannot be told without its code system and its code: give eventCoding.system and eventCoding.code.',
      };
    }
    if (isText(eventUri) && !isAbsolute(eventUri)) {
      yield {
        element: 'eventUri',
        text: 'The event should be an absolute address, such as that of a MessageDefinition; a mere code goes into eventCoding, with its system.',
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: asMessage((header) => {
      header.eventCoding = { code: 'virtual-ward-summary' };
    }),
  },
};

const endpointsAreAddresses: Rule = {
  id: 'msg-04',
  severity: always('warning'),
  code: 'value',
  guidance: 'R4 MessageHeader.source.endpoint, MessageHeader.destination.endpoint',
  claim: 'The source and the destinations of a message are absolute addresses.',
  *check(header): Iterable<Finding> {
    for (const { at, holder } of endpointsOf(header)) {
      if (!isText(holder.endpoint) || isAbsolute(holder.endpoint)) continue;
      yield {
        element: `${at}.endpoint`,
        text: 'The endpoint should be an absolute address (https://…, urn:…), so that it can be told from those of others; a name goes into name.',
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: asMessage((header) => {
      header.source = { endpoint: 'ward-system' };
    }),
  },
};

const isNoResponse: Rule = {
  id: 'msg-05',
  severity: always('warning'),
  code: 'business-rule',
  guidance: 'R4 MessageHeader.response',
  claim: 'A message that is sent in is no response to another.',
  *check(header): Iterable<Finding> {
    if (header.response === undefined) return;
    yield {
      element: 'response',
      text: 'The message says that it answers another one; nothing was asked from here, and it is taken as a submission. Leave response out.',
    };
  },
  examples: {
    keeps: unchanged,
    breaks: asMessage((header) => {
      header.response = { identifier: 'a-message', code: 'ok' };
    }),
  },
};

function* endpointsOf(header: AnyResource): Iterable<{ at: string; holder: JsonObject }> {
  if (isObject(header.source)) yield { at: 'source', holder: header.source };
  for (const [index, destination] of listOf<Json>(header.destination as Json).entries())
    if (isObject(destination)) yield { at: `destination[${index}]`, holder: destination };
}

const isText = (value: Json | undefined): value is string => typeof value === 'string' && value !== '';
const isAbsolute = (address: string): boolean => /^[A-Za-z][A-Za-z0-9+.-]*:./.test(address);

export const rules: readonly Rule[] = [
  focusIsInTheMessage,
  messageHasAFocus,
  eventIsACode,
  endpointsAreAddresses,
  isNoResponse,
];
