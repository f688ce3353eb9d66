/**
 * What must hold of a DocumentReference beyond its element table and its bytes: a current document of this Bundle's
 * patient, labelled so that a reader knows what it is (section 3.4.5).
 */
import { SNOMED_CT } from '../../fhir/code-systems';
import { always, stricter, type Finding, type Rule } from '../../definitions/rule';
import { isResourceType } from '../../fhir/r4/definitions';
import { isObject, listOf, type AnyResource, type Json } from '../../fhir/types';
import { CONFIDENTIALITY, isRestricted } from '../../terminology/confidentiality';
import { codingsOf } from '../common/codings';
import { changing, referenceTo, unchanged } from '../common/example';
import { referenceRules, referencesAt, targetOf } from '../common/reference-rules';
import { isAfter, MINUTE_MS, spanOf } from '../common/span';
import { attachmentsOf } from './attachments';
import { contentRules } from './content-rules';
import { documentReferences } from './references';

const masterIdentifierSystemIsReal: Rule = {
  id: 'vw-doc-06',
  severity: stricter('information', 'warning'),
  code: 'value',
  guidance: '3.4.5 DocumentReference.masterIdentifier.system',
  claim: 'The system of the masterIdentifier is the sender’s own, not one from an example.',
  *check({ masterIdentifier }): Iterable<Finding> {
    if (!isObject(masterIdentifier) || typeof masterIdentifier.system !== 'string') return;
    if (
      !/^https?:\/\/(?:[\w-]+\.)*example\.(?:com|org|net)\b|^https?:\/\/tools\.ietf\.org\/html\/rfc4122/i.test(
        masterIdentifier.system,
      )
    )
      return;
    yield {
      element: 'masterIdentifier.system',
      text: 'This system is a placeholder that other senders may use too, so the value is unique only within the custodian. Send a system of your own.',
    };
  },
  examples: {
    keeps: unchanged,
    breaks: changing('DocumentReference', (document) => {
      document.masterIdentifier = { system: 'http://example.com/identifiers', value: '12345' };
    }),
  },
};

const statusIsCurrent: Rule = {
  id: 'vw-doc-07',
  severity: stricter('warning', 'error'),
  code: 'value',
  guidance: '3.4.5 DocumentReference.status',
  claim: 'The status is current.',
  *check({ status }): Iterable<Finding> {
    if (status !== 'superseded') return;
    yield {
      element: 'status',
      text: 'The document is stored as superseded. Send the current document, with status current.',
    };
  },
  examples: {
    keeps: unchanged,
    breaks: changing('DocumentReference', (document) => {
      document.status = 'superseded';
    }),
  },
};

const documentIsNotRetracted: Rule = {
  id: 'vw-dup-08',
  severity: always('warning'),
  code: 'business-rule',
  guidance: '3.4.5 DocumentReference.status',
  claim: 'The document is not retracted (entered-in-error). A retracted document is stored as retracted.',
  *check({ status, docStatus }): Iterable<Finding> {
    if (status !== 'entered-in-error' && docStatus !== 'entered-in-error') return;
    yield {
      element: status === 'entered-in-error' ? 'status' : 'docStatus',
      text: 'This retracts the document. It is stored as entered in error, and stays in the history. To replace it, send a corrected summary.',
    };
  },
  examples: {
    keeps: unchanged,
    breaks: changing('DocumentReference', (document) => {
      document.status = 'entered-in-error';
    }),
  },
};

const documentIsFinal: Rule = {
  id: 'vw-doc-08',
  severity: always('warning'),
  code: 'business-rule',
  guidance: '3.4.5 DocumentReference.docStatus',
  claim: 'The document is not preliminary.',
  *check({ docStatus }): Iterable<Finding> {
    if (docStatus !== 'preliminary') return;
    yield {
      element: 'docStatus',
      text: 'The document is stored as preliminary, and readers see that it is not final. When it is final, send a correction with docStatus final.',
    };
  },
  examples: {
    keeps: unchanged,
    breaks: changing('DocumentReference', (document) => {
      document.docStatus = 'preliminary';
    }),
  },
};

const typeIsSnomed: Rule = {
  id: 'vw-doc-09',
  severity: stricter('information', 'warning'),
  code: 'code-invalid',
  guidance: '3.4.5 DocumentReference.type',
  claim: 'The type is coded in SNOMED CT where possible.',
  *check({ type }): Iterable<Finding> {
    if (!isObject(type) || codingsOf(type).some(({ system }) => system === SNOMED_CT)) return;
    yield {
      element: 'type',
      text: 'The type has no SNOMED CT code. Send one if one fits, for example 371534008 (Summary report).',
    };
  },
  examples: {
    keeps: unchanged,
    breaks: changing('DocumentReference', (document) => {
      document.type = { text: 'Summary of a virtual ward stay' };
    }),
  },
};

