/**
 * Lists the XML elements that R4 allows under an element, by name. Made from the definitions, once for each type.
 * @see https://hl7.org/fhir/R4/xml.html
 */
import { isPrimitive, typeDefinition } from '../r4/definitions';

export const FHIR_NAMESPACE = 'http://hl7.org/fhir';
export const XHTML_NAMESPACE = 'http://www.w3.org/1999/xhtml';

/** The deepest nesting of elements that is read. What is accepted is bounded by its levels in JSON (`MOST_LEVELS`). */
export const MAX_DEPTH = 100;

/** How XML contains a value of the element: in a `value` attribute, child elements, XHTML, or one whole resource. */
export type XmlKind = 'primitive' | 'complex' | 'xhtml' | 'resource';

export interface XmlElement {
  /** The same in XML and JSON: `valueQuantity`. */
  name: string;
  /** Its position among its siblings in R4. */
  order: number;
  isList: boolean;
  kind: XmlKind;
  /** `string`, `HumanName`, `Patient.contact`, `Resource`. */
  type: string;
}

export type XmlElements = ReadonlyMap<string, XmlElement>;

const known = new Map<string, XmlElements>();

/** The elements of a type, a resource or a backbone; empty when R4 has none of that name. */
export function xmlElementsOf(type: string): XmlElements {
  const found = known.get(type);
  if (found) return found;
  const definition = typeDefinition(type);
  const elements = new Map<string, XmlElement>();
  for (const { json, element, type: valueType } of definition?.byName.values() ?? []) {
    const code = element.children ?? valueType?.code ?? 'Element';
    elements.set(json, {
      name: json,
      order: definition?.elements.indexOf(element) ?? 0,
      isList: element.max > 1,
      kind: kindOf(code),
      type: code,
    });
  }
  if (definition || type === '') known.set(type, elements);
  return elements;
}

function kindOf(code: string): XmlKind {
  if (code === 'xhtml') return 'xhtml';
  if (code === 'Resource') return 'resource';
  return isPrimitive(code) ? 'primitive' : 'complex';
}

/** True when XML writes this member as an attribute: the `id` of anything but a resource, the `url` of an extension. */
export function isAttribute(type: string, name: string): boolean {
  if (name === 'id') return typeDefinition(type)?.kind !== 'resource';
  return name === 'url' && type === 'Extension';
}
