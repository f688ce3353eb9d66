/**
 * Rules of the extensions that a UK Core profile defines: how often each may be there, what kind of value it has, and
 * which codes. All are warnings, because UK Core leaves its slices open and no summary is refused for an optional
 * extension. With strict handling, a required binding is an error. @see https://simplifier.net/hl7fhirukcorer4
 */
import { always, stricter, type Finding, type Rule, type RuleExample } from '../../definitions/rule';
import { isObject, type AnyResource, type Json, type JsonObject } from '../../fhir/types';
import { codingsOf } from './codings';
import { unchanged } from './example';
import { referencesAt as objectsAt } from './reference-rules';

const STRUCTURES = 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-';

/** Code system → its codes. */
export type Codes = Readonly<Record<string, readonly string[]>>;

export interface UkCoreExtension {
  id: string;
  /** The profile and element: `UK Core Patient.extension:birthSex`. */
  guidance: string;
  /** The element that carries it, '' for the resource itself. */
  path: string;
  /** What follows `Extension-UKCore-`, or a whole url. */
  name: string;
  /** The name of the part that carries the value, where the extension has parts. */
  part?: string;
  value: 'valueCodeableConcept' | 'valueBoolean' | 'valuePositiveInt' | 'valueReference';
  binding?: { strength: 'required' | 'extensible'; codes: Codes };
  breaks: RuleExample;
}

export function extensionUrl(name: string): string {
  return name.startsWith('http') ? name : STRUCTURES + name;
}

export function extensionRule(extension: UkCoreExtension): Rule {
  const url = extensionUrl(extension.name);
  return {
    id: extension.id,
    severity: extension.binding?.strength === 'required' ? stricter('warning', 'error') : always('warning'),
    code: 'extension',
    guidance: extension.guidance,
    claim: claimOf(extension),
    *check(resource): Iterable<Finding> {
      for (const { reference: holder, place } of holdersOf(resource, extension.path)) {
        const found = extensionsOf(holder, url);
        if (found.length > 1) {
          yield {
            element: place,
            text: `The extension ${extension.name} appears ${found.length} times. Send it once.`,
          };
        }
        for (const { item, index } of found) {
          const at = `${place === '' ? '' : `${place}.`}extension[${index}]`;
          yield* checkValue(extension, item, at);
        }
      }
    },
    examples: { keeps: unchanged, breaks: extension.breaks },
  };
}

function claimOf({ name, value, binding }: UkCoreExtension): string {
  const kind = value.slice('value'.length);
  const codes = binding ? ` with a code of its ${binding.strength} value set` : '';
  return `The extension ${name} appears at most once, and has a ${kind}${codes}.`;
}

function holdersOf(resource: AnyResource, path: string): readonly { reference: JsonObject; place: string }[] {
  return path === '' ? [{ reference: resource, place: '' }] : objectsAt(resource, path);
}

export function extensionsOf(holder: JsonObject, url: string): { item: JsonObject; index: number }[] {
  if (!Array.isArray(holder.extension)) return [];
  return holder.extension.flatMap((item, index) =>
    isObject(item) && item.url === url ? [{ item, index }] : [],
  );
}

function* checkValue(extension: UkCoreExtension, item: JsonObject, at: string): Iterable<Finding> {
  const { part, name, value, binding } = extension;
  const holder = part === undefined ? item : extensionsOf(item, part)[0]?.item;
  const found = holder?.[value];
  if (found === undefined) {
    const where = part === undefined ? '' : ` in its part ${part}`;
    yield {
      element: at,
      text: `The extension ${name} has no ${value}${where}. Add it, or leave the extension out.`,
    };
  } else if (binding && !isBound(found, binding.strength, binding.codes)) {
    yield {
      element: at,
      code: 'code-invalid',
      text: `The extension ${name} has a code that is not in its value set. Send one of ${listed(binding.codes)}.`,
    };
  }
}

/** Required: a coding of the value set is there. Extensible: no coding has an unknown code of a system of the set. */
function isBound(concept: Json, strength: 'required' | 'extensible', codes: Codes): boolean {
  const codings = codingsOf(concept);
  const isListed = ({ system, code }: JsonObject): boolean =>
    codes[String(system)]?.includes(String(code)) === true;
  return strength === 'required'
    ? codings.some(isListed)
    : codings.every((coding) => codes[String(coding.system)] === undefined || isListed(coding));
}

function listed(codes: Codes): string {
  return Object.entries(codes)
    .map(([system, values]) => `${values.join(', ')} (${system})`)
    .join('; ');
}
