/**
 * Writes a resource as FHIR XML: elements in R4's order, decimals with the digits that were sent, ids and extensions of
 * primitives on their element, the narrative as XHTML. A member that R4 does not have (no stored resource has one) is
 * written after the others under its name; one whose name is not valid in XML is left out.
 * @see https://hl7.org/fhir/R4/xml.html
 */
import { isNumber, numberText } from '../decimal';
import { typeDefinition } from '../r4/definitions';
import type { AnyResource, Json, JsonObject } from '../types';
import { isObject, isResource, listOf } from '../types';
import { escapeAttribute } from './escape-xml';
import { narrativeXml } from './narrative-xml';
import type { XmlElement } from './xml-elements';
import { FHIR_NAMESPACE, isAttribute, xmlElementsOf } from './xml-elements';

export interface WriteXmlOptions {
  /** One element a line, indented by two. */
  pretty?: boolean;
}

const NAME = /^[A-Za-z][A-Za-z0-9]*$/;

export function writeXml(resource: AnyResource, options: WriteXmlOptions = {}): string {
  const written = [
    options.pretty ? '<?xml version="1.0" encoding="UTF-8"?>\n' : '<?xml version="1.0" encoding="UTF-8"?>',
  ];
  const indent = options.pretty ? '\n' : '';
  writeResource(written, resource, ` xmlns="${FHIR_NAMESPACE}"`, indent);
  return written.join('');
}

/** @param indent a line break and the white space of the element's level; '' without indentation */
function writeResource(written: string[], resource: AnyResource, attributes: string, indent: string): void {
  const name = NAME.test(resource.resourceType) ? resource.resourceType : 'Resource';
  written.push(`<${name}${attributes}`);
  const start = written.length;
  writeMembers(written, resource, name, deeper(indent), true);
  closeElement(written, name, start, indent);
}

/** Ends the start tag and writes the end tag, or makes an empty element when there was no content. */
function closeElement(written: string[], name: string, start: number, indent: string): void {
  if (written.length === start) written.push('/>');
  else {
    written[start] = `>${written[start] ?? ''}`;
    written.push(`${indent}</${name}>`);
  }
}

function deeper(indent: string): string {
  return indent === '' ? '' : `${indent}  `;
}

/** An element to write, with its position in R4's order. */
interface Planned {
  name: string;
  order: number;
  element: XmlElement | undefined;
}

function writeMembers(
  written: string[],
  object: JsonObject,
  type: string,
  indent: string,
  isRoot = false,
): void {
  for (const { name, element } of planned(object, type, isRoot)) {
    const value = object[name];
    const twin = object[`_${name}`];
    if (!Array.isArray(value) && !Array.isArray(twin))
      writeElement(written, indent, { name, element }, value, twin);
    else {
      const values = listOf(value);
      const twins = listOf(twin);
      const count = Math.max(values.length, twins.length);
      for (let index = 0; index < count; index++) {
        writeElement(written, indent, { name, element }, values[index], twins[index]);
      }
    }
  }
}

function planned(object: JsonObject, type: string, isRoot: boolean): Planned[] {
  const elements = xmlElementsOf(type);
  const plan: Planned[] = [];
  let isSorted = true;
  let last = -1;
  for (const key in object) {
    if (object[key] === undefined || (isRoot && key === 'resourceType')) continue;
    const isTwin = key.startsWith('_');
    const name = isTwin ? key.slice(1) : key;
    if ((isTwin && object[name] !== undefined) || !NAME.test(name)) continue;
    if (!isRoot && isAttribute(type, name)) continue;
    const element = elements.get(name);
    const order = element?.order ?? Infinity;
    isSorted &&= order >= last;
    last = order;
    plan.push({ name, order, element });
  }
  return isSorted ? plan : plan.sort((a, b) => a.order - b.order || 0);
}

function writeElement(
  written: string[],
  indent: string,
  { name, element }: Pick<Planned, 'name' | 'element'>,
  value: Json | undefined,
  twin: Json | undefined,
): void {
  if (isResource(value) && (element === undefined || element.kind === 'resource')) {
    written.push(`${indent}<${name}>${deeper(indent)}`);
    writeResource(written, value, '', deeper(indent));
    written.push(`${indent}</${name}>`);
  } else if (element?.kind === 'xhtml' && typeof value === 'string') {
    written.push(indent + narrativeXml(value));
  } else if (isObject(value)) {
    const type = element?.kind === 'complex' ? element.type : '';
    writeComplex(written, indent, { name, type, attribute: '' }, value);
  } else {
    const text = textOf(value);
    const attribute = text === undefined ? '' : ` value="${text}"`;
    if (isObject(twin)) writeComplex(written, indent, { name, type: 'Element', attribute }, twin);
    else if (text !== undefined) written.push(`${indent}<${name}${attribute}/>`);
  }
}

/** @param attribute the value of a primitive that has an id or extensions, as it is written: ` value="…"` */
function writeComplex(
  written: string[],
  indent: string,
  { name, type, attribute }: { name: string; type: string; attribute: string },
  value: JsonObject,
): void {
  let attributes = '';
  if (typeof value.id === 'string' && isAttribute(type, 'id'))
    attributes += ` id="${escapeAttribute(value.id)}"`;
  if (typeof value.url === 'string' && isAttribute(type, 'url'))
    attributes += ` url="${escapeAttribute(value.url)}"`;
  written.push(`${indent}<${name}${attributes}${attribute}`);
  const start = written.length;
  writeMembers(written, value, type, deeper(indent), isResource(value) && !typeDefinition(type));
  closeElement(written, name, start, indent);
}

function textOf(value: Json | undefined): string | undefined {
  if (isNumber(value)) return numberText(value);
  if (typeof value === 'string') return escapeAttribute(value);
  return typeof value === 'boolean' ? String(value) : undefined;
}
