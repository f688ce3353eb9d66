/**
 * Builds a resource's JSON from the tags of its XML, guided by the definitions of R4. What R4 does not have at a
 * place is carried into the JSON under its name, where the structure check reports it; what JSON could not carry
 * without guessing (other namespaces, stray attributes and text) is a fault. Nothing is dropped but comments.
 * @see https://hl7.org/fhir/R4/xml.html
 */
import type { SaxesAttributeNS } from 'saxes';
import type { Issue } from '../issue';
import type { AnyResource } from '../types';
import type { Frame } from './frame';
import type { XmlElement } from './xml-elements';
import { expressionOf, frame, put, resourceFrame } from './frame';
import { primitiveValue } from './primitive-value';
import { FHIR_NAMESPACE, XHTML_NAMESPACE, isAttribute } from './xml-elements';
import { XML_SOURCE, XmlFault, quotedName } from './xml-fault';

/** A start tag as saxes gives it with namespaces resolved. */
export interface OpenTag {
  local: string;
  uri: string;
  attributes: Readonly<Record<string, SaxesAttributeNS>>;
}

/** The most notes on order. */
const MAX_WARNINGS = 200;

export class ResourceBuilder {
  readonly warnings: Issue[] = [];
  resource: AnyResource | undefined;
  private current: Frame | undefined;

  /** @returns 'narrative' where what follows, up to the matching end tag, is XHTML for `endNarrative`. */
  open(tag: OpenTag): 'element' | 'narrative' {
    const parent = this.current;
    const opened = parent === undefined ? this.root(tag) : this.child(parent, tag);
    this.current = opened;
    if (opened.kind === 'xhtml') return 'narrative';
    for (const name in tag.attributes) this.attribute(opened, tag.attributes[name] as SaxesAttributeNS);
    return 'element';
  }

  /** True while the root element is the only one that is open. */
  isAtRoot(): boolean {
    return this.current !== undefined && this.current.parent === undefined;
  }

  close(): void {
    const closed = this.current as Frame;
    const { parent } = closed;
    this.current = parent;
    if (parent === undefined) this.resource = closed.value as AnyResource;
    else if (parent.kind === 'resource') parent.value = closed.value;
    else if (closed.kind === 'primitive') closePrimitive(parent, closed);
    else if (closed.kind === 'complex' && closed.attribute !== undefined) closeBareValue(parent, closed);
    else put(parent.value, closed, closed.value);
  }

  /** The narrative that began with `open` has ended: its XHTML as FHIR's JSON carries it. */
  endNarrative(xhtml: string): void {
    const closed = this.current as Frame;
    this.current = closed.parent;
    if (closed.parent) put(closed.parent.value, closed, xhtml);
  }

  text(text: string): void {
    if (!/[^ \t\r\n]/.test(text)) return;
    const sentence = 'there is text between elements. Send a value in a value attribute';
    throw new XmlFault('xml-text', sentence, this.place());
  }

  /** The FHIRPath of the element that is open. */
  place(): string | undefined {
    return this.current && expressionOf(this.current);
  }

  private root(tag: OpenTag): Frame {
    if (tag.uri === '') {
      const sentence = `the root element has no namespace. Write <${/^[A-Z][A-Za-z]{1,40}$/.test(tag.local) ? tag.local : 'Bundle'} xmlns="${FHIR_NAMESPACE}">`;
      throw new XmlFault('xml-no-namespace', sentence);
    }
    if (tag.uri !== FHIR_NAMESPACE || !/^[A-Z][A-Za-z]{1,60}$/.test(tag.local)) {
      const sentence = `the root element is not a FHIR resource. Name it for the resource type, in the namespace ${FHIR_NAMESPACE}`;
      throw new XmlFault('xml-root', sentence);
    }
    return resourceFrame(undefined, tag.local);
  }

