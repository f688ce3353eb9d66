/**
 * Where the references of a resource lead, as far as that bears on whose data it is: to an entry of the Bundle, to a
 * patient by NHS number or by id, to a resource by id, or to somebody who is not known. Elements that may name another
 * person (`other-people.ts`) are left out. Nothing is looked up here but the Bundle.
 */
import { append } from '../fhir/long-lists';
import { containedWith } from '../fhir/contained';
import { isUuid } from '../fhir/uuid';
import { isResourceType } from '../fhir/r4/definitions';
import { referencesIn, type MetReference } from '../fhir/r4/references-in';
import { isObject, listOf, type AnyResource, type JsonObject } from '../fhir/types';
import { isNhsNumberSystemVariant, NHS_NUMBER_SYSTEM } from '../terminology/nhs-number';
import { businessKeys } from './business-keys';
import { isCurrent } from '../fhir/current-identifier';
import { namesOf } from '../fhir/names';
import type { PeopleNamed } from './other-people';
import type { EntryView } from './rule';

export const PATIENT = 'Patient';

/** Where a reference leads. */
export type Lead =
  | { to: 'entry'; entry: EntryView }
  /** By an NHS number, spaces and dashes taken out; of a contained Patient with its birth date. */
  | { to: 'nhs-number'; nhsNumber: string; birthDate?: string }
  /** `Patient/<uuid>`, in lower case. */
  | { to: 'patient'; id: string }
  /** `Encounter/<uuid>`, in lower case: it may be one of this server's. */
  | { to: 'resource'; type: string; id: string }
  /**
   * To a person who may be known by one of these business keys (`system|value`). Not certain: it may as well be
   * something else, unless the patient is known by another value of the same system.
   */
  | { to: 'somebody'; keys: readonly string[]; isCertain: boolean };

export type PatientReference = Lead & {
  /** `performer[0]`, in JSON names. */
  place: string;
  /** `Observation.performer` */
  element: string;
  /** True where others may be named too, provided that the patient is. */
  isBeside: boolean;
  /** True of a Reference that has an identifier alone. */
  isLogical: boolean;
};

/** How a patient is known: by current identifiers alone. */
export interface KnownBy {
  nhsNumbers: readonly string[];
  /** `system|value` of every current identifier. */
  keys: readonly string[];
}

/** Finds the entry that a Reference means, by the guidance's algorithm. */
export type FindEntry = (reference: JsonObject, from: EntryView) => EntryView | undefined;

export function knownBy(patient: AnyResource): KnownBy {
  const current = listOf(patient.identifier).filter(
    (identifier): identifier is JsonObject => isObject(identifier) && isCurrent(identifier),
  );
  return {
    nhsNumbers: current.flatMap((identifier) => nhsNumberOf(identifier) ?? []),
    keys: businessKeys(current),
  };
}

function nhsNumberOf({ system, value }: JsonObject): string | undefined {
  if (typeof system !== 'string' || typeof value !== 'string') return undefined;
  if (system !== NHS_NUMBER_SYSTEM && !isNhsNumberSystemVariant(system)) return undefined;
  return value.replace(/[\s\u00a0-]/g, '');
}

/** The references of an entry's resource that point to its patient, or must, in the order in which they were sent. */
export function patientReferencesIn(
  view: EntryView,
  find: FindEntry,
  people: PeopleNamed,
): PatientReference[] {
  const { references, carried, attachments } = referencesIn(view.resource);
  const found: PatientReference[] = [];
  const contained = new Map<JsonObject, KnownBy>();
  const knownOnce = (patient: JsonObject): KnownBy => {
    const known = contained.get(patient) ?? knownBy(patient as AnyResource);
    contained.set(patient, known);
    return known;
  };
  for (const met of references) {
    const exception = people.otherPersonAt(met.element);
    if (exception !== undefined && exception !== 'beside') continue;
    const { element, place, reference } = met;
    const isLogical = typeof reference.reference !== 'string' || reference.reference === '';
    const how = { element, place, isLogical, isBeside: exception === 'beside' };
    for (const lead of leadsOf(met, view, { find, people, knownOnce })) found.push(Object.assign(lead, how));
  }
  for (const { resource, place } of carried) {
    if (resource.resourceType !== PATIENT) continue;
    for (const lead of leadsToPatient(resource, knownBy(resource)))
      found.push({ ...lead, element: PATIENT, place, isLogical: false, isBeside: false });
  }
  for (const { url, place } of attachments) {
    const lead = addressed(url);
    if (lead?.to === 'resource')
      found.push({
        ...lead,
        element: 'Attachment.url',
        place: `${place}.url`,
        isLogical: false,
        isBeside: false,
      });
  }
  return found;
}

