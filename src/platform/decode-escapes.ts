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

/** The escapes of one character, by how many bytes its first byte says. */
const CHARACTER =
  /%(?:[0-7]|[cd][\da-f]%[89ab]|e[\da-f]%[89ab][\da-f]%[89ab]|f[\da-f](?:%[89ab][\da-f]){2}%[89ab])[\da-f]/gi;

/** Control characters stay as they are, but not those that are spaces. */
function decodedCharacter(escapes: string): string {
  try {
    const character = decodeURIComponent(escapes);
    return /\p{Cc}/u.test(character) && !/\s/.test(character) ? escapes : character;
  } catch {
    return escapes;
  }
}
