/** The references of an Observation in section 8 of the rules, and the type that each must point to. */
import { always, stricter, type ReferenceElement } from '../../definitions/rule';
import { changing, referenceTo, unchanged } from '../common/example';
import type { Json } from '../../fhir/types';
import { withNews2 } from './news2-example';

const NOWHERE = 'urn:uuid:00000000-0000-4000-8000-0000000000ff';
const MEMBERS = ['Observation', 'QuestionnaireResponse', 'MolecularSequence'];

export const observationReferences: readonly ReferenceElement[] = [
  {
    path: 'subject',
    targets: ['Patient'],
    meant: 'the Patient of this Bundle',
    guidance: '3.4.6 Observation.subject',
    resolvesId: 'vw-xref-04',
    literalId: 'vw-obs-12',
    unresolved: always('error'),
    mandatory: true,
    keeps: unchanged,
    breaks: changing('Observation', (observation) => {
      observation.subject = { reference: NOWHERE };
    }),
    breaksLiteral: changing('Observation', (observation) => {
      observation.subject = { display: 'The patient' };
    }),
  },
  {
    path: 'performer',
    targets: ['Practitioner', 'PractitionerRole', 'Organization', 'CareTeam', 'Patient', 'RelatedPerson'],
    meant: 'the Patient or an Organization of this Bundle',
    guidance: '3.4.6 Observation.performer',
    resolvesId: 'vw-xref-08',
    literalId: 'vw-obs-17',
    unresolved: stricter('warning', 'error'),
    mandatory: false,
    keeps: changing('Observation', (observation, summary) => {
      observation.performer = [referenceTo(summary, 'Organization')];
    }),
    breaks: changing('Observation', (observation) => {
      observation.performer = [{ reference: NOWHERE }];
    }),
    breaksLiteral: changing('Observation', (observation) => {
      observation.performer = [{ display: 'The ward' }];
    }),
  },
  {
    path: 'hasMember',
    targets: MEMBERS,
    meant: 'another Observation of this Bundle',
    guidance: '3.4.6 Observation.hasMember',
    resolvesId: 'vw-xref-09',
    literalId: 'vw-obs-24',
    unresolved: stricter('warning', 'error'),
    mandatory: false,
    keeps: unchanged,
    breaks: withNews2(({ total }) => {
      total.hasMember = [...(total.hasMember as Json[]), { reference: NOWHERE }];
    }),
    breaksLiteral: withNews2(({ total }) => {
      total.hasMember = [...(total.hasMember as Json[]), { display: 'The pulse score' }];
    }),
  },
  {
    path: 'derivedFrom',
    targets: [...MEMBERS, 'DocumentReference', 'ImagingStudy', 'Media'],
    meant: 'another Observation of this Bundle',
    guidance: '3.4.6 Observation.derivedFrom',
    resolvesId: 'vw-xref-10',
    literalId: 'vw-obs-26',
    unresolved: stricter('warning', 'error'),
    mandatory: false,
    keeps: unchanged,
    breaks: changing('Observation', (observation) => {
      observation.derivedFrom = [{ reference: NOWHERE }];
    }),
    breaksLiteral: changing('Observation', (observation) => {
      observation.derivedFrom = [{ display: 'The pulse' }];
    }),
  },
  {
    path: 'encounter',
    targets: ['Encounter'],
    meant: 'the Encounter of this Bundle',
    guidance: '3.4.6 Observation.encounter',
    resolvesId: 'vw-xref-11',
    unresolved: always('information'),
    mandatory: false,
    keeps: changing('Observation', (observation, summary) => {
      observation.encounter = referenceTo(summary, 'Encounter');
    }),
    breaks: changing('Observation', (observation) => {
      observation.encounter = { reference: NOWHERE };
    }),
  },
];
