/**
 * Decides in which of FHIR's two formats a request's body is, and in which one to answer: from Content-Type, Accept and
 * `_format`, with their generic names, quality values and wildcards.
 * @see https://hl7.org/fhir/R4/http.html#mime-type
 */
export type FhirFormat = 'json' | 'xml';

export interface ResponseFormat {
  format: FhirFormat;
  /** The media type of the answer: the requested one, or FHIR's own for a wildcard or a browser. */
  mediaType: string;
}

/** The formats of answers, the preferred first; a browser that requests pages gets JSON. */
const OFFERED: readonly { asked: string; format: FhirFormat; mediaType: string }[] = [
  { asked: 'application/fhir+json', format: 'json', mediaType: 'application/fhir+json' },
  { asked: 'application/fhir+xml', format: 'xml', mediaType: 'application/fhir+xml' },
  { asked: 'application/json', format: 'json', mediaType: 'application/json' },
  { asked: 'application/xml', format: 'xml', mediaType: 'application/xml' },
  { asked: 'text/json', format: 'json', mediaType: 'text/json' },
  { asked: 'text/xml', format: 'xml', mediaType: 'text/xml' },
  { asked: 'text/html', format: 'json', mediaType: 'application/fhir+json' },
];

/** The short values of `_format`, beside media types. */
const SHORT_NAMES: ReadonlyMap<string, string> = new Map([
  ['json', 'application/fhir+json'],
  ['xml', 'application/fhir+xml'],
]);

interface MediaRange {
  type: string;
  parameters: ReadonlyMap<string, string>;
}

/** The format of a body; undefined for another type, charset or version of FHIR (415). */
export function requestFormat(contentType: string | undefined): FhirFormat | undefined {
  if (contentType === undefined) return undefined;
  const range = mediaRange(contentType);
  if (!isAcceptable(range) || range.type === 'text/html') return undefined;
  return OFFERED.find(({ asked }) => asked === range.type)?.format;
}

/** The format of an answer; undefined when the caller accepts none of those offered (406). */
export function responseFormat(
  accept: string | undefined,
  _format: string | undefined,
): ResponseFormat | undefined {
  const wished = _format?.trim().replace(/ (?=json|xml)/i, '+');
  if (wished) return best(SHORT_NAMES.get(wished.toLowerCase()) ?? wished);
  return bestOf(accept?.trim() || '*/*');
}

/** The answers for the values of `Accept` that were seen first: callers send the same few again and again. */
const known = new Map<string, ResponseFormat | undefined>();
const MOST_KNOWN = 200;
const LONGEST_KNOWN = 256;

function bestOf(accept: string): ResponseFormat | undefined {
  if (known.has(accept)) return known.get(accept);
  const found = best(accept);
  if (known.size < MOST_KNOWN && accept.length <= LONGEST_KNOWN) known.set(accept, found);
  return found;
}

/**
 * Whether to answer a document in its own media type, or as a FHIR resource; undefined when neither is acceptable
 * (406). FHIR is chosen for one of its own media types with at least the quality of the document's type. The general
 * names of its formats (`application/xml`), which browsers send too, choose it only if the document's own type is not
 * accepted.
 */
export function ownOrFhir(
  mediaType: string,
  accept: string | undefined,
  _format: string | undefined,
): 'own' | 'fhir' | undefined {
  if (_format?.trim()) {
    if (_format.trim().toLowerCase() === mediaType && !FHIR_TYPES.includes(mediaType)) return 'own';
    const wished = responseFormat(undefined, _format);
    return wished && !/html/i.test(_format) ? 'fhir' : undefined;
  }
  const ranges = split(accept?.trim() || '*/*', ',')
    .map(mediaRange)
    .filter(isAcceptable);
  const own = mostExact(ranges, mediaType) ?? { quality: 0, exactness: 0 };
  const named = (asked: string): number => {
    const match = mostExact(ranges, asked);
    return match?.exactness === EXACT ? match.quality : 0;
  };
  const [json, xml, ...general] = OFFERED.filter(({ asked }) => asked !== 'text/html').map(({ asked }) =>
    named(asked),
  );
  const fhir = Math.max(json ?? 0, xml ?? 0);
  // For a document whose own type is FHIR, a range requests the document, and its exact type the resource.
  if (fhir > 0 && FHIR_TYPES.includes(mediaType)) return 'fhir';
  if (fhir > own.quality || (fhir > 0 && fhir === own.quality && own.exactness < EXACT)) return 'fhir';
  if (own.quality > 0) return 'own';
  return general.some((quality) => quality > 0) ? 'fhir' : undefined;
}

