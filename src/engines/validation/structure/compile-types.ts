/**
 * Compiles R4's definitions into the tables of the structure check, once, at start.
 */
import { isUuidUrn } from '../../../fhir/uuid';
import { SNOMED_CT, UCUM } from '../../../fhir/code-systems';
import type { Constraint, ElementDefinition, ElementName } from '../../../fhir/r4/definitions';
import { allTypes, elementAt, isPrimitive, isResourceType } from '../../../fhir/r4/definitions';
import { attachmentBytes } from '../../../fhir/attachment';
import { documentHash } from '../../../fhir/hash-in-slices';
import { isNumber, toNumber } from '../../../fhir/decimal';
import type { Json, JsonObject } from '../../../fhir/types';
import { isObject } from '../../../fhir/types';
import { checkSctid } from '../../../terminology/snomed';
import { isUcumUnit } from '../../../terminology/ucum';
import { bindingCheck, checkCodeOfR4, reportMissingCode } from './bindings';
import type { CompiledType, Property, TypeTable, ValueCheck } from './compiled-type';
import { noteFragment } from './contained';
import { checkInvariants, invariantChecks } from './invariants';
import { LEADS_NOWHERE, MISPLACED, narrativeFaults } from './narrative';
import { isAbsolute, primitiveCheck } from './primitives';
import { checkReference } from './references';
import type { Visit } from './visit';
import { report } from './visit';
import { checkElement, checkResource } from './walk';

/** URIs that are names and not references: they connect no entries of a document. */
const NAMES_ONLY = /(^|\.)(system|fullUrl|endpoint|address|profile)$|^Extension\.url$/;

export function compileTypes(): TypeTable {
  const table = new Map<string, CompiledType>();
  for (const definition of allTypes()) {
    if (definition.kind === 'primitive') continue;
    table.set(definition.name, {
      definition,
      properties: new Map(),
      required: [],
      invariants: invariantChecks(definition.constraints, definition.name),
    });
  }
  for (const type of table.values()) {
    for (const name of type.definition.byName.values()) addProperty(type, name, table);
    for (const element of type.definition.elements) addRequired(type, element);
  }
  return table;
}

function addRequired(type: CompiledType, element: ElementDefinition): void {
  if (element.min === 0) return;
  const names: string[] = [];
  for (const property of type.properties.values()) {
    if (property.element === element) names.push(property.isCompanion ? `_${property.json}` : property.json);
  }
  type.required.push({ element, names });
}

function addProperty(type: CompiledType, name: ElementName, table: TypeTable): void {
  const { element, json } = name;
  const code = name.type?.code;
  const isOfPrimitive = code !== undefined && isPrimitive(code);
  const property: Property = {
    element,
    name: element.name,
    json,
    isList: element.max > 1,
    isPrimitive: isOfPrimitive,
    isCompanion: false,
    check: valueCheck(name, table),
  };
  type.properties.set(json, property);
  // An id of an element and the url of an Extension are attributes in XML, and have no extensions.
  if (!isOfPrimitive || code === 'xhtml' || element.path === 'Element.id' || element.path === 'Extension.url')
    return;
  const companion = table.get('Element') as CompiledType;
  type.properties.set(`_${json}`, {
    ...property,
    isCompanion: true,
    check: (value, visit, owner) => {
      checkElement(companion, value, visit);
      checkCompanion(element, value, owner[json], visit);
    },
  });
}

/** Checks the id and extensions of a primitive (`_birthDate`), with or without its value. */
function checkCompanion(element: ElementDefinition, value: Json, twin: Json | undefined, visit: Visit): void {
  if (!isObject(value)) return;
  if (element.path === 'Resource.id' && value.extension !== undefined) {
    report(visit, 'r4-extension', 'The id of a resource has no extensions.', { at: 'extension' });
  }
  if (twin === undefined && element.binding && reportMissingCode(element, value, visit)) return;
  if (value.id === undefined || value.extension !== undefined) return;
  const index = visit.path[visit.path.length - 1];
  const given = Array.isArray(twin) && typeof index === 'number' ? twin[index] : twin;
  if (given !== undefined && given !== null) return;
  report(visit, 'r4-cardinality', 'The element has only an id. It needs a value or extensions (R4 ele-1).');
}

function valueCheck(name: ElementName, table: TypeTable): ValueCheck {
  const { element, type } = name;
  const code = type?.code ?? '';
  const check = type && isPrimitive(code) ? primitiveValueCheck(name) : complexValueCheck(name, table);
  const invariants = invariantChecks(constraintsOf(element), element.children ?? element.path);
  const binding = bindingCheck(element, code);
  if (invariants.length === 0 && !binding) return check;
  return (value, visit, object) => {
    check(value, visit, object);
    binding?.(value, visit);
    // Of an element with nothing in it, that has been said.
    if (isObject(value) && Object.keys(value).length === 0) return;
    checkInvariants(invariants, value, visit);
  };
}

