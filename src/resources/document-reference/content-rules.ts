/**
 * The rules for the bytes of a document: they are present, they are base64, one rendition is a PDF, and they are what they
 * are said to be (section 3.4.5, content.attachment). The bytes are decoded once for all of these rules and for
 * storing (`attachmentBytes`). Nothing is ever fetched from an address.
 */
import { always, stricter, type Finding, type Rule, type RuleContext } from '../../definitions/rule';
import { attachmentBytes, type NoBytes } from '../../fhir/attachment';
import { documentHash } from '../../fhir/hash-in-slices';
import { isNumber, toNumber } from '../../fhir/decimal';
import type { AnyResource, JsonObject } from '../../fhir/types';
import { changing, unchanged } from '../common/example';
import { activeContentOf, roomForStreams } from './active-pdf';
import { attachmentsOf, type PlacedAttachment } from './attachments';
import { binaryOf } from './binary';
import {
  hasActiveContent,
  hasPdfEnd,
  isExecutable,
  looksLikeHtml,
  looksLikePdf,
  mediaTypeOf,
  mediaTypeOfBytes,
} from './media-type';

const PDF = 'application/pdf';
const attachment = '3.4.5 DocumentReference.content.attachment';

/** Changes the first attachment of the example's document. */
function withAttachment(change: (attachment: JsonObject) => void) {
  return changing('DocumentReference', (document) => {
    const [first] = attachmentsOf(document);
    if (!first) return;
    delete first.attachment.size;
    delete first.attachment.hash;
    change(first.attachment);
  });
}

/** Gives the example's document another rendition beside its PDF. */
function withRendition(contentType: string, text: string) {
  return changing('DocumentReference', (document) => {
    const creation = attachmentsOf(document)[0]?.attachment.creation ?? '2024-01-20T12:00:00Z';
    const data = Buffer.from(text, 'latin1').toString('base64');
    const rendition = { attachment: { contentType, data, creation, title: 'Another rendition' } };
    document.content = [...(document.content as JsonObject[]), rendition];
  });
}

interface Document extends PlacedAttachment {
  bytes: Buffer;
  /** The sender's word, without parameters. */
  said: string | undefined;
}

/** The attachments whose bytes can be read, inline or from a Binary of the Bundle. */
function* documentsOf(resource: AnyResource, context: RuleContext): Iterable<Document> {
  for (const placed of attachmentsOf(resource)) {
    const content = contentOf(placed.attachment, context);
    const { contentType } = placed.attachment;
    const said = typeof contentType === 'string' ? mediaTypeOf(contentType) : undefined;
    if (content.ok) yield { ...placed, bytes: content.bytes, said };
  }
}

function contentOf(inline: JsonObject, context: RuleContext) {
  const binary = inline.data === undefined ? binaryOf(inline, context) : undefined;
  return attachmentBytes(binary ?? inline);
}

const onePdfAtLeast: Rule = {
  id: 'vw-doc-18',
  severity: always('error'),
  code: 'required',
  guidance: '3.4.5 DocumentReference.content',
  claim: 'At least one rendition of the document is a PDF.',
  *check(document, context): Iterable<Finding> {
    const placed = attachmentsOf(document);
    if (placed.length === 0 || placed.some(({ attachment }) => isPdf(attachment, context))) return;
    yield {
      element: 'content',
      text: 'None of the renditions is a PDF. Send the document as application/pdf. You may send other formats too.',
    };
  },
  examples: {
    keeps: unchanged,
    breaks: withAttachment((first) => {
      first.contentType = 'text/plain';
      first.data = Buffer.from('Summary of the stay').toString('base64');
    }),
  },
};

/** By its bytes or by its contentType. Another rule reports bytes that cannot be read. */
function isPdf(inline: JsonObject, context: RuleContext): boolean {
  if (typeof inline.contentType === 'string' && mediaTypeOf(inline.contentType) === PDF) return true;
  const content = contentOf(inline, context);
  return content.ok ? looksLikePdf(content.bytes) : inline.contentType === undefined;
}

