/**
 * What the patients of the demonstration are cared for, and which readings it moves: 1 is much, 0 not at all.
 */
export interface Condition {
  /** SNOMED CT. */
  code: string;
  display: string;
  /** In the words of the page that a clinician reads. */
  words: string;
  breath: number;
  fever: number;
  circulation: number;
  /** Where true, the patient may be on oxygen at home, with saturation scored by scale 2. */
  hypercapnic?: boolean;
}

export const CONDITIONS: readonly Condition[] = [
  {
    code: '195951007',
    display: 'Acute exacerbation of chronic obstructive airways disease',
    words: 'Acute exacerbation of COPD',
    breath: 1,
    fever: 0.4,
    circulation: 0.4,
    hypercapnic: true,
  },
  {
    code: '233604007',
    display: 'Pneumonia',
    words: 'Community-acquired pneumonia',
    breath: 1,
    fever: 1,
    circulation: 0.9,
  },
  {
    code: '840539006',
    display: 'Disease caused by severe acute respiratory syndrome coronavirus 2',
    words: 'COVID-19',
    breath: 0.9,
    fever: 0.9,
    circulation: 0.5,
  },
  {
    code: '84114007',
    display: 'Heart failure',
    words: 'Decompensated heart failure',
    breath: 0.8,
    fever: 0.05,
    circulation: 0.9,
  },
  {
    code: '128045006',
    display: 'Cellulitis',
    words: 'Cellulitis, intravenous antibiotics at home',
    breath: 0.3,
    fever: 1,
    circulation: 0.8,
  },
  {
    code: '68566005',
    display: 'Urinary tract infectious disease',
    words: 'Urinary tract infection',
    breath: 0.4,
    fever: 1,
    circulation: 1,
  },
];
