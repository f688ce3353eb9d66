/**
 * Dates and times: `20230115152500+0000` as FHIR writes it. A time without a zone is civil time in the United Kingdom.
 * What is no time stays as it came, so that the check of FHIR reports it at its field.
 */
import { dateRange, londonOffset } from '../../fhir/date';

const SHAPE = /^(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,4}))?)?)?)?)?)?([+-]\d{4})?$/;

interface Parts {
  day: string;
  clock: string;
  zone: string;
}

/** Of what is no time no more is kept: OBR-7 stands in each reading of its order. */
const LONGEST = 64;

/** `2023-01-15T15:25:00+00:00`, or as much of it as was given; the text itself, cut off, when it is no time. */
export function dateTimeOf(text: string): string {
  if (text.length > LONGEST) return `${text.slice(0, LONGEST)}…`;
  const match = SHAPE.exec(text.trim());
  if (!match) return text;
  const [, year = '', month, day, hour] = match;
  const date = [year, month, day].filter((part) => part !== undefined).join('-');
  if (hour === undefined) return dateRange(date) ? date : text;
  const time = timeOf(match);
  const whole = time && `${time.day}T${time.clock}${time.zone}`;
  return whole !== undefined && dateRange(whole) ? whole : text;
}

/**
 * When a message was sent, for the order of messages: what is less precise is its first moment. Of messages of the same
 * second, a replacement follows a document, and a retraction follows both.
 */
export function sentAtOf(text: string, trigger: string): string {
  const instant = instantOf(text);
  const after = trigger === 'T11' ? '.002' : trigger === 'T10' ? '.001' : '';
  return instant.replace(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?=[+-])/, `$1${after}`);
}

/** What is less precise is its first moment. */
export function instantOf(text: string): string {
  const value = dateTimeOf(text);
  if (!SHAPE.test(text.trim()) || !/^\d{4}(?:-\d\d){0,2}$/.test(value)) return value;
  const [year = '', month = '01', day = '01'] = value.split('-');
  return dateTimeOf(`${year}${month}${day}000000`);
}

/** `1950-03-14`: the date alone. */
export function dateOf(text: string): string {
  const value = dateTimeOf(text);
  return value === text || text.length > LONGEST ? value : value.slice(0, 10);
}

function timeOf([, year, month, day, hour, minute, second, fraction, zone]: readonly (string | undefined)[]):
  Parts | undefined {
  const date = `${year}-${month}-${day}`;
  const clock = `${hour}:${minute ?? '00'}:${second ?? '00'}`;
  const shown = Date.parse(`${date}T${clock}Z`);
  if (Number.isNaN(shown)) return undefined;
  return {
    day: date,
    clock: fraction === undefined ? clock : `${clock}.${fraction}`,
    zone: zone === undefined ? zoneText(londonOffset(shown)) : `${zone.slice(0, 3)}:${zone.slice(3)}`,
  };
}

function zoneText(minutes: number): string {
  const size = Math.abs(minutes);
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
