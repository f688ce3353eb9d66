/**
 * Checks resources against the profiles that they claim in `meta.profile`, and extensions against their definitions,
 * as far as these are known: R4's own, and those of loaded packages. Profiles that are not known are passed over.
 * @see https://hl7.org/fhir/R4/profiling.html
 */
import type { Issue, Severity } from '../../../fhir/issue';
import { atOnce, type Slices } from '../../../fhir/slices';
import { coreProfiles, vitalSignProfile } from '../../../fhir/r4/profiles';
import { isResourceType, typeDefinition } from '../../../fhir/r4/definitions';
import type { AnyResource, Json, JsonObject } from '../../../fhir/types';
import { isObject, isResource, listOf } from '../../../fhir/types';
import { createValueSets } from '../../../terminology/value-sets';
import { isUnknownExtension, misplacedIn, type ExtensionPlace } from './check-extension';
import { checkNode, type ProfileVisit, type ProfileWorld } from './check-profile';
import type { Profile } from './profile-node';
import { profileOf } from './profile-node';

export interface ProfileOptions {
  /**
   * R4 says that a reading with one of its LOINC codes for vital signs conforms to the profile of that reading, whether
   * it claims so or not. What a deviation is then; nothing is said unless given.
   */
  vitalSignsByCode?: Severity;
  /** The severity of an extension where its definition does not allow it. Not reported unless set. */
  misplacedExtensions?: Severity;
  /** What a claim is of a UK Core profile that is not loaded and names another type; an error unless given. */
  ukCoreOfAnotherType?: Severity;
  /** What an extension is whose definition is not known here; nothing is said unless given. */
  unknownExtensions?: Severity;
}

export interface ProfileValidator {
  /** @param root where expressions begin; the resource's type unless given */
  validate(resource: AnyResource, root?: string, options?: ProfileOptions): Issue[];
  /** The same of a Bundle that may be large. */
  validateInSlices(resource: AnyResource, root?: string, options?: ProfileOptions): Slices<Issue[]>;
  /** The type that a profile constrains, by its url with or without `|version`; undefined where it is not known. */
  typeOf(url: string): string | undefined;
  /** The urls of the profiles that packages brought. */
  loaded: readonly string[];
}

const MAX_DEPTH = 100;
const MAX_BASES = 20;

/** @param resources the conformance resources of loaded packages; others among them are passed over */
export function createProfileValidator(resources: readonly AnyResource[] = []): ProfileValidator {
  const definitions = new Map<string, AnyResource>();
  for (const resource of [...coreProfiles(), ...resources]) {
    if (resource.resourceType === 'StructureDefinition' && typeof resource.url === 'string')
      definitions.set(resource.url, resource);
  }
  const profiles = new Map<string, Profile | undefined>();
  const world: ProfileWorld = { valueSets: createValueSets(resources), profile: (url) => profileAt(url) };

  function profileAt(canonical: string, depth = 0): Profile | undefined {
    const [url = ''] = canonical.split('|', 1);
    if (profiles.has(url)) return profiles.get(url);
    const definition = definitions.get(url);
    if (!definition || depth > MAX_BASES) return undefined;
    profiles.set(url, undefined);
    const base =
      typeof definition.baseDefinition === 'string'
        ? profileAt(definition.baseDefinition, depth + 1)
        : undefined;
    const profile = profileOf(definition, base?.root);
    profiles.set(url, profile);
    return profile;
  }
  for (const url of definitions.keys()) profileAt(url);

  function* validateInSlices(
    resource: AnyResource,
    root = resource.resourceType,
    options: ProfileOptions = {},
  ): Slices<Issue[]> {
    const issues: Issue[] = [];
    const later: (() => void)[] = [];
    const walk: Walk = {
      issues,
      world,
      options,
      plain: new Map(),
      count: { expressions: 0 },
      resource,
      container: resource,
      later: resource.resourceType === 'Bundle' ? later : undefined,
    };
    walkResource(resource, root, walk, 0, false);
    walk.later = undefined;
    for (const check of later) {
      yield;
      check();
    }
    return deduplicated(issues);
  }
  return {
    validateInSlices,
    validate: (...asked) => atOnce(validateInSlices(...asked)),
    typeOf: (url) => profileAt(url)?.type,
    loaded: resources.flatMap(({ url }) => (typeof url === 'string' && profiles.get(url) ? [url] : [])),
  };
}

