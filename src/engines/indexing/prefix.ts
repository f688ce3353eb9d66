/** The prefixes of dates, numbers and quantities. @see https://hl7.org/fhir/R4/search.html#prefix */
export type Prefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap';

/** The prefix (`eq` unless given) and the rest. */
export function takePrefix(text: string): [Prefix, string] {
  const match = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)(?=[\d.+-])/.exec(text);
  return match === null ? ['eq', text] : [match[1] as Prefix, text.slice(2)];
}