const documentIsInline: Rule = {
  id: 'vw-doc-21',
  severity: always('error'),
  code: 'required',
  guidance: `${attachment}.data`,
  claim: 'The attachment contains the whole document inline, as base64.',
  *check(document, context): Iterable<Finding> {
    for (const { attachment: inline, element } of attachmentsOf(document)) {
      if (inline.data !== undefined) continue;
      yield binaryOf(inline, context) === undefined
        ? {
            element: `${element}.data`,
            text:
              inline.url === undefined
                ? 'The attachment has no data. Send the whole document inline, as base64.'
                : 'The attachment has no data, and its url matches no Binary of this Bundle. The server does not fetch documents from other addresses. Send the whole document inline, as base64.',
          }
        : {
            element: `${element}.data`,
            severity: stricter('warning', 'error'),
            text: 'The document was read from a Binary of this Bundle. Send it inline, as base64 in attachment.data.',
          };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: withAttachment((first) => {
      delete first.data;
      first.url = 'https://example.org/documents/1';
    }),
  },
};

const FAULTS: Readonly<Record<Exclude<NoBytes, 'absent' | 'not-text'>, string>> = {
  empty: 'The document is empty. Send its bytes as base64.',
  placeholder:
    'The data is a placeholder (such as `//base64encoded PDF` in the published example), not a document. Send the bytes of the PDF as base64.',
  'data-url':
    'The data begins with a `data:` prefix, such as `data:application/pdf;base64,`. Send only the base64 after the comma, and send the media type as contentType.',
  'not-base64':
    'The data is not valid base64, or is cut off, so the document cannot be read. Send all the bytes in the standard base64 alphabet (A–Z, a–z, 0–9, +, /), with padding.',
};

const dataIsBase64: Rule = {
  id: 'vw-doc-22',
  severity: always('error'),
  code: 'value',
  guidance: `${attachment}.data`,
  claim: 'The data is base64 of a document that is not empty.',
  *check(document, context): Iterable<Finding> {
    for (const { attachment: inline, element } of attachmentsOf(document)) {
      const content = contentOf(inline, context);
      if (content.ok || content.reason === 'absent' || content.reason === 'not-text') continue;
      yield { element: `${element}.data`, text: FAULTS[content.reason] };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: withAttachment((first) => {
      first.data = '//base64encoded PDF';
    }),
  },
};

const pdfHasItsMarks: Rule = {
  id: 'vw-doc-23',
  severity: always('error'),
  code: 'value',
  guidance: `${attachment}.data`,
  claim: 'A PDF starts with %PDF- and ends with %%EOF.',
  *check(document, context): Iterable<Finding> {
    for (const { bytes, said, element } of documentsOf(document, context)) {
      if (said !== PDF || isExecutable(bytes)) continue;
      if (!looksLikePdf(bytes)) {
        yield {
          element: `${element}.data`,
          text: 'The data is not a PDF, because its first 1,024 bytes do not contain %PDF-. Send the PDF itself, encoded once.',
        };
      } else if (!hasPdfEnd(bytes)) {
        yield {
          element: `${element}.data`,
          severity: always('warning'),
          text: 'The PDF has no end mark (%%EOF) in its last 1,024 bytes, so it may be cut off. Check that it opens, and send the whole file.',
        };
      }
    }
  },
  examples: {
    keeps: unchanged,
    breaks: withAttachment((first) => {
      first.data = Buffer.from('A letter, not a PDF').toString('base64');
    }),
  },
};

const contentTypeIsThatOfTheBytes: Rule = {
  id: 'vw-doc-24',
  severity: always('error'),
  code: 'value',
  guidance: `${attachment}.contentType`,
  claim: 'The contentType is present and matches the bytes.',
  *check(document, context): Iterable<Finding> {
    for (const { attachment: inline, element } of attachmentsOf(document)) {
      if (inline.contentType !== undefined) continue;
      const content = contentOf(inline, context);
      const isPdfOfABinary = content.ok && looksLikePdf(content.bytes);
      yield {
        element: `${element}.contentType`,
        code: 'required',
        severity: isPdfOfABinary ? stricter('warning', 'error') : always('error'),
        text: isPdfOfABinary
          ? 'contentType is missing, and the bytes are a PDF. Send application/pdf.'
          : 'contentType is missing, and the server does not recognise the data as a PDF. Send the media type, for example application/pdf.',
      };
    }
    for (const { bytes, said, element } of documentsOf(document, context)) {
      const real = mediaTypeOfBytes(bytes) ?? (looksLikeHtml(bytes) ? 'text/html' : undefined);
      // Rule vw-doc-23 reports bytes that should be a PDF but are not.
      if (said === undefined || said === PDF || real === undefined || agrees(said, real)) continue;
      yield {
        element: `${element}.contentType`,
        text: `The contentType is ${shown(said)}, but the bytes are ${real}. Send the contentType that matches the bytes.`,
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: withAttachment((first) => {
      first.contentType = 'image/png';
    }),
  },
};

/** True where a format builds on the one that its first bytes show: an office document is a zip, XHTML a page. */
function agrees(said: string, real: string): boolean {
  if (said === real) return true;
  if (real === 'application/zip') return !/^(?:image|text)\//.test(said);
  if (real === 'text/html') return /^(?:text\/|application\/xhtml)|xml$/.test(said);
  return real === 'image/jpeg' ? said === 'image/jpg' : real === 'application/rtf' && said === 'text/rtf';
}

const isMediaType = (text: string): boolean => /^[\w.+-]{1,40}\/[\w.+-]{1,60}$/.test(text);

/** A media type for use in an issue text. */
function shown(mediaType: string): string {
  return isMediaType(mediaType) ? mediaType : 'something that is not a media type';
}

const SHOWN: ReadonlySet<string> = new Set([
  PDF,
  'text/plain',
  'image/png',
  'image/jpeg',
  'image/tiff',
  'application/json',
  'application/fhir+json',
  'application/fhir+xml',
  'application/xml',
  'text/xml',
  'application/hl7-cda+xml',
]);
const PROGRAMS =
  /^(?:application|text)\/(?:x-)?(?:msdownload|msdos-program|dosexec|executable|elf|mach-binary|sh|shellscript|bat|csh|javascript|ecmascript|java-archive|vbscript|msi|python|perl)$/;
const MARKUP = /^(?:text\/html|application\/xhtml\+xml|image\/svg\+xml)$/;

const renditionsAreHarmless: Rule = {
  id: 'vw-doc-27',
  severity: always('error'),
  code: 'not-supported',
  guidance: '3.4.5 DocumentReference.content',
  claim: 'No rendition of the document is a program or an active page.',
  *check(document, context): Iterable<Finding> {
    for (const { bytes, said, element } of documentsOf(document, context)) {
      const isMarkup = (said !== undefined && MARKUP.test(said)) || looksLikeHtml(bytes);
      if (isExecutable(bytes) || (said !== undefined && PROGRAMS.test(said))) {
        yield { element, text: 'This attachment is a program. Send documents only.' };
      } else if (isMarkup && hasActiveContent(bytes)) {
        yield {
          element,
          text: 'This attachment is a page with active content (scripts, frames, forms or links that load content). Send the document without the active content.',
        };
      } else if (said !== undefined && isMediaType(said) && !SHOWN.has(said)) {
        yield {
          element: `${element}.contentType`,
          severity: always('information'),
          text: `A rendition of type ${shown(said)} is stored, but some systems cannot show it. Send a PDF, text or image rendition too.`,
        };
      }
    }
  },
  examples: {
    keeps: withRendition('text/plain', 'Summary of the stay'),
    breaks: withRendition('application/x-msdownload', 'MZ a program'),
  },
};

const sizeAndHashAreThoseOfTheBytes: Rule = {
  id: 'vw-doc-28',
  severity: stricter('warning', 'error'),
  code: 'invariant',
  guidance: attachment,
  claim: 'The size and the hash, if sent, are those of the decoded bytes.',
  *check(document, context): Iterable<Finding> {
    for (const { attachment: inline, bytes, element } of documentsOf(document, context)) {
      if (isNumber(inline.size) && toNumber(inline.size) !== bytes.length) {
        yield {
          element: `${element}.size`,
          text: `The size does not match the data, which has ${bytes.length} bytes. Send the whole document with its size, or leave size out.`,
        };
      }
      if (typeof inline.hash !== 'string') continue;
      if (documentHash('sha1', bytes).equals(Buffer.from(inline.hash, 'base64'))) continue;
      yield {
        element: `${element}.hash`,
        severity: always('error'),
        text: 'The hash is not the SHA-1 hash of the document. The document may have changed in transit. Send the document again, with its SHA-1 hash as base64.',
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: withAttachment((first) => {
      first.hash = Buffer.alloc(20, 1).toString('base64');
    }),
  },
};

const pdfIsOnlyShown: Rule = {
  id: 'vw-doc-35',
  severity: always('warning'),
  code: 'not-supported',
  guidance: '3.4.5 DocumentReference.content',
  claim: 'A PDF contains no JavaScript, no action that starts a program and no embedded files.',
  *check(document, context): Iterable<Finding | undefined> {
    for (const { bytes, element } of documentsOf(document, context)) {
      const room = context.once(roomForStreams, roomForStreams);
      const active = looksLikePdf(bytes) ? yield* activeContentOf(bytes, room) : [];
      if (active.length === 0) continue;
      yield {
        element: `${element}.data`,
        text: `The PDF contains ${active.join(', ')}, which could harm the reader’s computer. It is stored as sent. Send the document without this content.`,
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: withAttachment((first) => {
      const script = Buffer.from('9 0 obj\n<< /S /JavaScript /JS (app.alert) >>\nendobj\n%%EOF\n');
      const pdf = Buffer.from(typeof first.data === 'string' ? first.data : '', 'base64');
      first.data = Buffer.concat([pdf, script]).toString('base64');
    }),
  },
};

export const contentRules: readonly Rule[] = [
  onePdfAtLeast,
  documentIsInline,
  dataIsBase64,
  pdfHasItsMarks,
  contentTypeIsThatOfTheBytes,
  renditionsAreHarmless,
  sizeAndHashAreThoseOfTheBytes,
  pdfIsOnlyShown,
];
