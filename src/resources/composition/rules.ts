/** What R4 asks of the head of a document, beyond its elements. @see https://hl7.org/fhir/R4/documents.html#content */
import { always, type EntryView, type Finding, type Rule } from '../../definitions/rule';
import { MOST_LEVELS } from '../../fhir/json/scan-json';
import { isObject, listOf, type Json, type JsonObject } from '../../fhir/types';
import { leadInside } from '../common/inside-rules';
import { referencesAt, targetOf, type PlacedReference } from '../common/reference-rules';
import { asDocument } from './example';

const unchanged = asDocument(() => undefined);
const NOWHERE = { reference: 'urn:uuid:00000000-0000-4000-8000-0000000000ff' };

const whatItNamesIsInTheDocument: Rule = {
  id: 'comp-01',
  severity: always('error'),
  code: 'not-found',
  guidance: 'R4 Composition',
  claim:
    'The resources that a document’s Composition refers to (subject, encounter, authors, attesters, custodian, events) are in the document.',
  *check(composition, context, entry: EntryView): Iterable<Finding> {
    for (const path of ['subject', 'encounter', 'author', 'attester.party', 'custodian', 'event.detail'])
      yield* leadInside(referencesAt(composition, path), 'document', context, entry);
  },
  examples: {
    keeps: unchanged,
    breaks: asDocument((composition) => {
      composition.custodian = NOWHERE;
    }),
  },
};

const sectionsAreInTheDocument: Rule = {
  id: 'comp-02',
  severity: always('error'),
  code: 'not-found',
  guidance: 'R4 Composition.section',
  claim:
    'The resources that the sections of a document refer to (entries, authors, focus) are in the document.',
  *check(composition, context, entry: EntryView): Iterable<Finding> {
    yield* leadInside(sectionReferences(composition, '', 0), 'document', context, entry);
  },
  examples: {
    keeps: unchanged,
    breaks: asDocument((composition) => {
      (composition.section as JsonObject[]).push({ title: 'Readings', entry: [NOWHERE] });
    }),
  },
};

const subjectIsThePatient: Rule = {
  id: 'comp-03',
  severity: always('error'),
  code: 'value',
  guidance: 'R4 Composition.subject',
  claim: 'The subject of a document is the Patient of the Bundle.',
  *check(composition, context, entry: EntryView): Iterable<Finding> {
    if (!context.isSummary) return;
    if (composition.subject === undefined) {
      yield {
        element: 'subject',
        severity: always('warning'),
        code: 'required',
        text: 'The Composition has no subject. Send the fullUrl of the Patient of this Bundle as subject.',
      };
      return;
    }
    for (const { reference, place } of referencesAt(composition, 'subject')) {
      const target = targetOf(context.resolve(reference, entry));
      if (target === undefined || target.resourceType === 'Patient') continue;
      yield {
        element: place,
        text: 'The subject points to a resource that is not a Patient. Use the fullUrl of the Patient of this Bundle.',
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: asDocument((composition) => {
      delete composition.subject;
    }),
  },
};

/** The references of all sections, those within others included. */
function* sectionReferences(holder: JsonObject, path: string, depth: number): Iterable<PlacedReference> {
  if (depth > MOST_LEVELS) return;
  for (const [index, section] of listOf<Json>(holder.section as Json).entries()) {
    if (!isObject(section)) continue;
    const at = `${path}section[${index}]`;
    for (const name of ['author', 'focus', 'entry'])
      for (const { reference, place } of referencesAt(section, name))
        yield { reference, place: `${at}.${place}` };
    yield* sectionReferences(section, `${at}.`, depth + 1);
  }
}

export const rules: readonly Rule[] = [
  whatItNamesIsInTheDocument,
  sectionsAreInTheDocument,
  subjectIsThePatient,
];