/** Whether a caller prefers one media type to the other, which is the default. */
export function prefers(mediaType: string, usual: string, accept: string | undefined): boolean {
  const ranges = split(accept?.trim() || '*/*', ',').map(mediaRange);
  const one = mostExact(ranges, mediaType);
  const other = mostExact(ranges, usual);
  if (!one || one.quality === 0) return false;
  if (!other || one.quality !== other.quality) return one.quality > (other?.quality ?? 0);
  return (
    one.exactness > other.exactness || (one.exactness === other.exactness && one.position < other.position)
  );
}

/** The offer of the highest quality; among equals, the one requested most exactly, then the first. */
function best(accept: string): ResponseFormat | undefined {
  const ranges = split(accept, ',').map(mediaRange).filter(isAcceptable);
  let found: { offer: ResponseFormat; rank: number[] } | undefined;
  for (const { asked, format, mediaType } of OFFERED) {
    const match = mostExact(ranges, asked);
    if (!match || match.quality === 0) continue;
    const rank = [match.quality, match.exactness, -match.position];
    if (!found || isHigher(rank, found.rank)) found = { offer: { format, mediaType }, rank };
  }
  return found?.offer;
}

/** A range applies to a type only if no more exact one does, so `application/fhir+json;q=0` excludes that type. */
function mostExact(ranges: readonly MediaRange[], asked: string) {
  let found: { quality: number; exactness: number; position: number } | undefined;
  for (const [position, range] of ranges.entries()) {
    const exactness = exactnessOf(range.type, asked);
    if (exactness === 0 || (found && found.exactness >= exactness)) continue;
    found = { quality: qualityOf(range), exactness, position };
  }
  return found;
}

const EXACT = 3;
const FHIR_TYPES: readonly string[] = ['application/fhir+json', 'application/fhir+xml'];

function exactnessOf(range: string, asked: string): number {
  if (range === asked) return EXACT;
  if (range === '*/*') return 1;
  return range.endsWith('/*') && asked.startsWith(range.slice(0, -1)) ? 2 : 0;
}

function qualityOf(range: MediaRange): number {
  const quality = Number(range.parameters.get('q') ?? 1);
  return quality >= 0 && quality <= 1 ? quality : 0;
}

function isHigher(one: readonly number[], other: readonly number[]): boolean {
  const index = one.findIndex((value, at) => value !== other[at]);
  return index >= 0 && (one[index] ?? 0) > (other[index] ?? 0);
}

/** FHIR is UTF-8 (of which US-ASCII is a part), and this is R4; other parameters (`version`, `profile`) change nothing here. */
function isAcceptable({ parameters }: MediaRange): boolean {
  const charset = parameters.get('charset') ?? 'utf-8';
  const fhirVersion = parameters.get('fhirversion') ?? '4.0';
  return /^(?:utf-?8|us-ascii)$/i.test(charset) && /^4\.0(?:\.[01])?$/.test(fhirVersion);
}

function mediaRange(text: string): MediaRange {
  const [type = '', ...rest] = split(text, ';');
  const parameters = new Map<string, string>();
  for (const parameter of rest) {
    const equals = parameter.indexOf('=');
    if (equals < 0) continue;
    const value = parameter.slice(equals + 1).trim();
    parameters.set(parameter.slice(0, equals).trim().toLowerCase(), value.replace(/^"(.*)"$/, '$1'));
  }
  return { type: type.trim().toLowerCase(), parameters };
}

/** Splits at a separator outside double quotes. */
function split(text: string, separator: ',' | ';'): string[] {
  const pieces: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (character === '"') isQuoted = !isQuoted;
    if (character !== separator || isQuoted) continue;
    pieces.push(text.slice(start, index));
    start = index + 1;
  }
  pieces.push(text.slice(start));
  return pieces;
}
