/** The attachments of a DocumentReference, each with its place, whatever the shape of the resource. */
import { isObject, type AnyResource, type JsonObject } from '../../fhir/types';

export interface PlacedAttachment {
  attachment: JsonObject;
  /** `content[0].attachment` */
  element: string;
}

export function attachmentsOf(document: AnyResource): PlacedAttachment[] {
  if (!Array.isArray(document.content)) return [];
  return document.content.flatMap((content, index) =>
    isObject(content) && isObject(content.attachment)
      ? [{ attachment: content.attachment, element: `content[${index}].attachment` }]
      : [],
  );
}
