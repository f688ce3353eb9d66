/**
 * How tokens are written in the `text[]` columns: `system|code`, with pipes and backslashes inside a part escaped, and
 * a long part shortened. Stored and asked tokens and business keys are all put together from these parts.
 */
import { indexable } from './indexable';

export function escapeToken(text: string): string {
  return indexable(text.includes('|') || text.includes('\\') ? text.replace(/[\\|]/g, '\\$&') : text);
}
