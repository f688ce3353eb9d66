/** The searches that an NHS reader makes: a GP system, a trust's record, a shared care record. */
export interface NhsSearch {
  /** Who asks, and what for. */
  purpose: string;
  type: string;
  params: (facts: NhsFacts) => [string, string][];
}

/** What the reader knows when it asks. */
export interface NhsFacts {
  /** `system|value` of the NHS number. */
  nhsNumber: string;
  patient: string;
  encounter: string;
  organisation: string;
  observation: string;
  family: string;
  birthDate: string;
  /** `system|value` of a document and of a reading. */
  documentIdentifier: string;
  readingIdentifier: string;
}

const NEWS2_TOTAL = 'http://snomed.info/sct|1104051000000101';

export const nhsSearches: readonly NhsSearch[] = [
  {
    purpose: 'Find the patient by NHS number',
    type: 'Patient',
    params: (f) => [['identifier', f.nhsNumber]],
  },
  {
    purpose: 'Find the patient by family name and birth date',
    type: 'Patient',
    params: (f) => [
      ['family', f.family],
      ['birthdate', f.birthDate],
    ],
  },
  {
    purpose: 'List the stays of a patient',
    type: 'Encounter',
    params: (f) => [
      ['patient', f.patient],
      ['_sort', '-date'],
    ],
  },
  {
    purpose: 'List the stays by NHS number',
    type: 'Encounter',
    params: (f) => [['patient:identifier', f.nhsNumber]],
  },
  {
    purpose: 'List the stays by NHS number, chained',
    type: 'Encounter',
    params: (f) => [
      ['patient.identifier', f.nhsNumber],
      ['date', 'ge2023-01-01'],
    ],
  },
  {
    purpose: 'Find the finished stays of a trust',
    type: 'Encounter',
    params: (f) => [
      ['service-provider', f.organisation],
      ['status', 'finished'],
    ],
  },
  {
    purpose: 'List the documents by NHS number, newest first (ITI-67)',
    type: 'DocumentReference',
    params: (f) => [
      ['patient.identifier', f.nhsNumber],
      ['status', 'current'],
      ['_sort', '-date'],
    ],
  },
  {
    purpose: 'List the documents of a type (IPA)',
    type: 'DocumentReference',
    params: (f) => [
      ['patient', f.patient],
      ['type', 'http://snomed.info/sct|371534008'],
      ['date', 'ge2023-01'],
    ],
  },
  {
    purpose: 'List the documents as the record locator does',
    type: 'DocumentReference',
    params: (f) => [['subject:identifier', f.nhsNumber]],
  },
  {
    purpose: 'Find the document of a stay',
    type: 'DocumentReference',
    params: (f) => [['encounter', f.encounter]],
  },
  {
    purpose: 'Find a document by its identifier',
    type: 'DocumentReference',
    params: (f) => [['identifier', f.documentIdentifier]],
  },
  {
    purpose: 'List a trust’s newest documents',
    type: 'DocumentReference',
    params: (f) => [
      ['custodian', f.organisation],
      ['_sort', '-date'],
      ['_count', '20'],
    ],
  },
  {
    purpose: 'Read the NEWS2 totals as a trend',
    type: 'Observation',
    params: (f) => [
      ['patient', f.patient],
      ['code', NEWS2_TOTAL],
      ['_sort', 'date'],
    ],
  },
  {
    purpose: 'Read the vital signs since a day (IPA)',
    type: 'Observation',
    params: (f) => [
      ['patient:identifier', f.nhsNumber],
      ['category', 'vital-signs'],
      ['date', 'ge2023-01-08'],
    ],
  },
  {
    purpose: 'Read everything of a stay',
    type: 'Observation',
    params: (f) => [
      ['encounter', f.encounter],
      ['_include', 'Observation:has-member'],
    ],
  },
  {
    purpose: 'Find a reading by its identifier',
    type: 'Observation',
    params: (f) => [['identifier', f.readingIdentifier]],
  },
  {
    purpose: 'Poll for what is new',
    type: 'DocumentReference',
    params: () => [
      ['_lastUpdated', 'gt2099-01-01'],
      ['_sort', '_lastUpdated'],
    ],
  },
  {
    purpose: 'See where a reading came from',
    type: 'Provenance',
    params: (f) => [['target', f.observation]],
  },
];

/** The part of a page's statement that says what is found, as `docs/searches.md` shows it. */
export function heartOf(statement: string): string {
  const [, where = '', order = ''] = /AS r( WHERE .*?)? ORDER BY (.*?) LIMIT/.exec(statement) ?? [];
  return `${where.trim()}\nORDER BY ${order}\n`;
}
