/**
 * What a use case showed: whose data, which resources, and by which conditions it was looked for. The audit record is
 * made of this. For example, a read of one Observation discloses
 * `{ patients: ['6b9b148f-…'], unowned: [], nhsNumbers: [], resources: ['Observation/0e2c…/_history/1'], conditions: [] }`.
 * @see docs/decisions/0044-what-use-cases-disclose.md
 */
import { PATIENT } from '../../definitions/patient-references';
import { atOnce, type Slices } from '../../fhir/slices';
import { idsReferredTo } from '../../engines/store/owners';
import { NHS_NUMBER_SYSTEM, withoutSpacesAndDashes } from '../../terminology/nhs-number';

/** What a use case showed. */
export interface Disclosed {
  /** Server ids of the patients whose data was shown. For a failure: the patients whose data was requested. */
  patients: readonly string[];
  /**
   * Server ids that name the patients of what was shown without an owner: of submissions, and of what such resources
   * refer to. The audit trail finds the patients.
   */
  unowned: readonly string[];
  /** NHS numbers that were shown or asked for. */
  nhsNumbers: readonly string[];
  /** What was shown, as `Type/id` or `Type/id/_history/version`. */
  resources: readonly string[];
  /** The conditions that were asked, such as `patient:identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018`. */
  conditions: readonly string[];
  /** True of a search that showed nothing: neither what it was about, nor how many there are. */
  isEmpty?: true;
}

/** Nothing of a patient was shown. */
export const nothing: Disclosed = {
  patients: [],
  unowned: [],
  nhsNumbers: [],
  resources: [],
  conditions: [],
};

/** One version of a resource that was shown. */
export interface ShownVersion {
  type: string;
  id: string;
  version: number;
  patientId: string | null;
  content: string;
}

/** What is disclosed when these versions are shown. */
export const shown = (versions: Iterable<ShownVersion>): Disclosed => atOnce(shownInSlices(versions));

/** The same, of very many versions. */
export function* shownInSlices(versions: Iterable<ShownVersion>): Slices<Disclosed> {
  const patients = new Set<string>();
  const resources: string[] = [];
  const unowned = new Set<string>();
  const nhsNumbers = new Set<string>();
  for (const { type, id, version, patientId, content } of versions) {
    resources.push(`${type}/${id}/_history/${version}`);
    if (patientId !== null) patients.add(patientId);
    else if (type === SUBMISSION) unowned.add(id);
    else {
      // An AuditEvent names its patients itself, beside very many resources.
      const [found, only] = type === 'AuditEvent' ? [patients, PATIENT] : [unowned, undefined];
      for (const each of idsReferredTo(content, only)) found.add(each);
      for (const each of nhsNumbersNamed(content)) nhsNumbers.add(each);
    }
    yield;
  }
  return {
    ...nothing,
    patients: [...patients],
    unowned: [...unowned],
    nhsNumbers: [...nhsNumbers],
    resources,
  };
}

/** A submission is shown as a resource of this type. Its row has the patients that its entries name. */
const SUBMISSION = 'Bundle';

const IDENTIFIER = /\{[^{}]*\}/g;

/** The NHS numbers that the identifiers in a resource have. */
function* nhsNumbersNamed(content: string): Generator<string> {
  if (!content.includes(NHS_NUMBER_SYSTEM)) return;
  for (const [identifier] of content.matchAll(IDENTIFIER)) {
    if (!identifier.includes(`"${NHS_NUMBER_SYSTEM}"`)) continue;
    const [, value = ''] = /"value"\s*:\s*"([^"]*)"/.exec(identifier) ?? [];
    const digits = withoutSpacesAndDashes(value);
    if (/^\d{10}$/.test(digits)) yield digits;
  }
}

/** Gives a resource found by a search the shape that `shown` needs. */
export const asShown = <F extends { versionId: number }>(found: F): F & { version: number } => ({
  ...found,
  version: found.versionId,
});

/**
 * The patient whose data was requested and not shown. The answer is the same as for a resource that does not exist, but
 * the audit record names the patient.
 */
export const soughtOf = ({ patientId }: { patientId: string | null }): Disclosed =>
  patientId === null ? nothing : { ...nothing, patients: [patientId] };

/** Writes conditions for the audit record, as `name=value`. */
export const conditionsOf = (pairs: readonly (readonly [string, string])[]): string[] =>
  pairs.map(([name, value]) => `${name}=${value}`);

/** What is disclosed when a search shows these, and tells this total. */
export function shownBySearch(versions: readonly ShownVersion[], total = 0): Disclosed {
  return versions.length === 0 && total === 0 ? { ...nothing, isEmpty: true } : shown(versions);
}

/** Combines several disclosures into one. Whoever combines them says whether they showed nothing. */
export const together = (...parts: readonly Disclosed[]): Disclosed => ({
  patients: [...new Set(parts.flatMap(({ patients }) => patients))],
  unowned: [...new Set(parts.flatMap(({ unowned }) => unowned))],
  nhsNumbers: [...new Set(parts.flatMap(({ nhsNumbers }) => nhsNumbers))],
  resources: parts.flatMap(({ resources }) => resources),
  conditions: parts.flatMap(({ conditions }) => conditions),
});
