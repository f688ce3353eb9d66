/** The references of an Encounter in section 8 of the rules, and the type that each must point to. */
import { always, stricter, type ReferenceElement } from '../../definitions/rule';
import { changing, referenceTo, unchanged } from '../common/example';

const NOWHERE = 'urn:uuid:00000000-0000-4000-8000-0000000000ff';

export const encounterReferences: readonly ReferenceElement[] = [
  {
    path: 'subject',
    targets: ['Patient'],
    meant: 'the Patient of this Bundle',
    guidance: '3.4.4 Encounter.subject',
    resolvesId: 'vw-xref-01',
    literalId: 'vw-enc-10',
    unresolved: always('error'),
    mandatory: true,
    keeps: unchanged,
    breaks: changing('Encounter', (encounter) => {
      encounter.subject = { reference: NOWHERE };
    }),
    breaksLiteral: changing('Encounter', (encounter) => {
      encounter.subject = { display: 'The patient' };
    }),
  },
  {
    path: 'serviceProvider',
    targets: ['Organization'],
    meant: 'an Organization of this Bundle',
    guidance: '3.4.4 Encounter.serviceProvider',
    resolvesId: 'vw-xref-06',
    literalId: 'vw-enc-18',
    unresolved: stricter('warning', 'error'),
    mandatory: false,
    keeps: changing('Encounter', (encounter, summary) => {
      encounter.serviceProvider = referenceTo(summary, 'Organization');
    }),
    breaks: changing('Encounter', (encounter) => {
      encounter.serviceProvider = { reference: NOWHERE };
    }),
    breaksLiteral: changing('Encounter', (encounter) => {
      encounter.serviceProvider = { display: 'The virtual ward' };
    }),
  },
];