/** The facts about a reference that R4 does not give. */
interface Asked {
  find: FindEntry;
  people: PeopleNamed;
  /** By what a contained Patient is known, found once for all references to it. */
  knownOnce: (patient: JsonObject) => KnownBy;
}

function leadsOf(met: MetReference, view: EntryView, asked: Asked): Lead[] {
  const { reference, identifier } = met.reference;
  const leads: Lead[] = [];
  if (typeof reference === 'string' && reference !== '') {
    const ofText = leadsOfText(reference, met, view, asked);
    if (!isObject(identifier)) return ofText;
    append(leads, ofText);
  } else if (isObject(identifier) && mayBeAPatient(met)) {
    const entry = asked.find({ identifier }, view);
    if (entry) leads.push({ to: 'entry', entry });
    else append(leads, leadsOfIdentifier(identifier, met, asked.people));
  }
  // An NHS number next to a reference names a patient too.
  const nhsNumber = isObject(identifier) && mayBeAPatient(met) ? nhsNumberOf(identifier) : undefined;
  if (nhsNumber !== undefined) leads.push({ to: 'nhs-number', nhsNumber });
  return leads;
}

function leadsOfText(
  reference: string,
  met: MetReference,
  view: EntryView,
  { find, people, knownOnce }: Asked,
): Lead[] {
  if (reference.startsWith('#')) {
    const [target] = containedWith(reference.slice(1), met.container);
    return target?.resourceType === PATIENT ? leadsToPatient(target as AnyResource, knownOnce(target)) : [];
  }
  const entry = find({ reference }, view);
  if (entry) return [{ to: 'entry', entry }];
  const asked = /^(|.*\/)Patient\?(.*)$/s.exec(reference);
  const named = asked ? leadsOfQuery(asked[2] ?? '') : [];
  // The server runs the search itself, and checks the result then.
  if (named.length > 0 || isSearchHere(reference)) return named;
  const lead = literal(reference);
  if (lead !== undefined) return lead === null ? [] : [lead];
  return isMeantForAPatient(met, people) ? [{ to: 'somebody', keys: [], isCertain: true }] : [];
}

/** `Encounter?identifier=…`: a search on this server. */
function isSearchHere(reference: string): boolean {
  const mark = reference.indexOf('?');
  return mark > 0 && isResourceType(reference.slice(0, mark));
}

/** Nobody has so many: two that differ are two patients. */
const MOST_NUMBERS = 10;

/** By what a Patient is known; where it has no NHS number, by its other identifiers. */
function leadsToPatient(patient: AnyResource, known: KnownBy): Lead[] {
  const { nhsNumbers, keys } = known;
  if (nhsNumbers.length === 0) return [{ to: 'somebody', keys, isCertain: true }];
  const born = typeof patient.birthDate === 'string' ? { birthDate: patient.birthDate } : {};
  const different = [...namesOf(nhsNumbers)].slice(0, MOST_NUMBERS);
  return different.map((nhsNumber) => ({ to: 'nhs-number', nhsNumber, ...born }));
}

/** A search that names its patient by NHS number. What another search finds is known when it has been made. */
function leadsOfQuery(query: string): Lead[] {
  return new URLSearchParams(query).getAll('identifier').flatMap((token): Lead[] => {
    const bar = token.lastIndexOf('|');
    const nhsNumber =
      bar < 0 ? undefined : nhsNumberOf({ system: token.slice(0, bar), value: token.slice(bar + 1) });
    return nhsNumber === undefined ? [] : [{ to: 'nhs-number', nhsNumber }];
  });
}

