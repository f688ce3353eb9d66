/**
 * Detects JSON or XML for an interface that receives no content type. XML begins with `<`, after white space and a byte
 * order mark.
 */
export function formatOfContent(bytes: Buffer): 'json' | 'xml' {
  const start = bytes
    .subarray(0, 64)
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '');
  return /^\s*</.test(start) ? 'xml' : 'json';
}
