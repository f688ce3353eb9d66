/** The references of a DocumentReference in section 8 of the rules, and the type that each must point to. */
import { always, stricter, type ReferenceElement } from '../../definitions/rule';
import { changing, referenceTo, unchanged } from '../common/example';

const NOWHERE = 'urn:uuid:00000000-0000-4000-8000-0000000000ff';

export const documentReferences: readonly ReferenceElement[] = [
  {
    path: 'subject',
    targets: ['Patient'],
    meant: 'the Patient of this Bundle',
    guidance: '3.4.5 DocumentReference.subject',
    resolvesId: 'vw-xref-02',
    literalId: 'vw-doc-12',
    unresolved: always('error'),
    mandatory: true,
    keeps: unchanged,
    breaks: changing('DocumentReference', (document) => {
      document.subject = { reference: NOWHERE };
    }),
    breaksLiteral: changing('DocumentReference', (document) => {
      document.subject = { display: 'The patient' };
    }),
  },
  {
    path: 'custodian',
    targets: ['Organization'],
    meant: 'the Organization of this Bundle that shares the document',
    guidance: '3.4.5 DocumentReference.custodian',
    resolvesId: 'vw-xref-03',
    literalId: 'vw-doc-16',
    unresolved: always('error'),
    mandatory: true,
    keeps: unchanged,
    breaks: changing('DocumentReference', (document) => {
      document.custodian = { reference: NOWHERE };
    }),
    breaksLiteral: changing('DocumentReference', (document) => {
      document.custodian = { display: 'The trust' };
    }),
  },
  {
    path: 'context.encounter',
    targets: ['Encounter', 'EpisodeOfCare'],
    meant: 'the Encounter of this Bundle',
    guidance: '3.4.5 DocumentReference.context.encounter',
    resolvesId: 'vw-xref-05',
    literalId: 'vw-doc-31',
    unresolved: stricter('warning', 'error'),
    mandatory: false,
    keeps: changing('DocumentReference', (document, summary) => {
      document.context = { encounter: [referenceTo(summary, 'Encounter')] };
    }),
    breaks: changing('DocumentReference', (document) => {
      document.context = { encounter: [{ reference: NOWHERE }] };
    }),
    breaksLiteral: changing('DocumentReference', (document) => {
      document.context = { encounter: [{ display: 'The stay' }] };
    }),
  },
  {
    path: 'author',
    targets: ['Practitioner', 'PractitionerRole', 'Organization', 'Device', 'Patient', 'RelatedPerson'],
    meant: 'the authoring Organization of this Bundle',
    guidance: '3.4.5 DocumentReference.author',
    resolvesId: 'vw-xref-07',
    literalId: 'vw-doc-14',
    unresolved: stricter('warning', 'error'),
    mandatory: false,
    keeps: changing('DocumentReference', (document, summary) => {
      document.author = [referenceTo(summary, 'Organization')];
    }),
    breaks: changing('DocumentReference', (document) => {
      document.author = [{ reference: NOWHERE }];
    }),
    breaksLiteral: changing('DocumentReference', (document) => {
      document.author = [{ display: 'The ward' }];
    }),
  },
];
