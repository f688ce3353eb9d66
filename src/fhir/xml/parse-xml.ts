/**
 * Reads FHIR XML from bytes into the JSON shapes that all of Homeward uses. The document is read once, as a stream of
 * tags. A DTD is not allowed, so there are no entities to expand and nothing to fetch. A fault is a value with line and
 * column. Only comments and processing instructions are lost.
 * @see https://hl7.org/fhir/R4/xml.html
 */
import type { XMLDecl } from 'saxes';
import { SaxesParser, type SaxesTagNS } from 'saxes';
import type { Issue } from '../issue';
import { cutDocuments, putBack } from '../cut-documents';
import { atOnce, type Slices } from '../slices';
import { placeIn } from '../text-place';
import { listOf, type AnyResource } from '../types';
import { decodeUtf8InSlices } from '../utf8';
import { ResourceBuilder } from './build-resource';
import { findCrowdedTag, MAX_ATTRIBUTES, MAX_TAG_CHARACTERS } from './crowded-tag';
import type { Narrative } from './narrative';
import { narrative } from './narrative';
import type { XmlRule } from './xml-fault';
import { MAX_DEPTH } from './xml-elements';
import { LOOKS_LIKE_JSON, XmlFault, sentenceFor, xmlIssue } from './xml-fault';

export type ParsedXml = { ok: true; value: AnyResource; warnings: Issue[] } | { ok: false; issue: Issue };

/** The parser's own errors begin with line and column; any other error is a bug, not the sender's. */
const PARSER_MESSAGE = /^\d+:\d+: /;

const NOT_UTF_8 = 'Send it as UTF-8, without an XML declaration or with encoding="UTF-8".';

export const parseXml = (bytes: Buffer): ParsedXml => atOnce(parseXmlInSlices(bytes));

/** The same for a body, which may be large. */
export function* parseXmlInSlices(bytes: Buffer): Slices<ParsedXml> {
  const cut = yield* cutDocuments(bytes, isValueOfAttribute);
  if (cut.documents.length > 0) {
    const documents = putBack(cut);
    const parsed = yield* parseWhole(cut.bytes);
    if (parsed.ok) {
      const { entry } = parsed.value;
      for (const each of listOf(entry)) {
        documents.into(each);
        yield;
      }
      documents.into(parsed.value);
      if (documents.isWhole()) return parsed;
    }
    // A fault is described by its place in the body that was sent.
  }
  return yield* parseWhole(bytes);
}

const EQUALS = 0x3d;
const isValueOfAttribute = (bytes: Buffer, start: number): boolean => bytes[start - 2] === EQUALS;

