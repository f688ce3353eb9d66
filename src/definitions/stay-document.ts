/** How a stay is put together as a document: what `$summary` answers. */
import type { ResourceDefinition } from './resource-definition';

export interface StayDocument {
  title: string;
  /**
   * The sections, in the order of the definitions. The author is read from the first resource of the first one. What is
   * of no type here, and not of the context, has the section `Also sent`.
   */
  sections: readonly { title: string; type: string }[];
  /** Types that have no section: who the stay is about and where it was. */
  context: readonly string[];
  /** Types that are no part of the document. */
  leftOut: readonly string[];
}

/** Each definition says where its type goes (`inDocument`). */
export function stayDocumentOf(
  title: string,
  definitions: readonly Pick<ResourceDefinition, 'type' | 'inDocument'>[],
): StayDocument {
  const typesOf = (place: 'head' | 'left-out'): string[] =>
    definitions.filter(({ inDocument }) => inDocument === place).map(({ type }) => type);
  return {
    title,
    sections: definitions.flatMap(({ type, inDocument }) =>
      typeof inDocument === 'object' ? [{ title: inDocument.section, type }] : [],
    ),
    context: typesOf('head'),
    leftOut: typesOf('left-out'),
  };
}
