/**
 * Decodes the escapes of a URL: `%7C` becomes `|`. An escape that cannot be decoded stays as it is, so that it can be
 * recorded.
 */
export function decodeEscapes(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(CHARACTER, decodedCharacter);
  }
}

/** The escapes of one character, by how many bytes its first byte says. Those that are none are many times slower. */
const CHARACTER =
  /%(?:[0-7]|(?:c[2-9a-f]|d[\da-f])%[89ab]|(?:e0%[ab]|e[1-9a-cef]%[89ab]|ed%[89])[\da-f]%[89ab]|(?:f0%[9ab]|f[1-3]%[89ab]|f4%8)[\da-f]%[89ab][\da-f]%[89ab])[\da-f]/gi;

/** Control characters stay as they are, but not those that are spaces. */
function decodedCharacter(escapes: string): string {
  try {
    const character = decodeURIComponent(escapes);
    return /\p{Cc}/u.test(character) && !/\s/.test(character) ? escapes : character;
  } catch {
    return escapes;
  }
}
