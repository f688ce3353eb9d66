/** A virtual ward stay as a document: its documents, its Observations, and whatever else was sent. */
import type { StayDocument } from '../../definitions/stay-document';

export const stayDocument: StayDocument = {
  title: 'Virtual ward stay: supplementary remote monitoring data',
  documents: 'DocumentReference',
  readings: 'Observation',
  context: ['Patient', 'Encounter', 'Organization'],
  leftOut: ['Provenance'],
};
