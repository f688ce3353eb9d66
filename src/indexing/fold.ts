/**
 * Text as it is compared when neither case nor accents count: `  Zoë  SMITH` becomes `zoe smith`.
 * @see https://hl7.org/fhir/R4/search.html#string
 */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  const plain = isAscii(lower) ? lower : lower.normalize('NFKD').replace(/\p{M}/gu, '');
  return /\s\s|^\s|\s$|[\t\n\r]/.test(plain) ? plain.replace(/\s+/g, ' ').trim() : plain;
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 127) return false;
  return true;
}
