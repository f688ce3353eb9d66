/**
 * Writes a narrative's div for an XML document. Text that is well-formed XHTML is written unchanged. Text that would
 * break the document is escaped and written as words, so that nothing is lost.
 * @see https://hl7.org/fhir/R4/narrative.html
 */
import { SaxesParser } from 'saxes';
import { escapeText, xmlCharacters } from './escape-xml';
import { XHTML_NAMESPACE } from './xml-elements';

const DIV = `<div xmlns="${XHTML_NAMESPACE}"`;

export function narrativeXml(div: string): string {
  const text = xmlCharacters(div);
  if (isXhtmlDiv(text)) return text;
  const bare = /^\s*<div(?=[\s/>])/.exec(text);
  const named = bare ? DIV + text.slice(bare[0].length) : undefined;
  if (named !== undefined && isXhtmlDiv(named)) return named;
  return `${DIV}>${escapeText(text)}</div>`;
}

/** True of one well-formed div element in the namespace of XHTML, without a DOCTYPE or an XML declaration. */
function isXhtmlDiv(text: string): boolean {
  if (!text.startsWith('<div')) return false;
  const parser = new SaxesParser({ xmlns: true, position: false });
  let root = '';
  parser.on('opentag', ({ local, prefix, uri }) => {
    root ||= prefix === '' ? `${uri} ${local}` : 'prefixed';
  });
  try {
    parser.write(text).close();
  } catch {
    return false;
  }
  return root === `${XHTML_NAMESPACE} div`;
}
