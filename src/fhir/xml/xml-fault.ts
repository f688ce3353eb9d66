/**
 * The faults of XML that cannot be read as FHIR, as sentences for the sender. The sentences never repeat what was sent,
 * apart from names of elements, because they may be logged.
 * @see https://hl7.org/fhir/R4/xml.html
 */
import type { Issue } from '../issue';

export const XML_SOURCE = 'FHIR R4 XML, https://hl7.org/fhir/R4/xml.html';

export type XmlRule =
  | 'xml-syntax'
  | 'xml-encoding'
  | 'xml-doctype'
  | 'xml-crowded-tag'
  | 'xml-depth'
  | 'xml-no-namespace'
  | 'xml-namespace'
  | 'xml-root'
  | 'xml-resource'
  | 'xml-resourcetype-child'
  | 'xml-name'
  | 'xml-attribute'
  | 'xml-text';

/** Thrown to stop the parser, which can be stopped in no other way, and caught in `parse-xml.ts`. */
export class XmlFault extends Error {
  constructor(
    readonly rule: XmlRule,
    /** The fault and how to correct it, to follow "Line 1, column 2:" */
    readonly sentence: string,
    readonly expression?: string,
  ) {
    super(rule);
  }
}

export function xmlIssue(rule: XmlRule, text: string, expression?: string): Issue {
  const issue: Issue = { severity: 'fatal', code: 'structure', rule, text, source: XML_SOURCE };
  return expression === undefined ? issue : { ...issue, expression };
}

/** A name that may be repeated to its sender: short, and letters only. */
export function quotedName(name: string): string {
  return /^[A-Za-z]{1,40}(?::[A-Za-z]{1,40})?$/.test(name) ? ` "${name}"` : '';
}

const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [
    /undefined entity|entity name/,
    'this entity is not part of XML. Use only &amp;, &lt;, &gt;, &quot;, &apos; and character references such as &#160;',
  ],
  [/malformed character entity/, 'a character reference does not name a character that XML allows'],
  [/unexpected close tag|unmatched closing tag/, 'a closing tag does not match the element that is open'],
  [
    /unclosed tag|unexpected end|must contain a root/,
    'the text ends before every element is closed. Check that it was not cut off',
  ],
  [/unbound namespace prefix/, 'no xmlns: attribute declares this prefix'],
  [/duplicate attribute/, 'an element has the same attribute twice'],
  [/outside of root|only one root/, 'there is content outside the root element. Send one resource only'],
  [/doctype/, 'there is a DOCTYPE, which FHIR does not allow. Remove it'],
  [/malformed comment/, 'a comment contains two hyphens, or does not end with -->'],
  [/forward-slash/, 'a tag has a slash that is not followed by >'],
  [/"]]>"/, 'there is ]]> in text. Write it as ]]&gt;'],
  [/prefix|namespace|malformed name|"xmlns"/, 'a prefix or a namespace declaration is not valid XML'],
  [
    /disallowed character/,
    'there is a character that XML does not allow here. Write & as &amp; and < as &lt;',
  ],
  [/unquoted|no whitespace between|attribute/, 'an attribute is not written as name="value"'],
  [
    /XML declaration|version|expect|^\d+:\d+: value |standalone|encoding value|whitespace required|before root/,
    'the XML declaration is not valid. Write <?xml version="1.0" encoding="UTF-8"?>',
  ],
];

/** The sentence for a body that begins like JSON. */
export const LOOKS_LIKE_JSON = 'this looks like JSON. Send it as application/fhir+json';

/** The sentence for an error of the XML parser. */
export function sentenceFor(parserMessage: string): string {
  const found = SENTENCES.find(([pattern]) => pattern.test(parserMessage));
  return found ? found[1] : 'it is not well-formed XML';
}
