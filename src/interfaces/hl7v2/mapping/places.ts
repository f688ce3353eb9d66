/**
 * Which field a place of the Bundle came from: `Bundle.entry[2].resource.period.start` is PV1-44. The check of the
 * Bundle reports a fault at a place of the Bundle; the sender is told the field.
 */
import type { Message, Place, Segment } from '../message';
import { orderOf } from './order-of';

/** The field of a place of the Bundle; undefined where no field stands behind it. */
export type Places = (expression: string | undefined) => Place | undefined;

/** The elements of a resource, and the segment and field of each. The longest path that fits decides. */
type Fields = Readonly<Record<string, readonly [segment: string, field?: number]>>;

const PATIENT: Fields = {
  '': ['PID'],
  identifier: ['PID', 3],
  name: ['PID', 5],
  birthDate: ['PID', 7],
  gender: ['PID', 8],
  address: ['PID', 11],
  telecom: ['PID', 13],
  deceased: ['PID', 30],
  deceasedBoolean: ['PID', 30],
  deceasedDateTime: ['PID', 29],
  generalPractitioner: ['PD1', 3],
};

const ORGANIZATION: Fields = { '': ['MSH', 4] };

const ENCOUNTER: Fields = {
  '': ['PV1'],
  class: ['PV1', 2],
  identifier: ['PV1', 19],
  period: ['PV1', 44],
  'period.end': ['PV1', 45],
  status: ['PV1', 45],
};

const DOCUMENT: Fields = {
  '': ['TXA'],
  type: ['TXA', 2],
  date: ['TXA', 4],
  masterIdentifier: ['TXA', 12],
  docStatus: ['TXA', 17],
  securityLabel: ['TXA', 18],
  status: ['TXA', 19],
  content: ['OBX', 5],
  'content.attachment.title': ['TXA', 16],
  'content.attachment.creation': ['TXA', 4],
};

/** A result has no TXA. */
const DOCUMENT_OF_RESULT: Fields = {
  '': ['OBR'],
  type: ['OBR', 4],
  date: ['OBR', 22],
  masterIdentifier: ['OBR', 3],
  docStatus: ['OBR', 25],
  content: ['OBX', 5],
  'content.attachment.title': ['OBR', 4],
  'content.attachment.creation': ['OBR', 22],
};

const OBSERVATION: Fields = {
  '': ['OBX'],
  code: ['OBX', 3],
  value: ['OBX', 5],
  valueInteger: ['OBX', 5],
  valueQuantity: ['OBX', 5],
  'valueQuantity.unit': ['OBX', 6],
  'valueQuantity.code': ['OBX', 6],
  'valueQuantity.system': ['OBX', 6],
  status: ['OBX', 11],
  effective: ['OBX', 14],
  effectiveDateTime: ['OBX', 14],
  identifier: ['OBX', 21],
};

const BUNDLE: Fields = { 'meta.lastUpdated': ['MSH', 7], identifier: ['TXA', 12] };

/** @param readings the segments of the Observations, which follow the four other entries */
export function placesOf(message: Message, document: Segment, readings: readonly Segment[]): Places {
  const order = orderOf(message);
  const ofDocument = message.first('TXA') || order === undefined ? DOCUMENT : DOCUMENT_OF_RESULT;
  const entries: readonly Fields[] = [PATIENT, ORGANIZATION, ENCOUNTER, ofDocument];
  return (expression) => {
    if (expression === undefined) return undefined;
    const path = expression.replace(/\.where\([^)]*\)|\.ofType\([^)]*\)/g, '');
    const entry = /^Bundle\.entry\[(\d+)\](?:\.resource)?(?:\.(.*))?$/.exec(path);
    if (!entry) return placeIn(BUNDLE, path.replace(/^Bundle\.?/, ''), () => 1);
    const index = Number(entry[1]);
    const reading = readings[index - entries.length];
    const fields = entries[index] ?? (reading && OBSERVATION);
    if (!fields) return undefined;
    const sequence = (segment: string): number =>
      segment === 'OBX' ? (reading ?? document).sequence : segment === 'OBR' ? (order?.sequence ?? 1) : 1;
    return placeIn(fields, entry[2] ?? '', sequence);
  };
}

function placeIn(fields: Fields, path: string, sequenceOf: (segment: string) => number): Place | undefined {
  const parts = path.replace(/\[\d+\]/g, '').split('.');
  for (let length = parts.length; length >= 0; length -= 1) {
    const found = fields[parts.slice(0, length).join('.')];
    if (found === undefined) continue;
    const [segment, field] = found;
    return { segment, sequence: sequenceOf(segment), ...(field === undefined ? {} : { field }) };
  }
  return undefined;
}
