/**
 * Pages as text: a template whose values are escaped, so that nothing that is shown becomes markup.
 *
 *     html`<p>${'<b>'}</p>`   // <p>&lt;b&gt;</p>
 */
class Html {
  constructor(readonly text: string) {}
}

export type { Html };

/** Escapes the values, except those that this function itself made; joins the items of a list. */
export function html(
  strings: TemplateStringsArray,
  ...values: readonly (string | number | Html | readonly Html[])[]
): Html {
  let text = strings[0]!;
  for (const [index, value] of values.entries()) text += textOf(value) + strings[index + 1]!;
  return new Html(text);
}

function textOf(value: string | number | Html | readonly Html[]): string {
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(({ text }) => text).join('');
  return String(value).replace(/[&<>"']/g, (character) => escapes[character]!);
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