/**
 * The constraints of an element. One that is defined by reference to another (`Observation.component.referenceRange`
 * is `Observation.referenceRange`) is held to the constraints of that element too.
 * @see https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.contentReference
 */
function constraintsOf(element: ElementDefinition): readonly Constraint[] {
  const referred = element.children === undefined ? undefined : elementAt(element.children);
  if (referred === undefined || referred === element) return element.constraints;
  const own = new Set(element.constraints.map(({ key }) => key));
  return [...element.constraints, ...referred.constraints.filter(({ key }) => !own.has(key))];
}

function complexValueCheck({ element, type }: ElementName, table: TypeTable): ValueCheck {
  const code = type?.code;
  if (code === 'Resource')
    return (value, visit) => checkResource(table, value, visit, element.name === 'contained');
  const compiled = table.get(element.children ?? (code as string)) as CompiledType;
  if (code === 'Reference') {
    const targets = type?.targets;
    return (value, visit) => {
      checkElement(compiled, value, visit);
      if (!isObject(value)) return;
      checkReference(value, targets, visit);
      if (typeof value.reference === 'string') noteReference(value.reference, true, visit);
    };
  }
  if (type?.simpleQuantity) {
    return (value, visit) => {
      checkElement(compiled, value, visit);
      if (isObject(value) && value.comparator !== undefined) {
        report(
          visit,
          'r4-invariant',
          'This quantity cannot have a comparator (R4 sqty-1). Leave comparator out.',
          { at: 'comparator' },
        );
      }
    };
  }
  return (value, visit) => checkElement(compiled, value, visit);
}

function primitiveValueCheck({ element, type }: ElementName): ValueCheck {
  const code = type?.code as string;
  if (code === 'xhtml') return checkNarrative;
  if (element.path === 'Attachment.data') return checkAttachmentData;
  const check = primitiveCheck(code);
  const run: ValueCheck = (value, visit) => {
    const fault = check(value);
    if (fault) report(visit, fault.rule, fault.text, fault.isWarning ? { severity: 'warning' } : {});
  };
  if (element.path === 'Bundle.entry.fullUrl') {
    return (value, visit, owner) => {
      if (typeof value === 'string' && visit.tolerate.has('fullurl-not-uuid') && isBadUuidUrn(value)) return;
      run(value, visit, owner);
    };
  }
  const extra = extraChecks[element.path];
  if (extra) {
    return (value, visit, owner) => {
      run(value, visit, owner);
      if (typeof value === 'string' && value !== '') extra(value, visit, owner);
    };
  }
  if (code !== 'uri' && code !== 'url' && code !== 'canonical') return run;
  const isLink = code !== 'canonical' && !NAMES_ONLY.test(element.path);
  // `CodeSystem.url`: the canonical address by which others name the definition.
  const isDefiningUrl = code === 'uri' && /^[A-Za-z]+\.url$/.test(element.path) && element.isSummary;
  return (value, visit, owner) => {
    run(value, visit, owner);
    if (typeof value !== 'string') return;
    if (code === 'canonical') checkCanonicalTarget(value, type?.targets, visit);
    if (isDefiningUrl && visit.insideContained === undefined && value !== '' && !isAbsolute(value)) {
      report(
        visit,
        'r4-value',
        'The url of a definition is absolute, so that other resources can refer to it.',
      );
    }
    if (value.startsWith('#')) noteFragment(value, visit);
    else if (isLink) noteReference(value, false, visit);
  };
}

/** HL7's own canonical URLs contain the type of their target. */
function checkCanonicalTarget(value: string, targets: readonly string[] | undefined, visit: Visit): void {
  const named = /^http:\/\/hl7\.org\/fhir\/([A-Z][A-Za-z]{1,60})\/[^/]/.exec(value)?.[1];
  if (!targets || named === undefined || !isResourceType(named) || targets.includes(named)) return;
  report(visit, 'r4-reference', `This points to a ${named}, but R4 allows ${targets.join(', ')}.`);
}

const absoluteSystem = (value: string, visit: Visit): void => {
  if (!isAbsolute(value)) {
    report(visit, 'r4-value', 'A system is an absolute URI. Send https://…, urn:oid:… or urn:uuid:….');
  } else if (value.startsWith('http://hl7.org/fhir/ValueSet/')) {
    report(visit, 'r4-value', 'This is the URL of a value set. Send the URL of a code system.');
  }
};

