/**
 * Decodes bytes into a Bundle. Reads JSON or XML exactly; a body that is not FHIR, or not a Bundle, is unreadable
 * (400). Validation is a later step.
 */
import type { Issue, RuleId } from '../../fhir/issue';
import { parseJsonInSlices } from '../../fhir/json';
import { nearestName } from '../../fhir/nearest';
import type { Slices } from '../../fhir/slices';
import { isObject, isResource, type AnyResource, type Json } from '../../fhir/types';
import { parseXmlInSlices } from '../../fhir/xml/parse-xml';
import { decoderRemarks } from '../../engines/validation/decoder-remarks';
import { tooManyPartsOf } from '../../engines/validation/entries';
import { type BundleKind, type DecodedBundle, failure, type Received, type Result, success } from './steps';

const kinds: readonly BundleKind[] = ['collection', 'document', 'message', 'transaction', 'batch'];

/** A body and how to read it. */
export type Body = Pick<Received, 'bytes' | 'format'>;

/**
 * Decodes a body. Each interface calls this once and passes the result to `submit`, so that nothing is parsed twice.
 */
export function* decode(body: Body & Pick<Received, 'handling'>): Slices<Result<DecodedBundle>> {
  const parsed = yield* parseBody(body);
  if (!parsed.ok) return failure('unreadable', parsed.issue);
  const { value } = parsed;
  if (!isObject(value))
    return unreadable(
      'r4-not-a-resource',
      'The body is not a FHIR Bundle. Send a JSON object with a resourceType.',
    );
  if (!isResource(value))
    return unreadable('r4-not-a-resource', 'The body has no resourceType. Send a FHIR Bundle.');
  if (value.resourceType !== 'Bundle') {
    const isMisspelled = nearestName(value.resourceType, ['Bundle']) !== undefined;
    return unreadable(
      'r4-not-a-bundle',
      isMisspelled
        ? 'The body is not a Bundle. Did you mean the resourceType Bundle?'
        : 'The body is not a Bundle. Send a single resource as an entry of a Bundle.',
    );
  }
  const tooMany = yield* tooManyPartsOf(value);
  if (tooMany) return failure('invalid', tooMany);
  const issues = decoderRemarks(parsed.remarks, body.handling);
  return success({ bundle: value, kind: kindOf(value), issues });
}

/** Parses JSON or XML whatever it contains, and returns the notes of the parser, such as XML children out of order. */
export function* parseBody({
  bytes,
  format,
}: Body): Slices<{ ok: true; value: Json; remarks: readonly Issue[] } | { ok: false; issue: Issue }> {
  const parsed = yield* format === 'xml' ? parseXmlInSlices(bytes) : parseJsonInSlices(bytes);
  if (!parsed.ok) return parsed;
  return { ok: true, value: parsed.value, remarks: 'warnings' in parsed ? (parsed.warnings as Issue[]) : [] };
}

/**
 * The Bundle type. A Bundle of an unknown type is treated as a collection, so that validation can report all its faults
 * at once.
 */
export function kindOf(bundle: AnyResource): BundleKind {
  return kinds.find((kind) => kind === bundle.type) ?? 'collection';
}

function unreadable(
  rule: RuleId,
  text: string,
): { ok: false; failure: { category: 'unreadable'; issues: Issue[] } } {
  return {
    ok: false,
    failure: {
      category: 'unreadable',
      issues: [
        { severity: 'fatal', code: 'structure', rule, text, source: 'https://hl7.org/fhir/R4/bundle.html' },
      ],
    },
  };
}
