/**
 * Decodes the escapes of a URL: `%7C` becomes `|`. An escape that cannot be decoded stays as it is, so that it can be
 * recorded.
 */
export function decodeEscapes(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/%[0-9a-f]{2}/gi, (escape) => {
      const code = parseInt(escape.slice(1), 16);
      return code > 0x1f && code < 0x7f ? String.fromCharCode(code) : escape;
    });
  }
}