interface Walk {
  issues: Issue[];
  world: ProfileWorld;
  options: ProfileOptions;
  plain: Map<JsonObject, JsonObject>;
  count: { expressions: number };
  resource: AnyResource;
  container: AnyResource;
  /** Where the entries of the outermost Bundle are looked at after it: what to look at. */
  later: (() => void)[] | undefined;
}

function walkResource(
  resource: AnyResource,
  at: string,
  walk: Walk,
  depth: number,
  isContained: boolean,
): void {
  const outer = { resource: walk.resource, container: walk.container };
  walk.resource = resource;
  if (!isContained) walk.container = resource;
  const claimed = new Set<string>();
  const meta = resource.meta;
  for (const url of isObject(meta) ? listOf(meta.profile) : []) {
    if (typeof url !== 'string') continue;
    const [name = ''] = url.split('|', 1);
    const type = walk.world.profile(url)?.type ?? typeNamedBy(CORE_TYPE, name);
    const ukCore = type ?? typeNamedBy(UK_CORE, name);
    if (ukCore !== undefined && ukCore !== resource.resourceType) {
      const severity = type === undefined ? walk.options.ukCoreOfAnotherType : 'error';
      walk.issues.push(ofAnotherType(ukCore, `${at}.meta.profile`, severity));
      continue;
    }
    const profile = walk.world.profile(url);
    if (!profile || claimed.has(profile.url)) continue;
    claimed.add(profile.url);
    apply(profile, { value: resource, type: resource.resourceType }, at, walk, undefined);
  }
  const severity = walk.options.vitalSignsByCode;
  const byCode = severity === undefined ? undefined : vitalSignProfile(resource);
  if (byCode !== undefined && !claimed.has(byCode)) {
    const profile = walk.world.profile(byCode);
    if (profile) apply(profile, { value: resource, type: resource.resourceType }, at, walk, severity);
  }
  if (hasMoreToCheck(resource))
    walkMembers({ value: resource, type: resource.resourceType }, at, walk, depth);
  Object.assign(walk, outer);
}

/** Whether an extension or another resource is somewhere inside. Most resources have neither, and end here. */
function hasMoreToCheck(value: JsonObject): boolean {
  for (const key in value) {
    const member = value[key];
    if (typeof member !== 'object' || member === null) continue;
    if (key === 'extension' || key === 'modifierExtension' || key === 'contained') return true;
    if (Array.isArray(member) ? member.some(isMoreToCheck) : isMoreToCheck(member)) return true;
  }
  return false;
}

const isMoreToCheck = (value: Json): boolean =>
  isObject(value) && ('resourceType' in value || hasMoreToCheck(value));

const CORE_TYPE = /^http:\/\/hl7\.org\/fhir\/StructureDefinition\/([A-Z][A-Za-z]+)$/;
/** UK Core names its profiles by their type: `UKCore-Observation-VitalSigns`. */
const UK_CORE = /^https:\/\/fhir\.hl7\.org\.uk\/StructureDefinition\/UKCore-([A-Z][A-Za-z]+)(?:-|$)/;

/** The resource type that the address of a profile names; undefined where it names none. */
function typeNamedBy(pattern: RegExp, url: string): string | undefined {
  const type = pattern.exec(url)?.[1];
  return type !== undefined && isResourceType(type) ? type : undefined;
}

const ofAnotherType = (type: string, expression: string, severity: Severity = 'error'): Issue => ({
  severity,
  code: 'structure',
  rule: 'profile-type',
  text: `The resource claims a profile for ${type}, which is a different type. In meta.profile, send a profile for the resource’s own type, or leave it out.`,
  expression,
  source: 'http://hl7.org/fhir/R4/resource.html#Meta',
});

