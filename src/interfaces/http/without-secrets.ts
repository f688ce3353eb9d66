/**
 * What a caller has put into a URL that belongs in no record: tokens and assertions. Whoever reads the audit trail could
 * otherwise use them. @see https://www.rfc-editor.org/rfc/rfc6750#section-5.3
 */

/** Anything that looks like a signed token, wherever it stands. */
const TOKEN = /eyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?/g;
/** The value of a parameter that carries a secret by its name. */
const NAMED =
  /((?:^|[?&\n])(?:access_token|id_token|refresh_token|client_assertion|client_secret|assertion|authorization|api_?key|password)=)[^&\n]*/gi;

export function withoutSecrets(text: string): string {
  if (!text.includes('eyJ') && !text.includes('=')) return text;
  return text.replace(NAMED, '$1(not recorded)').replace(TOKEN, '(not recorded)');
}
