/** Answers with a value that is not a FHIR resource, as JSON. */
import type { Answer } from '../request-context';

export const asJson = (value: object): Answer => ({
  status: 200,
  bytes: { contentType: 'application/json; charset=utf-8', body: Buffer.from(`${JSON.stringify(value)}\n`) },
});
