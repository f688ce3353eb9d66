/**
 * Repairs of known faults of senders in a DocumentReference (the guidance's defects def-03
 * and def-06, and an absent contentType of bytes that are a PDF).
 */
import type { Repair, Repaired } from '../../definitions/rule';
import { attachmentBytes } from '../../fhir/attachment';
import { isObject, listOf, type Json, type JsonObject } from '../../fhir/types';
import { changing, referenceTo, unchanged } from '../common/example';
import { attachmentsOf } from './attachments';
import { looksLikePdf } from './media-type';

const DOC_STATUSES: readonly string[] = ['preliminary', 'final', 'amended', 'entered-in-error'];

const docStatusIsOneOfFourCodes: Repair = {
  norm: 'docstatus-illegal',
  stage: 'meanings',
  defect: 'def-03',
  guidance: '3.4.5 DocumentReference.docStatus',
  claim:
    'The server leaves out a docStatus of current. It reads a docStatus sent as a CodeableConcept, as a list or in capitals as its code.',
  *repair(document): Iterable<Repaired> {
    const before = document.docStatus;
    if (before === undefined || (typeof before === 'string' && DOC_STATUSES.includes(before))) return;
    const word = wordOf(before);
    if (word === 'current') {
      delete document.docStatus;
      yield {
        element: 'docStatus',
        text: 'docStatus cannot be "current", which is a value of status. It was left out. Send preliminary, final, amended or entered-in-error, or leave docStatus out.',
        before,
        after: null,
      };
    } else if (word !== undefined && DOC_STATUSES.includes(word)) {
      document.docStatus = word;
      yield {
        element: 'docStatus',
        text: `docStatus is a code in R4. The value was read as "${word}". Send "docStatus": "${word}".`,
        before,
        after: word,
      };
    }
  },
  examples: {
    keeps: changing('DocumentReference', (document) => {
      document.docStatus = 'final';
    }),
    breaks: changing('DocumentReference', (document) => {
      document.docStatus = 'current';
    }),
  },
};

/** The code that a docStatus of another shape holds, in small letters. */
function wordOf(value: Json): string | undefined {
  if (Array.isArray(value))
    return value[0] === undefined || Array.isArray(value[0]) ? undefined : wordOf(value[0]);
  if (typeof value === 'string') return value.toLowerCase();
  if (!isObject(value)) return undefined;
  const [first] = listOf<Json>(value.coding as Json);
  const code = isObject(first) ? first.code : undefined;
  const word = typeof code === 'string' ? code : value.text;
  return typeof word === 'string' ? word.toLowerCase() : undefined;
}

const encounterOfTheContextIsAList: Repair = {
  norm: 'shape-object-to-array',
  stage: 'shapes',
  defect: 'def-06',
  guidance: '3.4.5 DocumentReference.context.encounter',
  claim: 'The server reads a context.encounter that is not a list as a list of one.',
  *repair(document): Iterable<Repaired> {
    const context = document.context;
    if (!isObject(context) || !isObject(context.encounter)) return;
    const before: JsonObject = context.encounter;
    context.encounter = [before];
    yield {
      element: 'context.encounter',
      text: 'context.encounter was not a list. It was read as a list of one. Send a list of References.',
      before,
      after: [before],
    };
  },
  examples: {
    keeps: unchanged,
    breaks: changing('DocumentReference', (document, summary) => {
      document.context = { encounter: referenceTo(summary, 'Encounter') };
    }),
  },
};

const pdfWithoutContentTypeIsAPdf: Repair = {
  norm: 'content-type-absent',
  stage: 'meanings',
  defect: 'vw-doc-24',
  guidance: '3.4.5 DocumentReference.content.attachment.contentType',
  claim: 'If an attachment has no contentType and its bytes are a PDF, the server sets application/pdf.',
  *repair(document): Iterable<Repaired> {
    for (const { attachment, element } of attachmentsOf(document)) {
      if (attachment.contentType !== undefined) continue;
      const content = attachmentBytes(attachment);
      if (!content.ok || !looksLikePdf(content.bytes)) continue;
      attachment.contentType = 'application/pdf';
      yield {
        element: `${element}.contentType`,
        text: 'contentType is missing, and the bytes are a PDF. It was set to application/pdf. Send contentType.',
        before: null,
        after: 'application/pdf',
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changing('DocumentReference', (document) => {
      for (const { attachment } of attachmentsOf(document)) delete attachment.contentType;
    }),
  },
};

export const repairs: readonly Repair[] = [
  docStatusIsOneOfFourCodes,
  encounterOfTheContextIsAList,
  pdfWithoutContentTypeIsAPdf,
];
