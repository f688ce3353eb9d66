/** Writes the text of an operation that accepts GET and POST, with the same parameters in the body. */
import type { OperationText } from './shapes';

/** Parameters that are in the path or the headers, and not in the body. */
const OUTSIDE_THE_BODY = ['id', 'type', 'compartment', 'preferHandling'];

export const byPost = (text: OperationText, request: 'Query' | 'Parameters'): OperationText => ({
  ...text,
  id: `${text.id}ByPost`,
  summary: `${text.summary}, with the parameters in the body`,
  request,
  parameters: (text.parameters ?? []).filter((name) => OUTSIDE_THE_BODY.includes(name)),
});
