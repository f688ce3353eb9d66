/** A media type that a sender named, unless it could break the header or be taken for a page. */
export function safeContentType(contentType: string): string {
  const fits = /^[\w.+-]+\/[\w.+-]+(\s*;\s*[\w.+-]+=("[\w .+-]*"|[\w.+-]+))*$/.test(contentType);
  return fits && !/html|svg|javascript|ecmascript/i.test(contentType)
    ? contentType
    : 'application/octet-stream';
}