  private child(parent: Frame, tag: OpenTag): Frame {
    const { local } = tag;
    const element = parent.elements.get(local);
    if (local === 'resourceType' && !element) throw this.flattened();
    if (element?.kind === 'xhtml') {
      if (tag.uri === XHTML_NAMESPACE)
        return this.known(parent, element.name, { ...element, kind: 'xhtml', type: 'xhtml', isList: false });
      const sentence = `a narrative's div must be in the namespace ${XHTML_NAMESPACE}`;
      throw new XmlFault('xml-namespace', sentence, this.place());
    }
    if (tag.uri !== FHIR_NAMESPACE) throw this.foreign(tag);
    if (parent.kind === 'resource') return this.wrapped(parent, local);
    if (element && !isAttribute(parent.type, local)) {
      return this.known(parent, local, element);
    }
    if (element) {
      const sentence = `${quotedName(local).trim()} must be an attribute here, not an element`;
      throw new XmlFault('xml-attribute', sentence, this.place());
    }
    if (!/^[A-Za-z][A-Za-z0-9]{0,63}$/.test(local)) {
      throw new XmlFault('xml-name', 'the name of an element cannot be a FHIR name', this.place());
    }
    parent.hasChildren = true;
    return frame(parent, local, 'complex', '', false);
  }

  private known(
    parent: Frame,
    name: string,
    { kind, type, isList, order }: Pick<XmlElement, 'kind' | 'type' | 'isList' | 'order'>,
  ): Frame {
    const opened = frame(parent, name, kind, type, isList);
    parent.hasChildren = true;
    if (order < parent.lastOrder) this.remarkOrder(parent, opened);
    else {
      parent.lastOrder = order;
      parent.lastName = name;
    }
    return opened;
  }

  /** One note for each parent is enough: its whole content needs sorting. */
  private remarkOrder(parent: Frame, opened: Frame): void {
    if (parent.warnedOfOrder || this.warnings.length >= MAX_WARNINGS) return;
    parent.warnedOfOrder = true;
    this.warnings.push({
      severity: 'warning',
      code: 'structure',
      rule: 'xml-order',
      text: `In ${parent.type}, the element ${opened.name} comes after ${parent.lastName}. The server read it. Send the elements in the order of R4.`,
      expression: expressionOf(opened),
      source: XML_SOURCE,
    });
  }

  private wrapped(parent: Frame, resourceType: string): Frame {
    if (parent.hasChildren || !/^[A-Z][A-Za-z]{1,60}$/.test(resourceType)) {
      const sentence =
        'this element must contain exactly one resource, as an element named for the resource type';
      throw new XmlFault('xml-resource', sentence, this.place());
    }
    parent.hasChildren = true;
    return resourceFrame(parent, resourceType);
  }

  private flattened(): XmlFault {
    const sentence =
      'there is a resourceType element. In FHIR XML, name the element for the resource type: <resource><Patient>…</Patient></resource>';
    return new XmlFault('xml-resourcetype-child', sentence, this.place());
  }

  private foreign(tag: OpenTag): XmlFault {
    const rule = tag.uri === '' ? 'xml-no-namespace' : 'xml-namespace';
    const sentence = `the element${quotedName(tag.local)} is not in the namespace ${FHIR_NAMESPACE}. Every element outside a narrative must be`;
    return new XmlFault(rule, sentence, this.place());
  }

  private attribute(opened: Frame, { name, prefix, uri, value }: SaxesAttributeNS): void {
    if (name === 'xmlns' || prefix === 'xmlns' || uri === 'http://www.w3.org/2001/XMLSchema-instance') return;
    const isUnknown = opened.type === '' && !opened.isResource;
    if (name === 'value' && opened.kind !== 'resource' && !opened.isResource) opened.attribute = value;
    else if (name === 'id' && !opened.isResource && opened.kind !== 'resource') opened.value.id = value;
    else if (name === 'url' && (opened.type === 'Extension' || isUnknown)) opened.value.url = value;
    else {
      const sentence = `the attribute${quotedName(name)} is not allowed here. Send the members of a resource as elements`;
      throw new XmlFault('xml-attribute', sentence, expressionOf(opened));
    }
  }
}

function closePrimitive(parent: Frame, closed: Frame): void {
  const hasTwin = Object.keys(closed.value).length > 0;
  if (closed.attribute === undefined)
    put(parent.value, closed, hasTwin ? undefined : '', hasTwin ? closed.value : undefined);
  else
    put(
      parent.value,
      closed,
      primitiveValue(closed.type, closed.attribute),
      hasTwin ? closed.value : undefined,
    );
}

/** `<note value="…"/>` where R4 has children: kept as the string that was meant, for the checks to report. */
function closeBareValue(parent: Frame, closed: Frame): void {
  if (Object.keys(closed.value).length > 0) {
    const sentence =
      'the attribute "value" and other content are in the same element, which FHIR does not allow';
    throw new XmlFault('xml-attribute', sentence, expressionOf(closed));
  }
  put(parent.value, closed, closed.attribute);
}