function* parseWhole(bytes: Buffer): Slices<ParsedXml> {
  const decoded = yield* decodeUtf8InSlices(bytes);
  if (!decoded.ok) {
    const text = `The XML is not UTF-8 (line ${decoded.line}). ${NOT_UTF_8}`;
    return { ok: false, issue: xmlIssue('xml-encoding', text) };
  }
  if (/^\s*[{[]/.test(decoded.text)) {
    return { ok: false, issue: xmlIssue('xml-syntax', `The XML cannot be read: ${LOOKS_LIKE_JSON}.`) };
  }
  const crowded = yield* findCrowdedTag(decoded.text);
  if (crowded !== undefined) return { ok: false, issue: crowdedIssue(decoded.text, crowded) };
  const builder = new ResourceBuilder();
  const parser = saxParser(decoded.text, builder);
  try {
    yield* write(parser.parser, decoded.text);
  } catch (error) {
    return { ok: false, issue: issueOf(error, parser.parser, parser.fault() ? undefined : builder.place()) };
  }
  const { resource: value, warnings } = builder;
  const fault = parser.fault();
  if (fault) return { ok: false, issue: fault };
  return value
    ? { ok: true, value, warnings }
    : { ok: false, issue: xmlIssue('xml-syntax', 'The XML is empty.') };
}

/** So many characters are parsed in one slice. */
const SLICE = 32 * 1024;

/** Each part begins with a tag, unless an attribute or a text is longer. */
function* write(parser: SaxesParser<{ xmlns: true }>, text: string): Slices<void> {
  for (let start = 0, end: number; start < text.length; start = end) {
    const tag = text.slice(start + 1, start + SLICE + 1).lastIndexOf('<');
    end = start + SLICE >= text.length ? text.length : tag >= 0 ? start + 1 + tag : start + SLICE;
    parser.write(text.slice(start, end));
    yield;
  }
  parser.close();
}

/**
 * Few handlers, on purpose: V8 turns a parser with more than five into a slow object, and reading takes eight times
 * as long.
 */
function saxParser(
  text: string,
  builder: ResourceBuilder,
): { parser: SaxesParser<{ xmlns: true }>; fault: () => Issue | undefined } {
  const parser = new SaxesParser({ xmlns: true });
  let div: Narrative | undefined;
  let fault: Issue | undefined;
  let depth = 0;
  // After a fault of FHIR the parser reads on, because XML that is not well-formed is reported first.
  const building =
    <T>(take: (found: T) => void) =>
    (found: T): void => {
      if (fault) return;
      try {
        take(found);
      } catch (error) {
        if (!(error instanceof XmlFault) || ENDS_READING.has(error.rule)) throw error;
        fault = issueOf(error, parser, builder.place());
      }
    };
  parser.on('doctype', () => {
    throw new XmlFault('xml-doctype', 'there is a DOCTYPE, which FHIR does not allow. Remove it');
  });
  const build = building<SaxesTagNS>((tag) => {
    if (div) div.open(tag);
    else if (builder.open(tag) === 'narrative') {
      div = narrative(text, text.lastIndexOf('<', parser.position - 1));
      div.open(tag);
    } else if (builder.isAtRoot()) checkDeclaration(parser.xmlDecl);
  });
  const finish = building<SaxesTagNS>(() => {
    if (!div) builder.close();
    else if (div.close()) {
      builder.endNarrative(div.xhtml(parser.position));
      div = undefined;
    }
  });
  // Counted here, and not in what builds: for each tag the parser may look through all tags that are open, and after a
  // fault nothing is built any more.
  const open = (tag: SaxesTagNS): void => {
    if (++depth > MAX_DEPTH)
      throw new XmlFault('xml-depth', `elements are nested more than ${MAX_DEPTH} deep`);
    build(tag);
  };
  const close = (tag: SaxesTagNS): void => {
    depth -= 1;
    finish(tag);
  };
  const takeText = building<string>((found) => (div ? div.text(found) : builder.text(found)));
  parser.on('opentag', open);
  parser.on('closetag', close);
  parser.on('text', takeText);
  parser.on('cdata', takeText);
  return { parser, fault: () => fault };
}

function checkDeclaration({ version, encoding }: XMLDecl): void {
  if (version !== undefined && version !== '1.0')
    throw new XmlFault('xml-syntax', 'the server reads only XML 1.0');
  if (encoding !== undefined && !/^(?:utf-?8|us-ascii)$/i.test(encoding)) {
    throw new XmlFault(
      'xml-encoding',
      'the declaration names an encoding that FHIR does not use. Send UTF-8',
    );
  }
}

const ENDS_READING: ReadonlySet<XmlRule> = new Set(['xml-doctype', 'xml-depth', 'xml-encoding']);

function crowdedIssue(text: string, offset: number): Issue {
  const { line, column } = placeIn(text, offset);
  return xmlIssue(
    'xml-crowded-tag',
    `The XML cannot be read. Line ${line}, column ${column}: a tag has more than ${MAX_ATTRIBUTES} attributes, or more than ${MAX_TAG_CHARACTERS} characters apart from their values. FHIR elements have only a few attributes.`,
  );
}

function issueOf(error: unknown, parser: { line: number; column: number }, expression?: string): Issue {
  const at = `The XML cannot be read. Line ${parser.line}, column ${parser.column}:`;
  if (error instanceof XmlFault) return xmlIssue(error.rule, `${at} ${error.sentence}.`, error.expression);
  if (!(error instanceof Error && PARSER_MESSAGE.test(error.message))) throw error;
  return xmlIssue('xml-syntax', `${at} ${sentenceFor(error.message)}.`, expression);
}
