/**
 * A place in a resource as FHIRPath names it: JSON says `valueQuantity` and `_birthDate`, FHIRPath `value` and
 * `birthDate`.
 * @see https://hl7.org/fhir/R4/fhirpath.html#polymorphism
 */
import { typeDefinition } from '../../fhir/r4/definitions';
import { isObject, isResource, type AnyResource, type Json } from '../../fhir/types';

/** What an element could be called: what a sender makes up is not repeated. */
const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

const PLACE_IN_LIST = /^(?:\[\d+\])*$/;

/**
 * Ends above a name that no element could have.
 * @param expression a path of JSON names from the resource's type, such as `Observation.component[2].valueQuantity`
 */
export function fhirPathOf(resource: AnyResource, expression: string): string {
  const [root, ...steps] = expression.split('.') as [string, ...string[]];
  let value: Json | undefined = resource;
  let type = typeDefinition(resource.resourceType);
  let path = root;
  for (const step of steps) {
    const bracket = step.indexOf('[');
    const name = bracket < 0 ? step : step.slice(0, bracket);
    const plain = name.startsWith('_') ? name.slice(1) : name;
    if (!NAME.test(plain) || !PLACE_IN_LIST.test(step.slice(name.length))) return path;
    const known = type?.byName.get(plain);
    path += `.${known?.element.isChoice ? known.element.name : plain}${step.slice(name.length)}`;
    value = isObject(value) ? value[name] : undefined;
    if (Array.isArray(value)) value = value[Number(step.slice(bracket + 1, -1))];
    const below = plain === name ? (known?.type?.code ?? known?.element.children) : 'Element';
    const code = isResource(value) ? value.resourceType : below;
    type = code === undefined ? undefined : typeDefinition(code);
  }
  return path;
}
