/** Builds messages for the tests: a summary as MDM^T02 with a PDF, whose fields a test changes one by one. */
import { samplePdf } from '../../src/demo/pdf';

export type Fields = Readonly<Record<number, string>>;

export interface MessageOptions {
  type?: string;
  id?: string;
  version?: string;
  sentAt?: string;
  charset?: string;
  document?: string;
  /** Changes of single fields by segment: `{ PV1: { 44: '' } }`. */
  fields?: Readonly<Record<string, Fields>>;
  /** Segments that the message lacks. */
  without?: readonly string[];
  /** OBX-5 with its separators; the PDF as base64 unless given. */
  value?: string;
  /** OBX-2. */
  valueType?: string;
  /** More lines at the end. */
  more?: readonly string[];
  sender?: string;
}

let count = 0;

export const nextId = (): string => `MSG${process.pid}${String((count += 1)).padStart(5, '0')}`;

export const pdfBase64 = (): string => samplePdf().toString('base64');

/** A segment of so many fields as its last one has a number. MSH-1 is the separator itself. */
function segment(name: string, fields: Fields): string {
  const last = Math.max(0, ...Object.keys(fields).map(Number));
  const values = Array.from({ length: last }, (_, index) => fields[index + 1] ?? '');
  return name === 'MSH' ? `MSH|${values.slice(1).join('|')}` : [name, ...values].join('|');
}

export function aMessage(options: MessageOptions = {}): string {
  const {
    type = 'MDM^T02^MDM_T02',
    id = nextId(),
    version = '2.5.1',
    sentAt = '20250301101500',
    charset = 'UNICODE UTF-8',
    document = `DOC-${id}`,
    sender = 'RPM|TRUST',
    valueType = 'ED',
    value = `RPM^AP^PDF^Base64^${pdfBase64()}`,
  } = options;
  const [application = '', facility = ''] = sender.split('|');
  const trigger = type.split('^')[1] ?? '';
  const segments: [string, Fields][] = [
    [
      'MSH',
      {
        2: '^~\\&',
        3: application,
        4: facility,
        5: 'HOMEWARD',
        6: 'GP',
        7: sentAt,
        9: type,
        10: id,
        11: 'P',
        12: version,
        18: charset,
      },
    ],
    ['EVN', { 1: trigger, 2: sentAt }],
    [
      'PID',
      {
        1: '1',
        3: '9994762788^^^NHS^NH~A123456^^^RR8^MR',
        5: 'Testfamily^Testgiven^Middle^^Mrs^^L',
        7: '19500314',
        8: 'F',
        11: '1 Test Street^^Leeds^^LS1 4AP^^H',
      },
    ],
    ['PV1', { 1: '1', 2: 'I', 19: `V-${id}^^^RR8^VN`, 44: '20250220093000', 45: '20250301093000' }],
    [
      'TXA',
      {
        1: '1',
        2: '371534008^Summary report^SCT',
        3: 'AP',
        4: '20250301100000',
        12: document,
        16: 'summary.pdf',
        17: 'AU',
        19: 'AV',
      },
    ],
    ['OBX', { 1: '1', 2: valueType, 3: 'VW^Virtual ward summary^L', 5: value, 11: 'F' }],
  ];
  const { fields = {}, without = [], more = [] } = options;
  return [
    ...segments
      .filter(([name]) => !without.includes(name))
      .map(([name, usual]) => segment(name, { ...usual, ...fields[name] })),
    ...more,
    '',
  ].join('\r');
}

/** A text as a field has it. */
export const escaped = (text: string): string =>
  text.replace(
    /[\\|^~&]/g,
    (each) => ({ '\\': '\\E\\', '|': '\\F\\', '^': '\\S\\', '~': '\\R\\', '&': '\\T\\' })[each] ?? each,
  );

export const ofBundle = (bytes: Buffer | string): string =>
  `RPM^application^fhir+json^Base64^${Buffer.from(bytes).toString('base64')}`;

/** A reading as a result: OBX with SNOMED CT. */
export const aReading = (number: number, code: string, value: string, unit: string, status = 'F'): string =>
  segment('OBX', {
    1: String(number),
    2: 'NM',
    3: code,
    5: value,
    6: unit,
    11: status,
    14: '20250228080000',
  });
