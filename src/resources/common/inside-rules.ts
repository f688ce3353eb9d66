/**
 * References that R4 requires to match an entry of the same Bundle: the focus of a message, and the references of a document's
 * Composition. (The references of section 8 of the guidance are in `reference-rules.ts`.)
 * @see https://hl7.org/fhir/R4/documents.html#content
 * @see https://hl7.org/fhir/R4/messaging.html
 */
import { always, type EntryView, type Finding, type RuleContext } from '../../definitions/rule';
import type { PlacedReference } from './reference-rules';

/**
 * @param bundleType the type of Bundle that begins with the resource: there an unmatched reference is an error, in
 * another summary a warning; elsewhere the reference may point to a stored resource
 */
export function* leadInside(
  references: Iterable<PlacedReference>,
  bundleType: 'document' | 'message',
  context: RuleContext,
  entry: EntryView,
): Iterable<Finding> {
  const isHead = context.bundle.type === bundleType;
  if (!isHead && (!context.isSummary || context.bundle.type === 'transaction')) return;
  for (const { reference, place } of references) {
    const { outcome } = context.resolve(reference, entry);
    if (outcome === 'resolved' || outcome === 'contained') continue;
    yield {
      element: place,
      severity: always(isHead ? 'error' : 'warning'),
      ...(outcome === 'ambiguous'
        ? {
            code: 'multiple-matches' as const,
            text: 'This reference matches several entries of the Bundle. Use the fullUrl of the entry that you mean, and give each entry its own fullUrl.',
          }
        : {
            text: `This reference matches no entry of the Bundle. The resource is part of the ${bundleType}. Send it as an entry, and use the fullUrl of that entry.`,
          }),
    };
  }
}
