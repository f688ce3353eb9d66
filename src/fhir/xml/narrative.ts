/**
 * Reads the XHTML of a narrative while its document is parsed. JSON contains it as a separate text, so the text is used
 * as sent if it is complete in itself. If it depends on the document around it (a prefix declared further up), or uses
 * what FHIR does not allow (comments, CDATA), it is written again with the same content.
 * @see https://hl7.org/fhir/R4/narrative.html
 */
import type { SaxesTagNS } from 'saxes';
import { escapeAttribute, escapeText } from './escape-xml';
import { XHTML_NAMESPACE } from './xml-elements';
import { XmlFault, quotedName } from './xml-fault';

export interface Narrative {
  open(tag: SaxesTagNS): void;
  text(text: string): void;
  /** @returns true when the tag that ended is the div itself */
  close(): boolean;
  /** @param end where the div's end tag ends in the document */
  xhtml(end: number): string;
}

/** Comments, CDATA, processing instructions, and line ends that XML reads as another. */
const NOT_KEPT = /<[!?]|\r/;

/** @param start where the div's start tag begins in the document */
export function narrative(document: string, start: number): Narrative {
  const open: { name: string; isEmpty: boolean }[] = [];
  let written = '';
  let standsAlone = true;
  let startTagIsOpen = false;

  function finishStartTag(): void {
    if (startTagIsOpen) written += '>';
    startTagIsOpen = false;
  }

  return {
    open(tag) {
      finishStartTag();
      const isDiv = open.length === 0;
      if (isDiv && tag.attributes.xmlns?.value !== XHTML_NAMESPACE) standsAlone = false;
      if (tag.prefix !== '') {
        standsAlone = false;
        if (tag.uri !== XHTML_NAMESPACE) throw foreign(tag.name);
      }
      written += isDiv ? `<div xmlns="${XHTML_NAMESPACE}"` : `<${tag.local}`;
      for (const { name, prefix, value } of Object.values(tag.attributes)) {
        if (prefix !== '' && prefix !== 'xml' && prefix !== 'xmlns') throw foreign(name);
        if (prefix === 'xmlns' || (isDiv && name === 'xmlns')) continue;
        written += ` ${name}="${escapeAttribute(value)}"`;
      }
      open.push({ name: tag.local, isEmpty: tag.isSelfClosing });
      startTagIsOpen = true;
    },
    text(text) {
      finishStartTag();
      written += escapeText(text);
    },
    close() {
      const closed = open.pop();
      if (startTagIsOpen && closed?.isEmpty) {
        written += '/>';
        startTagIsOpen = false;
      } else {
        finishStartTag();
        written += `</${closed?.name ?? 'div'}>`;
      }
      return open.length === 0;
    },
    xhtml(end) {
      const sent = document.slice(start, end);
      return standsAlone && !NOT_KEPT.test(sent) ? sent : written;
    },
  };
}

function foreign(name: string): XmlFault {
  const sentence = `${quotedName(name).trim() || 'a name'} in a narrative is not in the XHTML namespace`;
  return new XmlFault('xml-namespace', sentence);
}
