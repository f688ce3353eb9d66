/** The table of DocumentReference. @see docs/tables.md */
import { businessKeys } from '../../definitions/business-keys';
import type { Identity, TableDefinition } from '../../definitions/table';
import { snomedCode } from '../common/snomed-code';
import { isNumber, numberText } from '../../fhir/decimal';
import { isObject, listOf, type JsonObject } from '../../fhir/types';

function firstAttachment(document: JsonObject): JsonObject | undefined {
  const [content] = listOf(document.content);
  const attachment = isObject(content) ? content.attachment : undefined;
  return isObject(attachment) ? attachment : undefined;
}

export const table: TableDefinition = {
  name: 'document_reference',
  patient: ['subject'],
  documents: ['content.attachment'],
  indexes: [
    { name: 'of_patient', on: 'patient_id, date_start' },
    { name: 'encounter', on: 'encounter', using: 'gin' },
    { name: 'newest', on: 'date_start DESC NULLS LAST' },
    { name: 'custodian', on: 'custodian, date_start DESC NULLS LAST' },
    { name: 'related', on: 'related', using: 'gin', where: 'related IS NOT NULL' },
    { name: 'relatesto', on: 'relatesto', using: 'gin', where: 'relatesto IS NOT NULL' },
  ],
  columns: [
    {
      name: 'type_snomed',
      type: 'text',
      comment: 'The first SNOMED CT code of `type`',
      value: (document) => snomedCode(document.type),
    },
    {
      name: 'title',
      type: 'text',
      comment: 'The title of the first attachment',
      value: (document) => {
        const title = firstAttachment(document)?.title;
        return typeof title === 'string' ? title : null;
      },
    },
    {
      name: 'size_bytes',
      type: 'integer',
      comment: 'The size of the first attachment',
      value: (document) => {
        const size = firstAttachment(document)?.size;
        return isNumber(size) ? numberText(size) : null;
      },
    },
  ],
};

/** Its master identifier, of one patient and custodian, and of one sender unless the custodian itself sends it. */
export const identity: Identity = {
  keys: (document, at) => businessKeys(document.masterIdentifier, undefined, at),
  alsoKnownBy: (document, at) => businessKeys(document.identifier, undefined, at),
  within: ['patient', 'custodian', 'sender or custodian'],
  heldBy: 'custodian',
  ofStay: { path: ['context', 'encounter'], type: 'Encounter' },
  uniqueInBundle: false,
  otherwise: {
    agree: ['patient'],
    rule: 'submission-document-of-other',
    text: 'This patient already has a document with this masterIdentifier, from another custodian or sender. This document is stored as a new one, and the other document does not change. Give each document its own masterIdentifier.',
  },
};
