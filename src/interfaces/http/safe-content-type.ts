/** Returns the media type that a sender gave, unless it could break the header or be shown as a page. */
export function safeContentType(contentType: string): string {
  const fits = /^[\w.+-]+\/[\w.+-]+(\s*;\s*[\w.+-]+=("[\w .+-]*"|[\w.+-]+))*$/.test(contentType);
  return fits && !/html|svg|javascript|ecmascript/i.test(contentType)
    ? contentType
    : 'application/octet-stream';
}