const LITERAL =
  /^(?:[a-z][a-z0-9+.-]*:\/\/[^?#\s]*\/)?([A-Za-z]{2,64})\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?(?:#.*)?$/i;

/** The id in `Patient/<uuid>`, with or without a base and a version. */
export function patientIdIn({ reference }: JsonObject): string | undefined {
  const lead = typeof reference === 'string' ? literal(reference) : undefined;
  return lead?.to === 'patient' ? lead.id : undefined;
}

/**
 * `Type/id`, on whichever server: an id of ours is found on no other. Null where it leads to what can be none of ours;
 * undefined where it is no literal reference.
 */
function literal(text: string): Lead | null | undefined {
  const [, type = '', id = ''] = text.length > 2000 ? [] : (LITERAL.exec(text) ?? []);
  if (!isResourceType(type)) return undefined;
  if (type === PATIENT)
    return isUuid(id)
      ? { to: 'patient', id: id.toLowerCase() }
      : { to: 'somebody', keys: [], isCertain: true };
  return isUuid(id) ? { to: 'resource', type, id: id.toLowerCase() } : null;
}

const ADDRESS = /(?:^|\/)([A-Za-z]{2,64})\/([0-9a-f-]{36})(?:\/_history\/[^/]*)?\/*$/i;

/**
 * What an address that a reader would follow leads to, however it is spelled: with or without a base, a path or dots
 * before it, a query, a fragment or slashes behind it, and percent-encoded.
 */
function addressed(url: string): Lead | null | undefined {
  if (url.length > 2000 || /^data:/i.test(url)) return undefined;
  const [, type = '', id = ''] = ADDRESS.exec(decoded(url).replace(/[?#].*$/s, '')) ?? [];
  return literal(`${type}/${id}`);
}

function decoded(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}

/** Namespaces of the NHS and HL7 UK for staff, organisations and places. The NHS number is handled before. */
const OF_OTHERS = /^https:\/\/(?:fhir\.nhs\.uk|fhir\.hl7\.org\.uk)\/Id\//i;

function leadsOfIdentifier(identifier: JsonObject, met: MetReference, people: PeopleNamed): Lead[] {
  const { system, value } = identifier;
  if (typeof value !== 'string' || value === '') return [];
  if (nhsNumberOf(identifier) !== undefined) return [];
  const isCertain =
    saysPatient(met.reference) ||
    (isMeantForAPatient(met, people) && !(typeof system === 'string' && OF_OTHERS.test(system)));
  return [{ to: 'somebody', keys: businessKeys(identifier), isCertain }];
}

/** `Reference.type`, which may be the name or the address of the type. */
const saysPatient = ({ type }: JsonObject): boolean =>
  typeof type === 'string' && /(?:^|\/)Patient$/.test(type);

/**
 * True where a Reference by identifier or display alone is taken for one to a patient: it says so, or its element is for
 * a patient and neither its type nor its system says otherwise.
 */
export function isTakenForAPatient(met: MetReference, people: PeopleNamed): boolean {
  if (saysPatient(met.reference)) return true;
  if (people.otherPersonAt(met.element) !== undefined || !isMeantForAPatient(met, people)) return false;
  const { identifier } = met.reference;
  if (!isObject(identifier) || nhsNumberOf(identifier) !== undefined) return true;
  return !(typeof identifier.system === 'string' && OF_OTHERS.test(identifier.system));
}

/** True if R4 allows the element to refer to a Patient. */
function mayBeAPatient({ targets }: MetReference): boolean {
  return targets === undefined || targets.includes(PATIENT);
}

/** True where a reference that names no type is taken for one to a patient. */
function isMeantForAPatient({ element, targets, reference }: MetReference, people: PeopleNamed): boolean {
  if (typeof reference.type === 'string') return saysPatient(reference);
  return people.meansAPatient(element, targets);
}