const documentHasATypeOrATitle: Rule = {
  id: 'vw-doc-10',
  severity: stricter('warning', 'error'),
  code: 'invariant',
  guidance: '3.4.5 DocumentReference.content.attachment.title',
  claim: 'A document without a type code has a title.',
  *check(document): Iterable<Finding> {
    if (codingsOf(document.type).some(({ code }) => code !== undefined)) return;
    for (const { attachment, element } of attachmentsOf(document)) {
      if (attachment.title !== undefined) continue;
      yield {
        element: `${element}.title`,
        text: 'The document has no type code and no title, so readers see "Untitled virtual ward document". Send a type code or a title.',
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changing('DocumentReference', (document) => {
      document.type = { coding: [{ system: SNOMED_CT, display: 'Summary report' }] };
      for (const { attachment } of attachmentsOf(document)) delete attachment.title;
    }),
  },
};

const authorIsAnOrganization: Rule = {
  id: 'vw-doc-13',
  severity: stricter('information', 'warning'),
  code: 'value',
  guidance: '3.4.5 DocumentReference.author',
  claim: 'The author is an Organization.',
  *check(document, context, entry): Iterable<Finding> {
    for (const { reference, place } of referencesAt(document, 'author')) {
      const type = targetOf(context.resolve(reference, entry))?.resourceType;
      if (type === undefined || type === 'Organization' || !isResourceType(type)) continue;
      yield {
        element: place,
        text: `The author is a ${type}. The guidance asks for the authoring Organization. Add the Organization too.`,
      };
    }
  },
  examples: {
    keeps: changing('DocumentReference', (document, summary) => {
      document.author = [referenceTo(summary, 'Organization')];
    }),
    breaks: changing('DocumentReference', (document, summary) => {
      document.author = [referenceTo(summary, 'Patient')];
    }),
  },
};

const creationIsNotInTheFuture: Rule = {
  id: 'vw-doc-25',
  severity: stricter('warning', 'error'),
  code: 'value',
  guidance: '3.4.5 DocumentReference.content.attachment.creation',
  claim: 'The document was created before it was received.',
  *check(document, context): Iterable<Finding> {
    const now = context.now.getTime();
    for (const { attachment, element } of attachmentsOf(document)) {
      const creation = spanOf(attachment.creation);
      if (creation === undefined || creation.from <= now + 5 * MINUTE_MS) continue;
      yield {
        element: `${element}.creation`,
        text: 'The creation time of the document is in the future. Check attachment.creation.',
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changing('DocumentReference', (document) => {
      for (const { attachment } of attachmentsOf(document)) attachment.creation = '2999-01-01T09:00:00Z';
    }),
  },
};

const documentIsOfThisStay: Rule = {
  id: 'vw-doc-26',
  severity: always('warning'),
  code: 'business-rule',
  guidance: '3.4.5 DocumentReference.content.attachment.creation',
  claim: 'The document was not created before the stay began.',
  *check(document, context): Iterable<Finding> {
    const [stay, ...others] = context.entriesOf('Encounter');
    const period = stay?.resource.period;
    const start = isObject(period) && others.length === 0 ? spanOf(period.start) : undefined;
    if (start === undefined) return;
    for (const { attachment, element } of attachmentsOf(document)) {
      const creation = spanOf(attachment.creation);
      if (creation === undefined || !isAfter(start, creation)) continue;
      yield {
        element: `${element}.creation`,
        text: 'The document was created before the stay began, so it may be the wrong document. Check the document and attachment.creation.',
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changing('DocumentReference', (document) => {
      for (const { attachment } of attachmentsOf(document)) attachment.creation = '2016-03-08T15:26:00Z';
    }),
  },
};

const documentNamesItsStay: Rule = {
  id: 'vw-doc-30',
  severity: stricter('information', 'warning'),
  code: 'informational',
  guidance: '3.4.5 DocumentReference.context.encounter',
  claim: 'The document refers to the Encounter of the stay.',
  *check(document): Iterable<Finding> {
    if (referencesAt(document, 'context.encounter').length > 0) return;
    yield {
      element: 'context.encounter',
      text: 'The document does not refer to the stay. Send a Reference to the Encounter in context.encounter.',
    };
  },
  examples: {
    keeps: changing('DocumentReference', (document, summary) => {
      document.context = { encounter: [referenceTo(summary, 'Encounter')] };
    }),
    breaks: changing('DocumentReference', (document) => {
      delete document.context;
    }),
  },
};

const correctionsComeByTheBundle: Rule = {
  id: 'vw-doc-32',
  severity: always('information'),
  code: 'informational',
  guidance: '3.4.5 DocumentReference.relatesTo',
  claim: 'A correction is identified by the Bundle, not by relatesTo alone.',
  *check({ relatesTo }): Iterable<Finding> {
    for (const [index, relation] of listOf<Json>(relatesTo).entries()) {
      if (!isObject(relation) || relation.code !== 'replaces') continue;
      yield {
        element: `relatesTo[${index}]`,
        text: 'relatesTo is stored, but it does not replace the earlier document. To send a correction, send a Bundle with the same identifier and a higher meta.versionId.',
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changing('DocumentReference', (document) => {
      document.relatesTo = [{ code: 'replaces', target: { display: 'The first summary' } }];
    }),
  },
};

const documentIsNotRestricted: Rule = {
  id: 'vw-doc-33',
  severity: always('warning'),
  code: 'security',
  guidance: '3.4.5 DocumentReference.securityLabel',
  claim: 'The document is not labelled restricted or very restricted.',
  *check(document): Iterable<Finding> {
    for (const [index, label] of listOf<Json>(document.securityLabel).entries()) {
      if (!codingsOf(label).some(isRestricted)) continue;
      yield {
        element: `securityLabel[${index}]`,
        text: 'The document is labelled restricted. It is accepted, and marked for review before general access. If it is not restricted, leave the label out.',
        review: 'The document is labelled restricted or very restricted.',
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changing('DocumentReference', (document: AnyResource) => {
      document.securityLabel = [{ coding: [{ system: CONFIDENTIALITY, code: 'R' }] }];
    }),
  },
};

export const rules: readonly Rule[] = [
  masterIdentifierSystemIsReal,
  statusIsCurrent,
  documentIsNotRetracted,
  documentIsFinal,
  typeIsSnomed,
  documentHasATypeOrATitle,
  authorIsAnOrganization,
  creationIsNotInTheFuture,
  documentIsOfThisStay,
  documentNamesItsStay,
  correctionsComeByTheBundle,
  documentIsNotRestricted,
  ...contentRules,
  ...documentReferences.flatMap(referenceRules),
];