/** Requirements of single elements that R4 gives only in prose. */
const extraChecks: Readonly<Record<string, (value: string, visit: Visit, owner: JsonObject) => void>> = {
  'Identifier.system': absoluteSystem,
  'Coding.system': absoluteSystem,
  'Coding.code': (value, visit, owner) => {
    if (owner.system === SNOMED_CT) checkSnomed(value, visit);
    else checkCodeOfR4(value, owner, visit);
  },
  'Quantity.code': (value, visit, owner) => {
    if (owner.system !== UCUM || isUcumUnit(value)) return;
    report(
      visit,
      'r4-unit',
      'This is not a UCUM unit. Send a UCUM code, such as /min, %, Cel or mm[Hg], or leave code and system out.',
      visit.tolerate.has('not-ucum') ? { severity: 'warning' } : {},
    );
  },
  'Identifier.value': (value, visit, owner) => {
    if (owner.system !== 'urn:ietf:rfc:3986' || isAbsolute(value)) return;
    report(
      visit,
      'r4-value',
      'With the system urn:ietf:rfc:3986 the value is a whole URI, such as urn:uuid: and a UUID.',
      {
        severity: 'warning',
      },
    );
  },
};

function checkSnomed(code: string, visit: Visit): void {
  // An expression contains other characters too.
  if (!/^[A-Za-z0-9-]+$/.test(code)) return;
  const verdict = checkSctid(code);
  if (verdict === 'valid') return;
  report(
    visit,
    'r4-snomed',
    verdict === 'not-a-concept'
      ? 'This is the SNOMED CT id of a description or relationship. Send the concept id.'
      : 'This is not a SNOMED CT id, because its length or check digit is wrong. Send the concept id.',
    visit.tolerate.has('not-snomed') ? { severity: 'warning' } : {},
  );
}

function isBadUuidUrn(value: string): boolean {
  return value.startsWith('urn:uuid:') && value.length > 9 && !/\s/.test(value) && !isUuidUrn(value);
}

function noteReference(reference: string, isReference: boolean, visit: Visit): void {
  if (reference.startsWith('#')) return noteFragment(reference, visit);
  const bundle = visit.bundle;
  if (!bundle?.met || visit.entryDepth < 0) return;
  const parts = visit.path.slice(visit.entryDepth);
  let expression = '';
  for (const part of parts)
    expression += typeof part === 'number' ? `[${part}]` : `${expression === '' ? '' : '.'}${part}`;
  bundle.met.push({ entry: bundle.entry, reference, expression, isReference });
}

const checkAttachmentData: ValueCheck = (value, visit, owner) => {
  const result = attachmentBytes(owner);
  if (result.ok) return checkIntegrity(owner, result.bytes, visit);
  const fault = primitiveCheck('base64Binary')(value);
  if (fault) report(visit, fault.rule, fault.text);
  else
    report(
      visit,
      'r4-cardinality',
      'The attachment has data without any bytes. Send at least one byte, or leave data out.',
    );
};

/** Size and hash, where they are sent, are those of the bytes. The place of the walk is `data`. */
function checkIntegrity({ size, hash }: JsonObject, bytes: Buffer, visit: Visit): void {
  const data = visit.path.pop();
  if (isNumber(size) && toNumber(size) !== bytes.length) {
    const text = `The size does not match the data, which has ${bytes.length} bytes. Send all the data with its size, or leave size out.`;
    const isMild = visit.tolerate.has('attachment-size');
    report(visit, 'r4-attachment', text, { at: 'size', ...(isMild && { severity: 'warning' }) });
  }
  if (typeof hash === 'string' && documentHash('sha1', bytes).toString('base64') !== hash.trim()) {
    const text =
      'The hash is not the SHA-1 hash of the data, as base64. The data may have changed in transit. Send the data again, with its hash.';
    report(visit, 'r4-attachment', text, { at: 'hash' });
  }
  if (data !== undefined) visit.path.push(data);
}

const checkNarrative: ValueCheck = (value, visit) => {
  const fault = primitiveCheck('xhtml')(value);
  if (fault) return report(visit, fault.rule, fault.text);
  for (const text of narrativeFaults(value as string)) {
    if (text === LEADS_NOWHERE && visit.tolerate.has('narrative-links')) continue;
    const isMild = text === MISPLACED && visit.tolerate.has('narrative-form');
    report(visit, 'r4-narrative', text, isMild ? { severity: 'warning' } : {});
  }
  // A picture may be a contained Binary, which is referred to by that.
  if (visit.contained)
    for (const [, id] of (value as string).matchAll(/\s(?:src|href)=["']#([A-Za-z0-9.-]{1,64})["']/g))
      noteFragment(`#${id}`, visit);
};