/** An object and the type that R4 gives it. */
interface Typed {
  value: JsonObject;
  type: string;
}

function apply(
  profile: Profile,
  { value, type }: Typed,
  at: string,
  walk: Walk,
  severity: Severity | undefined,
): void {
  const { issues, resource, container, plain, count } = walk;
  const visit: ProfileVisit = {
    world: walk.world,
    issues,
    resource,
    container,
    plain,
    profile,
    severity,
    depth: 0,
    expressions: count.expressions,
  };
  checkNode(profile.root, { value, type, at: '' }, at, visit);
  count.expressions = visit.expressions;
}

/**
 * Looks for resources inside and for extensions whose definition is known.
 * @param holder what extensions here extend, where it is not the type itself
 */
function walkMembers(
  { value: object, type }: Typed,
  at: string,
  walk: Walk,
  depth: number,
  holder: Holder = { type, path: type },
): void {
  if (depth > MAX_DEPTH) return;
  const definition = typeDefinition(type);
  for (const key in object) {
    const value = object[key];
    if (typeof value !== 'object' || value === null) continue;
    const isCompanion = key.startsWith('_');
    const name = definition?.byName.get(isCompanion ? key.slice(1) : key);
    if (!name) continue;
    const child = isCompanion ? 'Element' : (name.element.children ?? name.type?.code ?? 'Element');
    const isContained = name.element.name === 'contained';
    const visitItem = (item: Json | undefined, place: string): void => {
      if (!isObject(item)) return;
      if (child === 'Resource') {
        if (isResource(item)) walkResource(item, place, walk, depth + 1, isContained);
        return;
      }
      if (child === 'Extension') checkExtension(item, place, walk, holder, key);
      // The extensions of a primitive are in the element with the underscore.
      const inner = isCompanion ? (name.type?.code ?? child) : child;
      walkMembers({ value: item, type: child }, place, walk, depth + 1, {
        type: inner,
        path: name.element.path,
      });
    };
    const place = `${at}.${name.element.name}`;
    if (walk.later && name.element.path === 'Bundle.entry' && Array.isArray(value))
      value.forEach((item, index) => walk.later?.push(() => visitItem(item, `${place}[${index}]`)));
    else if (Array.isArray(value)) value.forEach((item, index) => visitItem(item, `${place}[${index}]`));
    else visitItem(value, place);
  }
}

type Holder = Pick<ExtensionPlace, 'type' | 'path'>;

function checkExtension(extension: JsonObject, at: string, walk: Walk, holder: Holder, list: string): void {
  const { url } = extension;
  if (typeof url !== 'string') return;
  const { misplacedExtensions, unknownExtensions } = walk.options;
  const profile = walk.world.profile(url);
  if (!profile) {
    if (unknownExtensions && isUnknownExtension(url)) walk.issues.push(unknown(at, unknownExtensions));
    return;
  }
  if (profile.type !== 'Extension') return;
  apply(profile, { value: extension, type: 'Extension' }, at, walk, undefined);
  if (!misplacedExtensions) return;
  const place = { ...holder, at: at.slice(0, at.lastIndexOf('.')), isModifier: list === 'modifierExtension' };
  for (const text of misplacedIn(extension, profile, place))
    walk.issues.push({ ...told, severity: misplacedExtensions, text, expression: at, source: profile.url });
}

const told = { code: 'extension', rule: 'profile-extension' } as const;

const unknown = (expression: string, severity: Severity): Issue => ({
  ...told,
  severity,
  text: 'The definition of this extension is not loaded on this server, so it was not checked. FHIR_PACKAGES names the packages that are loaded when the server starts. This does not cause a submission to be refused.',
  expression,
  source: 'http://hl7.org/fhir/R4/extensibility.html',
});

/** Without this, a resource that claims a profile and its base would get the same issue twice. */
function deduplicated(issues: Issue[]): Issue[] {
  const seen = new Set<string>();
  return issues.filter(({ rule, expression, text }) => {
    const key = `${rule} ${expression} ${text.replace(/ The profile .*$/, '')}`;
    return !seen.has(key) && seen.add(key);
  });
}
