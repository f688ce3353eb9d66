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
  claim: 'The resources that a message is about (its focus) are in the message.',
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
      text: 'MessageHeader.focus is missing. Send the fullUrl of the DocumentReference or the Encounter of the stay.',
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
  claim: 'The event of a message is a code from a code system, or the absolute URL of a MessageDefinition.',
  *check(header): Iterable<Finding> {
    const { eventCoding, eventUri } = header;
    if (isObject(eventCoding) && (!isText(eventCoding.system) || !isText(eventCoding.code))) {
      yield {
        element: 'eventCoding',
        text: 'The event has no code system or no code. Send eventCoding.system and eventCoding.code.',
      };
    }
    if (isText(eventUri) && !isAbsolute(eventUri)) {
      yield {
        element: 'eventUri',
        text: 'eventUri is not an absolute URL. Send the URL of a MessageDefinition, or send a code and its system in eventCoding.',
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
  claim: 'The endpoints of the source and the destinations of a message are absolute URLs.',
  *check(header): Iterable<Finding> {
    for (const { at, holder } of endpointsOf(header)) {
      if (!isText(holder.endpoint) || isAbsolute(holder.endpoint)) continue;
      yield {
        element: `${at}.endpoint`,
        text: 'The endpoint is not an absolute URL, so it may not be unique. Send a URL (https://…, urn:…), and put a name in name.',
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
  claim: 'A submitted message is not a response to another message.',
  *check(header): Iterable<Finding> {
    if (header.response === undefined) return;
    yield {
      element: 'response',
      text: 'The message says that it is a response, but this server sends no messages. It is treated as a submission. Leave response out.',
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
