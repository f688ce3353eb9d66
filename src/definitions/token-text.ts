/** How tokens are written in the `text[]` columns: `system|code`, with pipes and backslashes inside a part escaped. */
export function escapeToken(text: string): string {
  return text.includes('|') || text.includes('\\') ? text.replace(/[\\|]/g, '\\$&') : text;
}
