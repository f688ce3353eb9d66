/** How a stay is put together as a document: what `$summary` answers. */
export interface StayDocument {
  title: string;
  /** The type of the documents: the first section, and where the author is read from. */
  documents: string;
  /** The type of the readings: the second section. */
  readings: string;
  /** Types that have no section: who the stay is about and where it was. */
  context: readonly string[];
  /** Types that are no part of the document. */
  leftOut: readonly string[];
}
