/**
 * The media type by a document's first bytes. Only types that help to find dangerous or mislabelled documents
 * are recognised. For anything else, the contentType is used.
 * @see https://www.iso.org/standard/75839.html (PDF: header within the first 1024 bytes, `%%EOF` at the end)
 */

/** The number of bytes at the start and at the end that may contain a PDF's header and end marker. */
const PDF_MARGIN_BYTES = 1024;

/** `application/pdf` of `Application/PDF; charset=binary`. */
export function mediaTypeOf(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
}

export function looksLikePdf(bytes: Buffer): boolean {
  return bytes.subarray(0, PDF_MARGIN_BYTES).includes('%PDF-');
}

export function hasPdfEnd(bytes: Buffer): boolean {
  return bytes.subarray(-PDF_MARGIN_BYTES).includes('%%EOF');
}

const SIGNATURES: readonly (readonly [mediaType: string, signature: Buffer])[] = [
  ['image/png', Buffer.from('89504e470d0a1a0a', 'hex')],
  ['image/jpeg', Buffer.from('ffd8ff', 'hex')],
  ['image/tiff', Buffer.from('49492a00', 'hex')],
  ['image/tiff', Buffer.from('4d4d002a', 'hex')],
  ['image/gif', Buffer.from('GIF8')],
  ['application/zip', Buffer.from('504b0304', 'hex')],
  ['application/gzip', Buffer.from('1f8b08', 'hex')],
  ['application/rtf', Buffer.from('{\\rtf')],
];

const EXECUTABLES: readonly Buffer[] = [
  Buffer.from('MZ'),
  Buffer.from('\x7fELF', 'latin1'),
  Buffer.from('feedface', 'hex'),
  Buffer.from('feedfacf', 'hex'),
  Buffer.from('cefaedfe', 'hex'),
  Buffer.from('cffaedfe', 'hex'),
  Buffer.from('cafebabe', 'hex'),
  Buffer.from('#!'),
];

/** The media type that the bytes show, if any. */
export function mediaTypeOfBytes(bytes: Buffer): string | undefined {
  if (looksLikePdf(bytes)) return 'application/pdf';
  return SIGNATURES.find(([, signature]) => startsWith(bytes, signature))?.[0];
}

export function isExecutable(bytes: Buffer): boolean {
  return EXECUTABLES.some((signature) => startsWith(bytes, signature));
}

function startsWith(bytes: Buffer, signature: Buffer): boolean {
  return bytes.length >= signature.length && bytes.subarray(0, signature.length).equals(signature);
}

/** How far into a document HTML is looked for when the sender calls it something else. */
const HTML_PROBE_BYTES = 512;

/** True of bytes that a browser would show as a page. */
export function looksLikeHtml(bytes: Buffer): boolean {
  return /^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--[^>]*-->\s*)?<(?:!doctype\s+html|html|head|body|script|iframe)\b/i.test(
    bytes.toString('latin1', 0, HTML_PROBE_BYTES),
  );
}

/** What makes a page, or a drawing in SVG, do something: scripts, event attributes, embedded and remote content. */
const ACTIVE =
  /<(?:\w+:)?(?:script|iframe|frame|object|embed|applet|form|link|base|meta\s[^>]{0,200}http-equiv|foreignobject)\b|\son[a-z]{3,20}\s{0,20}=|javascript:|data:text\/html/i;

/** True of markup that would run or fetch something when shown. */
export function hasActiveContent(bytes: Buffer): boolean {
  // The pattern cannot read markup in UTF-16, so such markup is treated as active.
  return bytes.includes(0) || ACTIVE.test(bytes.toString('latin1'));
}
